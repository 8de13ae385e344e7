import type pg from 'pg'
import { type Definition, type EffectWord, phases } from '#contract/workflow.ts'
import {
  endedPhases,
  evolve,
  type Line,
  lineRows,
  type Order,
  type OrderEvent,
  type OrderRow,
  orderRow,
  payloadOf,
} from '#modules/orders/index.ts'
import { poolOf } from '#platform/db.ts'
import { newId, nilId } from '#platform/ids.ts'
import { rowList } from '#platform/row-list.ts'
import { inWorkspace } from './look.ts'
import { between, randomOf } from './random.ts'

export interface Filling {
  orders: number
  seed: number
  customers?: number
  locations?: number
  /** Who owns orders and has them assigned; sixty of nobody where they are not said. */
  personIds?: readonly string[]
  say?: (line: string) => void
}

/** What the workspace holds now; ids in the order of their making. */
export interface Filled {
  locationIds: string[]
  /** Who owns orders and has them assigned: person `p` works at location `p % locations`. */
  personIds: readonly string[]
  itemCodes: string[]
}

const days = 1_095
const chunk = 20_000
const sides = 2
const itemCount = 300
const baskets = { ended: 2_000, live: 1_000 }
const liveShare = 0.03
// From here on writing with every index in place takes longer than making them anew.
const manyOrders = 100_000

/**
 * Fills a workspace with orders of three years, straight in SQL: right for lists, pages, counts, search, moves, bulk jobs and new placements.
 * Each order is one of some thousand baskets that the order core itself has led to a stage; who, where, when and the number differ. Live
 * ones, 3 % and mostly of the last weeks, hold their stock. There is one event an order (an empty one where it has ended) and no entry in the
 * ledger, so that `docket verify` has much to say; no timer is set. Nobody else may write to the database meanwhile, and whoever ends it in
 * the middle has lost its indexes.
 */
export async function fillWorkspace(databaseUrl: string, workspaceId: string, filling: Filling): Promise<Filled> {
  const [filled] = await fillWorkspaces(databaseUrl, [workspaceId], filling)
  if (!filled) throw new Error('There is no workspace to fill')
  return filled
}

/** The same with each of several. */
export async function fillWorkspaces(databaseUrl: string, workspaceIds: readonly string[], filling: Filling): Promise<Filled[]> {
  const { orders, say = () => {} } = filling
  const pool = poolOf(databaseUrl, 'docket_app', sides, '-c statement_timeout=0 -c synchronous_commit=off -c work_mem=64MB')
  const owner = poolOf(databaseUrl, 'docket_owner', 1, '-c statement_timeout=0 -c maintenance_work_mem=256MB')
  const began = performance.now()
  const lap = (what: string) => say(`${what}: ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  try {
    const remake = orders * workspaceIds.length >= manyOrders ? await dropIndexes(owner) : async () => {}
    const filled: Filled[] = []
    for (const [i, workspaceId] of workspaceIds.entries())
      filled.push(await fillOne(pool, workspaceId, { ...filling, seed: filling.seed + i }))
    lap(`${orders * workspaceIds.length} orders`)
    await remake()
    await owner.query('analyze')
    for (const workspaceId of workspaceIds) await countReserved(pool, workspaceId)
    lap('indexes and statistics')
    return filled
  } finally {
    await pool.end()
    await owner.end()
  }
}

async function fillOne(pool: pg.Pool, workspaceId: string, filling: Filling): Promise<Filled> {
  const { orders, seed, customers = 100_000, locations = 20, personIds = Array.from({ length: 60 }, () => newId()) } = filling
  const definition = await workflowOf(pool, workspaceId)
  const places = await makePlaces(pool, workspaceId, locations)
  const items = await makeItems(pool, workspaceId, places)
  const made = basketsOf(definition, items, randomOf(seed))
  await makeCustomers(pool, workspaceId, customers, personIds)
  await makeOrders(pool, { workspaceId, orders, seed, customers, definition, places, personIds, made })
  return { locationIds: places.map(({ id }) => id), personIds, itemCodes: items.map(({ code }) => code) }
}

// ─── Places, items, customers ────────────────────────────────────────────────────────────────────────────────────────

interface Pinned extends Definition {
  version: number
  currency: string
}

async function workflowOf(pool: pg.Pool, workspaceId: string): Promise<Pinned> {
  const [row] = await inWorkspace<{ definition: Definition; version: number; currency: string }>(
    pool,
    workspaceId,
    `select definition, version::int, home_currency as currency from workflows join workspaces using (workspace_id) order by version desc limit 1`,
  )
  if (!row) throw new Error(`Workspace ${workspaceId} has no workflow`)
  return { ...row.definition, version: row.version, currency: row.currency }
}

/** Those there are, and as many more as are wanted. */
async function makePlaces(pool: pg.Pool, workspaceId: string, count: number): Promise<{ id: string }[]> {
  await inWorkspace(
    pool,
    workspaceId,
    `insert into locations (workspace_id, id, code, name, time_zone) select $1, gen_random_uuid(), 'branch-' || n, 'Branch ' || n, 'Europe/Madrid'
      from generate_series((select count(*) from locations) + 1, $2::bigint) n`,
    [workspaceId, count],
  )
  await inWorkspace(pool, workspaceId, 'update workspaces set reference_version = reference_version + 1 where workspace_id = $1', [
    workspaceId,
  ])
  return inWorkspace(pool, workspaceId, 'select id from locations order by created_at, code limit $1', [count])
}

interface Item {
  id: string
  variantId: string
  code: string
  name: string
  category: string
  priceMicro: number
}

const kinds = ['Cup', 'Tea', 'Lamp', 'Chair', 'Notebook', 'Scarf', 'Candle', 'Basket', 'Plate', 'Poster']
const looks = ['blue', 'green', 'amber', 'walnut', 'linen', 'slate', 'coral', 'ivory', 'copper', 'moss']

/** 300 items, each with plenty at every place. */
async function makeItems(pool: pg.Pool, workspaceId: string, places: readonly { id: string }[]): Promise<Item[]> {
  const items = Array.from({ length: itemCount }, (_, i): Item => {
    const kind = kinds[i % kinds.length] ?? ''
    const look = looks[Math.floor(i / kinds.length) % looks.length] ?? ''
    return {
      id: newId(),
      variantId: newId(),
      code: `GOODS-${String(i).padStart(3, '0')}`,
      name: `${kind} ${look} no. ${i}`,
      category: kind.toLowerCase(),
      priceMicro: (1 + ((i * 37) % 90)) * 490_000,
    }
  })
  const list = rowList<Item>({ id: 'uuid', variantId: 'uuid', code: 'text', name: 'text', category: 'text', priceMicro: 'bigint' })
  const values = [workspaceId, ...list.values(items)]
  await inWorkspace(
    pool,
    workspaceId,
    `insert into items (workspace_id, id, code, name, category, kind, base_unit, stocked) select $1, id, code, name, category, 'goods', 'piece', 'own' from ${list.from(2)}`,
    values,
  )
  await inWorkspace(
    pool,
    workspaceId,
    `insert into variants (workspace_id, id, item_id, code, content_milli, price_micro, currency)
      select $1, "variantId", id, code, 1000, "priceMicro", (select home_currency from workspaces where workspace_id = $1) from ${list.from(2)}`,
    values,
  )
  await inWorkspace(
    pool,
    workspaceId,
    `insert into stock (workspace_id, item_id, location_id, currency, on_hand_milli, unit_cost_micro)
      select $1, item, location, (select home_currency from workspaces where workspace_id = $1), 1000000000, 200000 from unnest($2::uuid[]) item, unnest($3::uuid[]) location`,
    [workspaceId, items.map(({ id }) => id), places.map(({ id }) => id)],
  )
  return items
}

// biome-ignore format: names, many to a row
const firstNames = ['Ada', 'Bruno', 'Carla', 'Daniel', 'Elena', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Karla', 'Leo', 'Marta', 'Nils', 'Olga', 'Pablo', 'Rosa', 'Samir', 'Tessa', 'Ugo', 'Vera', 'Wanda', 'Yara', 'Zeno']
// biome-ignore format: names, many to a row
const lastNames = ['Abel', 'Brandt', 'Costa', 'Duarte', 'Eriksen', 'Fontaine', 'Garrido', 'Holm', 'Ibarra', 'Jansen', 'Keller', 'Lindqvist', 'Moreno', 'Novak', 'Ortega', 'Petrov', 'Quintana', 'Rossi', 'Santos', 'Tanaka', 'Urban', 'Vidal', 'Weber', 'Ximenes', 'Zapata']

/** A number that the same seed gives the `n`th of a kind again, from 0 on; another one for every salt. */
const chanceOf = (seed: number) => (n: string, salt: number) => `(hashint8extended(${n}, ${seed * 100 + salt}) & 9223372036854775807)`
const oneOf = (words: readonly string[], by: string) => `(array['${words.join("','")}'])[1 + ${by} % ${words.length}]`
const hex = (number: string) => `lpad(to_hex(${number}), 16, '0')`
/** A UUIDv7 of a moment in milliseconds and two numbers. */
const uuidOf = (ms: string, one: string, two: string) =>
  `(lpad(to_hex(${ms}), 12, '0') || '7' || substr(${hex(one)}, 2, 3) || '8' || substr(${hex(one)}, 5, 3) || substr(${hex(two)}, 2, 12))::uuid`
// Whose orders are whose must be known where they are made: customers are the same in every workspace.
const customerChance = chanceOf(0)
const customerId = (n: string) => uuidOf('1600000000000', customerChance(n, 1), customerChance(n, 2))
const tiers = ['', '', 'silver', 'gold']
const segments = ['', 'family', 'office', 'café']

async function makeCustomers(pool: pg.Pool, workspaceId: string, count: number, personIds: readonly string[]): Promise<void> {
  await inWorkspace(
    pool,
    workspaceId,
    `insert into customers (workspace_id, id, external_id, name, email, phone, country, tier, segment, owner_id)
      select $1, ${customerId('n')}, 'customer-' || n, first || ' ' || last, lower(first) || '.' || lower(last) || n || '@example.org',
        '+34 6' || lpad((n * 7919 % 100000000)::text, 8, '0'), 'ES', ${oneOf(tiers, 'n')}, ${oneOf(segments, 'n')},
        case when n % 3 = 0 then ($3::uuid[])[1 + n % cardinality($3::uuid[])] end
      from generate_series(1, $2::bigint) n,
        lateral (select ${oneOf(firstNames, customerChance('n', 3))} as first, ${oneOf(lastNames, customerChance('n', 4))} as last) named`,
    [workspaceId, count, personIds],
  )
}

// ─── Baskets: what orders look like, made by the order core ──────────────────────────────────────────────────────────

interface Basket {
  order: Order
  placed: string
  live: boolean
  /** Whether its lines hold stock. */
  holdsStock: boolean
}

const tags = ['gift', 'vip', 'fragile', 'rush', 'wholesale']
const colours = ['red', 'green', 'blue']
const moment = '2026-01-05T09:00:00.000Z'

function basketsOf(definition: Pinned, items: readonly Item[], random: () => number): Basket[] {
  const stages = Object.entries(definition.stages)
  const alive = stages.filter(([, { phase }]) => !endedPhases.includes(phase))
  const live = alive.sort(([, a], [, b]) => phases.indexOf(a.phase) - phases.indexOf(b.phase)).map(([code]) => code)
  const ended = (phase: string) => stages.filter(([, stage]) => stage.phase === phase).map(([code]) => code)
  const done = ended('done')
  const undone = [...ended('cancelled'), ...ended('rejected')]
  const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T
  return [
    ...Array.from({ length: baskets.ended }, () => basket(definition, pick(random() < 0.92 ? done : undone), false, items, random)),
    // Most wait at the beginning.
    ...Array.from({ length: baskets.live }, () =>
      basket(definition, live[Math.floor(random() ** 1.5 * live.length)] ?? '', true, items, random),
    ),
  ]
}

function basket(definition: Pinned, stage: string, live: boolean, items: readonly Item[], random: () => number): Basket {
  const effects = effectsOnTheWay(definition, stage)
  const to = definition.stages[stage]
  const initial = definition.stages[definition.initial]
  if (!to || !initial) throw new Error(`Workflow ${definition.code} has no stage ${stage}`)
  const lines = linesOf(items, random)
  const total = lines.reduce((sum, line) => sum + line.netMinor, 0)
  const some = (share: number, ...events: OrderEvent[]) => (random() < share ? events : [])
  const all = (counter: 'made' | 'picked' | 'packed' | 'handedOver' | 'delivered' | 'cancelled', creditMinor = 0): OrderEvent => ({
    type: 'LinesCounted',
    counter,
    deltas: lines.map(({ id, orderedMilli }) => ({ lineId: id, milli: orderedMilli })),
    creditMinor,
    because: counter,
  })
  const money = (kind: 'capture' | 'refund', amountMinor: number): OrderEvent => ({
    type: 'MoneyRecorded',
    entry: {
      id: newId(),
      kind,
      amountMinor,
      method: 'card',
      provider: 'manual',
      reference: null,
      reasonCode: null,
      noteId: null,
      returnId: null,
      at: moment,
    },
  })
  const hold = { id: newId(), reasonCode: 'waiting_for_customer', noteId: null, placedBy: null, placedAt: moment, until: null }
  const isUndone = to.phase === 'cancelled' || to.phase === 'rejected'
  const placed = orderPlaced(definition, initial.phase, lines, total, random)
  const events: OrderEvent[] = [
    placed,
    ...(stage === definition.initial ? [] : [stageChanged(definition, stage)]),
    ...(effects.has('count_made') ? [all('made')] : []),
    ...(effects.has('count_picked') ? [all('picked')] : []),
    ...(effects.has('count_packed') ? [all('packed')] : []),
    ...(effects.has('hand_over') ? [all('handedOver')] : []),
    ...(effects.has('count_delivered') ? [all('delivered')] : []),
    ...(isUndone ? [all('cancelled', total)] : some(live ? 0.5 : 1, money('capture', total))),
    ...(to.phase === 'done' ? some(0.03, money('refund', -Math.ceil(total / 2))) : []),
    ...some(0.12, { type: 'TagsChanged', added: [tags[between(random, 0, tags.length - 1)] ?? ''], removed: [] }),
    ...(live ? some(0.06, { type: 'HoldPlaced', hold }) : []),
    ...(live ? some(0.1, { type: 'AttentionRaised', code: 'late' }) : []),
  ]
  let order: Order | null = null
  for (const [i, event] of events.entries()) order = evolve(order, { seq: i + 1, event })
  const holdsStock = live && effects.has('reserve_stock') && !effects.has('hand_over') && !effects.has('consume_stock')
  return { order: order as Order, placed: payloadOf(placed), live, holdsStock }
}

/** What the shortest way from placing to a stage does to an order. */
function effectsOnTheWay({ initial, stages, moves }: Definition, stage: string): Set<EffectWord> {
  const ways = new Map([[initial, stages[initial]?.entering ?? []]])
  for (const [at, done] of ways) {
    for (const { from, to, on, effects = [] } of moves) {
      if (![from].flat().includes(at) || ways.has(to) || on === 'record_history' || on === 'reopen') continue
      ways.set(to, [...done, ...effects, ...(stages[to]?.entering ?? [])])
    }
  }
  return new Set(ways.get(stage))
}

type PlacedLine = Omit<
  Line,
  'cancelledMilli' | 'madeMilli' | 'pickedMilli' | 'packedMilli' | 'handedOverMilli' | 'deliveredMilli' | 'returnedMilli'
>

function linesOf(items: readonly Item[], random: () => number): PlacedLine[] {
  const count = Math.min(between(random, 1, 4), between(random, 1, 6))
  const chosen = new Set(Array.from({ length: count }, () => items[Math.floor(random() ** 2 * items.length)] as Item))
  return [...chosen].map(({ id, variantId, code, name, category, priceMicro }) => {
    const pieces = between(random, 1, 3)
    const minor = (priceMicro * pieces) / 10_000
    return {
      id: newId(),
      kind: 'goods',
      itemId: id as PlacedLine['itemId'],
      variantId,
      code,
      name,
      category,
      baseUnit: 'piece',
      priceMicro,
      perMilli: 1_000,
      grossMinor: minor,
      discountMinor: 0,
      taxCode: null,
      taxPpm: 0,
      taxIncluded: false,
      taxMinor: 0,
      netMinor: minor,
      recipeId: null,
      reasonCode: null,
      orderedMilli: pieces * 1_000,
    }
  })
}

function orderPlaced(
  { code, version, initial, currency }: Pinned,
  phase: Order['phase'],
  lines: PlacedLine[],
  totalMinor: number,
  random: () => number,
): Extract<OrderEvent, { type: 'OrderPlaced' }> {
  const colour = colours[between(random, 0, colours.length - 1)] ?? ''
  return {
    type: 'OrderPlaced',
    order: {
      id: newId(),
      number: 0,
      workflow: { code, version },
      phase,
      stage: initial,
      channel: '',
      source: 'api',
      locationId: nilId as Order['locationId'],
      registerId: null,
      connectionId: null,
      externalId: null,
      customerId: null,
      customerTier: '',
      customerSegment: '',
      ownerId: null,
      priority: random() < 0.05 ? 5 : 0,
      currency,
      grossMinor: totalMinor,
      discountMinor: 0,
      taxMinor: 0,
      totalMinor,
      tags: [],
      fields: random() < 0.1 ? { colour: { kind: 'text', value: colour } } : {},
      costs: [],
      dueAt: null,
      wantedFrom: null,
      wantedTo: null,
      at: moment,
      recordedAt: moment,
      businessDate: moment.slice(0, 10),
      capturedAt: null,
      captureDevice: null,
      quoteRef: null,
      opportunityRef: null,
    },
    lines,
  }
}

function stageChanged({ initial, stages }: Definition, to: string): OrderEvent {
  const fromPhase = stages[initial]?.phase ?? 'open'
  const toPhase = stages[to]?.phase ?? 'open'
  const reason = toPhase === 'cancelled' || toPhase === 'rejected' ? 'customer_changed_mind' : null
  return {
    type: 'StageChanged',
    from: initial,
    to,
    fromPhase,
    toPhase,
    on: 'bench',
    at: moment,
    by: null,
    dueAt: null,
    reason,
    noteId: null,
    fields: {},
    idChecked: false,
  }
}

// ─── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Wanted {
  workspaceId: string
  orders: number
  seed: number
  customers: number
  definition: Pinned
  places: readonly { id: string }[]
  personIds: readonly string[]
  made: readonly Basket[]
}

// biome-ignore format: read it by column
const channels: Record<string, readonly string[]> = {
  counter:         ['kiosk', 'kiosk', 'desk', 'web'],
  'made-to-order': ['desk', 'phone', 'web'],
  marketplace:     ['tiktok_shop', 'tiktok_shop', 'shopify'],
}

async function makeOrders(pool: pg.Pool, wanted: Wanted): Promise<void> {
  const { workspaceId, orders } = wanted
  const [first] = await inWorkspace<{ first: number }>(
    pool,
    workspaceId,
    `insert into workspace_counters (workspace_id, name, next) values ($1, 'order', $2::bigint + 1)
      on conflict (workspace_id, name) do update set next = workspace_counters.next + $2::bigint returning (next - $2::bigint)::int as first`,
    [workspaceId, orders],
  )
  let next = 0
  const work = async () => {
    const client = await pool.connect()
    try {
      await client.query(`select set_config('docket.workspace', $1, false)`, [workspaceId])
      await bringBaskets(client, wanted.made)
      for (let from = next; from < orders; from = next) {
        next += chunk
        await client.query('begin')
        await writeChunk(client, wanted, from, Math.min(orders, from + chunk), first?.first ?? 1)
        await client.query('commit')
      }
      await client.query('drop table basket, basket_line')
    } finally {
      client.release(true)
    }
  }
  await Promise.all(Array.from({ length: sides }, work))
}

// biome-ignore format: many columns, few lines
const basketList = rowList<BasketRow>({
  n: 'bigint', live: 'boolean', holds_stock: 'boolean', placed: 'canonical', basket_id: 'uuid', seq: 'bigint', phase: 'text', stage: 'text', generation: 'bigint', payment: 'text',
  fulfilment: 'text', holds: 'bigint', attention: 'text', priority: 'bigint', gross_minor: 'bigint', total_minor: 'bigint', captured_minor: 'bigint',
  refunded_minor: 'bigint', balance_minor: 'bigint', detail: 'canonical', tag: 'text', colour: 'text',
})

// biome-ignore format: many columns, few lines
type BasketRow = { n: number; live: boolean; holds_stock: boolean; placed: string; basket_id: string; tag: string | null; colour: string | null } & Pick<OrderRow,
  'seq' | 'phase' | 'stage' | 'generation' | 'payment' | 'fulfilment' | 'holds' | 'attention' | 'priority' | 'gross_minor' | 'total_minor' | 'captured_minor' |
  'refunded_minor' | 'balance_minor' | 'detail'>

function basketRow({ order, placed, live, holdsStock }: Basket, n: number): BasketRow {
  const row = orderRow(order)
  const colour = order.fields.colour?.value
  return {
    ...row,
    n,
    live,
    holds_stock: holdsStock,
    placed,
    basket_id: row.id,
    tag: order.tags[0] ?? null,
    colour: colour === undefined ? null : String(colour),
  }
}

async function bringBaskets(client: pg.PoolClient, made: readonly Basket[]): Promise<void> {
  await client.query({
    text: `create temp table basket as select ${basketList.columns} from ${basketList.from(1)}`,
    values: basketList.values(made.map(basketRow)),
  })
  await client.query('create unique index on basket (n)')
  await client.query('create temp table basket_line (like order_lines)')
  await client.query('alter table basket_line add column n bigint, drop column workspace_id')
  const lines = made.flatMap(({ order }, n) => lineRows(order).map((row) => ({ ...row, n })))
  await client.query({
    text: `insert into basket_line select r.* from json_populate_recordset(null::basket_line, $1::json) r`,
    values: [JSON.stringify(lines)],
  })
  await client.query('create index on basket_line (n)')
  await client.query('analyze basket, basket_line')
}

/** Orders `from` to `to`, each its basket with a number, a moment and people of its own. */
async function writeChunk(client: pg.PoolClient, wanted: Wanted, from: number, to: number, firstNumber: number): Promise<void> {
  const { workspaceId, seed, orders, customers, places, personIds, definition } = wanted
  const commitId = newId()
  const words = channels[definition.code] ?? ['desk']
  const chance = chanceOf(seed)
  const share = (salt: number) => `(${chance('i', salt)} % 100000 / 100000.0)`
  const oneOfThreeThere = (salt: number) =>
    `($4::uuid[])[1 + (place + cardinality($3::uuid[]) * (${chance('i', salt)} % 3)) % cardinality($4::uuid[])]`
  // Most orders go to a few large places; the last twentieth of all holds nearly everything that is still open.
  await client.query({
    text: `create temp table made on commit drop as
      select i, ${uuidOf('(extract(epoch from at) * 1000)::bigint', chance('i', 11), chance('i', 12))} as id, at,
        case when live then ${baskets.ended} + ${chance('i', 13)} % ${baskets.live} else ${chance('i', 13)} % ${baskets.ended} end as n,
        ($3::uuid[])[1 + place] as location_id,
        case when ${chance('i', 14)} % 10 < 7 then ${oneOfThreeThere(15)} end as owner_id,
        case when ${chance('i', 16)} % 10 < 7 then ${oneOfThreeThere(17)} end as assignee_id,
        case when ${chance('i', 18)} % 10 < 8 then 1 + ${chance('i', 19)} % $5::bigint end as customer,
        ${oneOf(words, chance('i', 20))} as channel,
        least(now(), at + interval '36 hours' * ${share(21)}) as moved_at,
        case when ${chance('i', 22)} % 10 < 7 then at + interval '1 hour' + interval '72 hours' * ${share(23)} end as due_at
      from (
        select i, least(day + interval '7 hours' + interval '13 hours' * ${share(24)}, now() - interval '1 second' * ($6::bigint - i)) as at,
          case when i > 0.95 * $6::bigint then ${share(25)} < ${(liveShare - 0.001) / 0.05} else ${share(25)} < 0.001 end as live,
          floor(cardinality($3::uuid[]) * power(${share(26)}, 1.6))::int as place
        from (select i, date_trunc('day', now() - interval '1 day' * (${days}.0 * (1 - i / $6::float8))) as day from generate_series($1::bigint, $2::bigint) i) placed
      -- Worked out once a row, not wherever it is named.
      offset 0) who`,
    values: [from + 1, to, places.map(({ id }) => id), personIds, customers, orders],
  })
  const byBasket = 'made join basket b using (n)'
  await client.query({
    text: `insert into orders (workspace_id, id, number, seq, workflow_code, workflow_version, phase, stage, stage_entered_at, stage_entered_by, generation, payment, fulfilment,
        holds, attention, channel, source, location_id, external_id, customer_id, customer_tier, customer_segment, owner_id, assignee_id, priority, currency,
        gross_minor, discount_minor, tax_minor, total_minor, captured_minor, refunded_minor, balance_minor, due_at, at, recorded_at, business_date, detail, updated_at)
      select $1, made.id, $2::bigint + i - 1, seq, $3, $4::bigint, phase, stage, moved_at, owner_id, generation, payment, fulfilment,
        holds, attention, channel, 'api', location_id, case when $6 then 'EXT-' || $2::bigint + i - 1 end, case when customer is not null then ${customerId('customer')} end,
        case when customer is null then '' else ${oneOf(tiers, 'customer')} end, case when customer is null then '' else ${oneOf(segments, 'customer')} end,
        owner_id, assignee_id, priority, $5, gross_minor, 0, 0, total_minor, captured_minor, refunded_minor, balance_minor, due_at, at, at, at::date, detail, moved_at
      from ${byBasket}`,
    values: [workspaceId, firstNumber, definition.code, definition.version, definition.currency, definition.code === 'marketplace'],
  })
  const columns =
    'id, position, kind, item_id, variant_id, code, name, category, base_unit, price_micro, per_milli, gross_minor, discount_minor, tax_code, tax_ppm, tax_included, tax_minor, net_minor, recipe_id, reason_code, ordered_milli, cancelled_milli, made_milli, picked_milli, packed_milli, handed_over_milli, delivered_milli, returned_milli'
  await client.query({
    text: `insert into order_lines (workspace_id, order_id, ${columns}) select $1, made.id, ${columns.replace(/\w+/g, 'l.$&')} from made join basket_line l using (n)`,
    values: [workspaceId],
  })
  await client.query({
    text: `insert into order_contacts (workspace_id, order_id, name, email, phone, address, city, postcode, country)
      select $1, id, first || ' ' || last, lower(first) || '.' || lower(last) || i || '@example.net', '+34 7' || lpad((i * 104729 % 100000000)::text, 8, '0'),
        'Calle ' || last || ' ' || 1 + i % 90, 'Madrid', '28' || lpad((i % 1000)::text, 3, '0'), 'ES'
      from made, lateral (select ${oneOf(firstNames, chance('i', 31))} as first, ${oneOf(lastNames, chance('i', 32))} as last) named where ${chance('i', 33)} % 10 < 4`,
    values: [workspaceId],
  })
  await client.query({
    text: `insert into order_tags (workspace_id, tag, order_id) select $1, tag, made.id from ${byBasket} where tag is not null`,
    values: [workspaceId],
  })
  await client.query({
    text: `insert into order_fields (workspace_id, field, order_id, text_value) select $1, 'colour', made.id, colour from ${byBasket} where colour is not null`,
    values: [workspaceId],
  })
  await client.query({
    text: `insert into order_holds (workspace_id, order_id, id, reason_code, placed_at)
      select $1, made.id, (detail::json -> 'holds' -> 0 ->> 'id')::uuid, detail::json -> 'holds' -> 0 ->> 'reasonCode', (detail::json -> 'holds' -> 0 ->> 'placedAt')::timestamptz
      from ${byBasket} where holds > 0`,
    values: [workspaceId],
  })
  await client.query({
    text: `insert into reservations (workspace_id, id, item_id, location_id, lot_id, milli, state, order_id, line_id, created_at, commit_id)
      select $1, gen_random_uuid(), l.item_id, location_id, '${nilId}', l.ordered_milli, 'open', made.id, l.id, at, $2 from ${byBasket} join basket_line l using (n) where holds_stock`,
    values: [workspaceId, commitId],
  })
  await client.query({
    text: `insert into events (workspace_id, subject, subject_id, seq, type, payload, at, recorded_at, actor_kind, location_id, command_id, commit_id, ordinal)
      select $1, 'order', made.id, 1, 'OrderPlaced', case when live then replace(placed, basket_id::text, made.id::text) else '{}' end, at, at, 'system', location_id, made.id, $2, i from ${byBasket}`,
    values: [workspaceId, commitId],
  })
  await client.query({
    text: `insert into commits (workspace_id, id, events, digest) values ($1, $2, $3, '\\x00')`,
    values: [workspaceId, commitId, to - from],
  })
}

async function countReserved(pool: pg.Pool, workspaceId: string): Promise<void> {
  await inWorkspace(
    pool,
    workspaceId,
    `update stock s set reserved_milli = r.milli from (select item_id, location_id, sum(milli) as milli from reservations where state = 'open' group by 1, 2) r
      where s.item_id = r.item_id and s.location_id = r.location_id and s.lot_id = '${nilId}'`,
  )
}

// ─── Indexes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const filledTables = ['orders', 'order_lines', 'order_contacts', 'order_tags', 'order_fields', 'customers', 'events', 'reservations']

/** Drops the indexes of the large tables that stand behind no constraint; answers how to make them again. */
async function dropIndexes(owner: pg.Pool): Promise<() => Promise<void>> {
  const { rows } = await owner.query<{ name: string; made: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made from pg_index i
      where i.indrelid = any($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [filledTables],
  )
  for (const { name } of rows) await owner.query(`drop index ${name}`)
  return async () => {
    for (const { made } of rows) await owner.query(made)
  }
}
