import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { claimDue } from '#platform/jobs/claims.ts'
import { type Claim, TakenOver } from '#platform/jobs/types.ts'
import { writeExports } from '#server/jobs/export-lists.ts'
import { expectTrue } from '#server/testing/books.ts'
import { type BulkShop, bulkShop, made } from '#server/testing/bulk-shop.ts'
import { workOwed } from '#server/testing/work-owed.ts'
import { createExport } from './create-export.ts'
import { takeExport } from './take-export.ts'

const orders = 1_200
let shop: BulkShop
beforeAll(async () => {
  shop = await bulkShop()
  await shop.receive({ CUP: orders })
  for (let placed = 0; placed < orders; placed += 400) await shop.placeMany(400)
})
afterAll(async () => {
  try {
    await expectTrue(shop)
  } finally {
    await shop.end()
  }
})

async function ask(): Promise<string> {
  const request = {
    list: 'orders' as const,
    filters: [],
    sort: 'number',
    columns: null,
    locale: 'en' as const,
    byteOrderMark: false,
    key: null,
  }
  return made(await createExport(shop.engine, shop.call(), request)).made.id
}

async function numbersIn(id: string): Promise<{ numbers: number[]; pieces: number; bytes: number; told: number }> {
  const taken = made(await takeExport(shop.engine, shop.call(), id))
  const pieces: Buffer[] = []
  for await (const piece of taken.pieces) pieces.push(piece)
  const whole = Buffer.concat(pieces)
  const numbers = whole
    .toString()
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]))
  return { numbers, pieces: pieces.length, bytes: whole.length, told: taken.made.bytes }
}

const everyNumber = (numbers: readonly number[]) =>
  new Set(numbers).size === orders && numbers.every((one, i) => i === 0 || one > (numbers[i - 1] ?? 0))

const claimed = async (): Promise<Claim> => {
  const [claim] = await shop.pools.system((tx) => claimDue(tx, newId(), 'bulk', 'write_export', 1))
  if (!claim) throw new Error('Nobody owes a file')
  return claim
}

test('a long list comes in pieces, each row once and in order', async () => {
  const id = await ask()
  await workOwed(shop, 'bulk', { write_export: writeExports(shop.engine) })
  const { numbers, pieces, bytes, told } = await numbersIn(id)
  expect([numbers.length, everyNumber(numbers), pieces > 1, bytes]).toEqual([orders, true, true, told])
})

test('whoever takes over from a writer that fell silent begins anew, and the first writes no more', async () => {
  const id = await ask()
  const first = await claimed()
  // As the sweep does where a process has fallen silent.
  await shop.pools.system(async (tx) =>
    tx.send({
      text: `update owed set state = 'due', fence = fence + 1, claimed_by = null, claimed_at = null where id = $1`,
      values: [first.id],
    }),
  )
  const { handle } = writeExports(shop.engine)
  const second = await claimed()
  const late = handle(shop.workspaceId, [first], AbortSignal.timeout(60_000)).catch((error: unknown) => error)
  await handle(shop.workspaceId, [second], AbortSignal.timeout(60_000))
  expect(await late).toBeInstanceOf(TakenOver)
  const { numbers } = await numbersIn(id)
  expect([numbers.length, everyNumber(numbers)]).toEqual([orders, true])
})

test('a piece opens only with the key, at its own place', async () => {
  const id = await ask()
  await workOwed(shop, 'bulk', { write_export: writeExports(shop.engine) })
  await shop.pools.change(shop.workspaceId, async (tx) => {
    tx.send({ text: 'delete from export_chunks where export_id = $1 and position > 0', values: [id] })
    tx.send({
      text: 'insert into export_chunks (workspace_id, export_id, position, sealed) select workspace_id, export_id, 1, sealed from export_chunks where export_id = $1 and position = 0',
      values: [id],
    })
  })
  await expect(numbersIn(id)).rejects.toThrow(/authenticate/)
  const other = { ...shop.engine, exportKey: Buffer.alloc(32) }
  const taken = made(await takeExport(other, shop.call(), id))
  await expect(taken.pieces.next()).rejects.toThrow(/authenticate/)
})
