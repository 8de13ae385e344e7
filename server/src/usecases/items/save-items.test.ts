import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Item, listItems } from '#modules/catalogue/index.ts'
import { type TestWorkspace, testWorkspace } from '../../testing/test-workspace.ts'
import type { Saved } from '../change-nouns.ts'
import { saveTaxes } from '../places/save-taxes.ts'
import type { Catalogue, ItemRef } from '../reference.ts'
import { type ItemToSave, saveItems } from './save-items.ts'

let shop: TestWorkspace
beforeAll(async () => {
  shop = await testWorkspace()
  await saveTaxes(shop, shop.call(), [{ code: 'VAT10', name: 'VAT', ratePpm: 100_000, included: true }])
})
afterAll(() => shop.end())

const save = (...requests: ItemToSave[]) => saveItems(shop, shop.call(), requests)
const create = (...items: Extract<ItemToSave, { mode: 'create' | 'ensure' }>['item'][]) =>
  save(...items.map((item) => ({ mode: 'create', item }) as const))
const saved = (answers: Saved<Item>[], at = 0): Item => {
  const answer = answers[at]
  if (!answer?.ok) throw new Error(JSON.stringify(answer?.reason))
  return answer.value
}
const why = (answer: Saved<Item> | undefined) => (answer?.ok === false ? answer.reason.code : 'ok')
const look = async (...refs: ItemRef[]): Promise<Catalogue> => {
  const reference = await shop.reference.get(shop.workspaceId)
  if (!reference) throw new Error('no workspace')
  return shop.reference.itemsOf(reference, refs)
}
const everything = (workspaceId = shop.workspaceId) =>
  shop.pools.view(workspaceId, (db) =>
    Promise.all(
      ['items', 'variants', 'barcodes', 'recipes', 'recipe_parts', 'events', 'commits', 'workspaces'].map((table) =>
        db.query({ text: `select * from ${table} order by 1, 2, 3`, values: [] }),
      ),
    ),
  )

describe('a new item', () => {
  test('that says little is sold by the piece under its own code, in the workspace’s currency', async () => {
    const item = saved(await create({ code: 'TEA', name: 'Tea' }))
    expect(item).toMatchObject({
      code: 'TEA',
      kind: 'goods',
      baseUnit: 'piece',
      stocked: 'own',
      status: 'active',
      version: 1,
      recipe: null,
    })
    expect(item.variants).toMatchObject([{ code: 'TEA', contentMilli: 1_000, priceMicro: null, currency: 'EUR', isDefault: true }])
  })

  test('is found by id, code, variant and barcode as it was answered', async () => {
    const item = saved(
      await create({
        code: 'COFFEE',
        name: 'Coffee',
        baseUnit: 'g',
        taxCode: 'VAT10',
        variants: [
          {
            code: 'COFFEE-250',
            contentMilli: 250_000,
            priceMicro: 4_500_000,
            barcodes: ['8400001', '8400000'],
            weightGrams: 260,
            lengthMm: 80,
            widthMm: 50,
            heightMm: 180,
          },
          { code: 'COFFEE-1000', contentMilli: 1_000_000 },
        ],
      }),
    )
    const refs: ItemRef[] = [
      { by: 'id', value: item.id },
      { by: 'code', value: 'COFFEE' },
      { by: 'variant', value: 'COFFEE-1000' },
      { by: 'barcode', value: '8400000' },
    ]
    for (const ref of refs) {
      const catalogue = await look(ref)
      expect(catalogue.find(ref)?.item).toEqual(item)
    }
    const catalogue = await look(...refs)
    expect(refs.map((ref) => catalogue.find(ref)?.variant?.code)).toEqual(['COFFEE-250', 'COFFEE-250', 'COFFEE-1000', 'COFFEE-250'])
  })

  test('is refused where its code is taken, and changes nothing', async () => {
    await save({ mode: 'ensure', item: { code: 'TAKEN' } })
    const before = await everything()
    expect((await create({ code: 'TAKEN', name: 'Other' })).map(why)).toEqual(['item.exists'])
    expect(await everything()).toEqual(before)
  })

  test('is made once where two ask for it in one list, and where two ask at the same moment', async () => {
    expect((await create({ code: 'TWICE' }, { code: 'TWICE' })).map(why)).toEqual(['ok', 'item.exists'])
    const both = await Promise.all([create({ code: 'RACE' }), create({ code: 'RACE' })])
    expect(both.flat().map(why).sort()).toEqual(['item.exists', 'ok'])
  })

  test.each([
    ['an unknown tax', { code: 'N1', taxCode: 'NO-TAX' }, 'tax.not_found'],
    ['stock of a service', { code: 'N2', kind: 'service', stocked: 'own' }, 'item.nothing_to_stock'],
    ['a currency that is none', { code: 'N3', variants: [{ code: 'N3', currency: 'ZZZ' }] }, 'currency.unknown'],
    ['one variant code twice', { code: 'N4', variants: [{ code: 'N4' }, { code: 'N4' }] }, 'variant.exists'],
    ['another item’s variant', { code: 'N5', variants: [{ code: 'TEA' }] }, 'variant.exists'],
    ['another item’s barcode', { code: 'N6', variants: [{ code: 'N6', barcodes: ['8400001'] }] }, 'barcode.taken'],
    [
      'one barcode twice',
      {
        code: 'N7',
        variants: [
          { code: 'N7', barcodes: ['1'] },
          { code: 'N7B', barcodes: ['1'] },
        ],
      },
      'barcode.taken',
    ],
    [
      'an unknown part',
      { code: 'N8', recipe: { yieldMilli: 1_000, parts: [{ item: 'NOBODY', milliNum: 1, milliDen: 1 }] } },
      'item.not_found',
    ],
    [
      'itself as a part',
      { code: 'N9', recipe: { yieldMilli: 1_000, parts: [{ item: 'N9', milliNum: 1, milliDen: 1 }] } },
      'item.not_found',
    ],
    ['a recipe it does not have', { code: 'N10', stocked: 'recipe' }, 'recipe.bad'],
  ] as const)('with %s is refused, and its neighbour is not', async (_, item, code) => {
    const answers = await save({ mode: 'create', item: structuredClone(item) as never }, { mode: 'ensure', item: { code: 'NEIGHBOUR' } })
    expect(answers.map(why)).toEqual([code, 'ok'])
  })

  test('is not made twice by asking for it to be there', async () => {
    const first = await save({ mode: 'ensure', item: { code: 'ENSURED', name: 'First' } })
    const second = await save({ mode: 'ensure', item: { code: 'ENSURED', name: 'Second' } })
    expect([first[0], second[0]]).toMatchObject([{ already: false }, { already: true, value: { name: 'First', version: 1 } }])
  })
})

describe('an item that changes', () => {
  const change = (id: string, item: Extract<ItemToSave, { mode: 'update' }>['item'], expectedVersion: number | null = null) =>
    save({ mode: 'update', id, expectedVersion, item })

  test('keeps what is not named, rises by one version and says so in the log', async () => {
    const before = saved(
      await create({ code: 'MUG', name: 'Mug', category: 'cups', variants: [{ code: 'MUG', priceMicro: 9_000_000, barcodes: ['77'] }] }),
    )
    const after = saved(await change(before.id, { name: 'Big mug' }))
    expect(after).toEqual({ ...before, name: 'Big mug', version: 2 })
    const events = await shop.pools.view(shop.workspaceId, (db) =>
      db.query({ text: 'select seq, type, payload from events where subject_id = $1 order by seq', values: [before.id] }),
    )
    expect(events).toMatchObject([
      { seq: 1, type: 'ItemCreated' },
      { seq: 2, type: 'ItemChanged' },
    ])
    expect((await look({ by: 'code', value: 'MUG' })).item(before.id)).toEqual(after)
  })

  test('to what it is already answers so and leaves no trace', async () => {
    const item = saved(await create({ code: 'SAME', name: 'Same' }))
    const before = await everything()
    expect(await change(item.id, { name: 'Same', variants: [{ code: 'SAME' }] })).toMatchObject([{ ok: true, already: true, value: item }])
    expect(await everything()).toEqual(before)
  })

  test('is refused where it is not the version that was read', async () => {
    const item = saved(await create({ code: 'VERSIONED' }))
    expect((await change(item.id, { name: 'x' }, 2)).map(why)).toEqual(['item.changed'])
    expect((await change(item.id, { name: 'x' }, 1)).map(why)).toEqual(['ok'])
  })

  test('never changes how it is counted', async () => {
    const item = saved(await create({ code: 'FLOUR-X', baseUnit: 'g' }))
    expect((await change(item.id, { baseUnit: 'ml' })).map(why)).toEqual(['item.fixed'])
    expect((await change(item.id, { kind: 'service' })).map(why)).toEqual(['item.fixed'])
  })

  test('retires variants that are no longer named and frees their barcodes', async () => {
    const item = saved(
      await create({
        code: 'SHIRT',
        variants: [
          { code: 'SHIRT-S', barcodes: ['s1'] },
          { code: 'SHIRT-M', barcodes: ['m1'] },
        ],
      }),
    )
    const after = saved(await change(item.id, { variants: [{ code: 'SHIRT-M' }, { code: 'SHIRT-L', barcodes: ['s1'] }] }))
    expect(after.variants.map(({ code, status, isDefault, barcodes }) => [code, status, isDefault, barcodes])).toEqual([
      ['SHIRT-M', 'active', true, ['m1']],
      ['SHIRT-L', 'active', false, ['s1']],
      ['SHIRT-S', 'retired', false, []],
    ])
    expect((await look({ by: 'barcode', value: 's1' })).find({ by: 'barcode', value: 's1' })?.variant?.code).toBe('SHIRT-L')
  })

  test('takes another code unless it is taken', async () => {
    const item = saved(await create({ code: 'OLD-CODE' }))
    expect((await change(item.id, { code: 'TEA' })).map(why)).toEqual(['item.exists'])
    expect(saved(await change(item.id, { code: 'NEW-CODE' })).code).toBe('NEW-CODE')
  })

  test('is unknown in another workspace', async () => {
    const item = saved(await create({ code: 'OURS' }))
    const other = await shop.neighbour('other')
    const before = await everything(other.workspaceId)
    const answers = await saveItems(other, other.call(), [
      { mode: 'update', id: item.id, expectedVersion: null, item: { name: 'Theirs' } },
      { mode: 'create', item: { code: 'MIX', recipe: { yieldMilli: 1, parts: [{ item: item.id, milliNum: 1, milliDen: 1 }] } } },
    ])
    expect(answers.map(why)).toEqual(['item.not_found', 'item.not_found'])
    expect(await everything(other.workspaceId)).toEqual(before)
  })
})

describe('a recipe', () => {
  test('may name parts that an earlier entry of the list makes, by code or id', async () => {
    const flour = saved(await create({ code: 'FLOUR', baseUnit: 'g' }))
    await create(
      { code: 'SALT', baseUnit: 'g' },
      {
        code: 'BREAD',
        recipe: {
          yieldMilli: 2_000,
          parts: [
            { item: flour.id, milliNum: 1_000_000, milliDen: 1 },
            { item: 'SALT', milliNum: 50_000, milliDen: 3 },
          ],
        },
      },
    )
    const catalogue = await look({ by: 'code', value: 'BREAD' })
    const bread = catalogue.find({ by: 'code', value: 'BREAD' })?.item
    expect(bread).toMatchObject({ stocked: 'recipe', recipe: { version: 1, yieldMilli: 2_000 } })
    const parts = catalogue.explode(bread?.id ?? '', 3_000)
    expect(parts.ok && parts.value.map(({ itemId, milli }) => [catalogue.item(itemId)?.code, milli]).sort()).toEqual([
      ['FLOUR', 1_500_000],
      ['SALT', 25_000],
    ])
  })

  test('that would lead back to itself through another item is refused', async () => {
    const [egg, hen] = await create(
      { code: 'EGG' },
      { code: 'HEN', recipe: { yieldMilli: 1, parts: [{ item: 'EGG', milliNum: 1, milliDen: 1 }] } },
    )
    expect([why(egg), why(hen)]).toEqual(['ok', 'ok'])
    expect(
      (
        await save({
          mode: 'update',
          id: egg?.ok ? egg.value.id : '',
          expectedVersion: null,
          item: { recipe: { yieldMilli: 1, parts: [{ item: 'HEN', milliNum: 1, milliDen: 1 }] } },
        })
      ).map(why),
    ).toEqual(['recipe.bad'])
  })

  test('cannot close a circle with another that changes at the same moment', async () => {
    const [left, right] = (await create({ code: 'LEFT' }, { code: 'RIGHT' })).map((answer) => (answer.ok ? answer.value : undefined))
    const madeOf = (id: string | undefined, part: string) =>
      save({
        mode: 'update',
        id: id ?? '',
        expectedVersion: null,
        item: { recipe: { yieldMilli: 1, parts: [{ item: part, milliNum: 1, milliDen: 1 }] } },
      })
    const answers = await Promise.all([madeOf(left?.id, 'RIGHT'), madeOf(right?.id, 'LEFT')])
    expect(answers.flat().map(why).sort()).toEqual(['ok', 'recipe.bad'])
  })

  test('that changes ends the one before, whose version is never used again', async () => {
    const [, dough] = await create(
      { code: 'WATER', baseUnit: 'ml' },
      { code: 'DOUGH', stocked: 'own', recipe: { yieldMilli: 1, parts: [{ item: 'WATER', milliNum: 1, milliDen: 1 }] } },
    )
    const id = dough?.ok ? dough.value.id : ''
    const update = async (recipe: Extract<ItemToSave, { mode: 'update' }>['item']['recipe']) =>
      saved(await save({ mode: 'update', id, expectedVersion: null, item: { recipe } })).recipe?.version
    expect(await update(null)).toBeUndefined()
    expect(await update({ yieldMilli: 2, parts: [{ item: 'WATER', milliNum: 1, milliDen: 1 }] })).toBe(2)
    expect(await update({ yieldMilli: 3, parts: [{ item: 'WATER', milliNum: 1, milliDen: 1 }] })).toBe(3)
  })
})

test('a page holds the items after a code, in the order of their codes', async () => {
  const after = (afterCode: string, limit: number) =>
    shop.pools.view(shop.workspaceId, (db) => listItems(db, shop.workspaceId, { afterCode, limit }))
  const all = await after('', 500)
  expect(await after(all[1]?.code ?? '', 2)).toEqual(all.slice(2, 4))
})

test('nobody changes items without the permission, and nothing is written', async () => {
  const before = await everything()
  const answers = await saveItems(shop, shop.call([['items:read', 'workspace']]), [{ mode: 'create', item: { code: 'FORBIDDEN' } }])
  expect(answers.map(why)).toEqual(['permission.denied'])
  expect(await everything()).toEqual(before)
})

test('text that looks like SQL, JSON or a template stays text', async () => {
  const hostile = `'; drop table items; -- "{\\u0000}" $$ %s <script>alert(1)</script> {{7*7}} =cmd|'/c calc'!A0 ../../etc`
  const item = saved(
    await create({ code: hostile, name: hostile, category: hostile, variants: [{ code: hostile, name: hostile, barcodes: [hostile] }] }),
  )
  expect((await look({ by: 'barcode', value: hostile })).find({ by: 'barcode', value: hostile })?.item).toEqual(item)
})
