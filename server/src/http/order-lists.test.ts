import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 100, TEA: 100 })
})
afterAll(() => door.end())

test('a list holds what was written a moment before', async () => {
  const placed = orderOf(
    await door.place({ CUP: 2, TEA: 1 }, { tags: ['vip'], contact: { name: 'Ada Lovelace', phone: '+34 600 123 456' } }),
  )
  const started = orderOf(await door.act(placed, 'start'))
  for (const filter of [
    'stage:IN_PROCESS',
    'stage:in_process',
    'ada love',
    '"lovelace ada"',
    '3456',
    'cup',
    `#${started.number}`,
    'tag:vip total>9 is:live',
    'item:CUP -tag:x',
  ]) {
    const found = await door.api.call('listOrders', { query: { filter, sort: '-placed' } })
    if (!found.ok) throw new Error(JSON.stringify(found.problem))
    expect({ filter, rows: found.body.rows.map(({ id }) => id) }).toEqual({ filter, rows: [started.id] })
    expect(found.body.rows[0]).toMatchObject({
      stageLabel: 'Being packed',
      customerName: 'Ada Lovelace',
      lineCount: 2,
      tags: ['vip'],
      version: started.seq,
    })
  }
  const counted = await door.api.call('countOrders', { query: { filter: 'is:live' } })
  expect(counted).toMatchObject({ ok: true, body: { count: 1, more: false } })
  for (const id of [started.id, String(started.number)])
    expect(await door.api.call('getOrderStatus', { params: { id } })).toMatchObject({
      ok: true,
      body: { id: started.id, stage: 'IN_PROCESS' },
    })
  const wrong = await door.api.call('listOrders', { query: { filter: 'stge:IN_PROCESS total>abc' } })
  expect(wrong).toMatchObject({
    status: 400,
    problem: {
      code: 'filter.unknown_field',
      errors: [
        { code: 'filter.unknown_field', at: 0, length: 15, suggestion: 'stage' },
        { code: 'filter.bad_value', at: 16, length: 9 },
      ],
    },
  })
})
