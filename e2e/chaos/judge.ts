import { setTimeout as wait } from 'node:timers/promises'
import { type Db, openPools, type Pools } from '#platform/db.ts'
import { verify } from '#views/verify/verify.ts'
import type { Answered, Ledger, Sent } from './ledger.ts'
import type { Shop } from './shop.ts'

const namedMax = 5

/** Waits until nothing is owed any more, then holds the database against the ledger and against itself. Answers what is wrong, in sentences. */
export async function judge(databaseUrl: string, shops: readonly Shop[], ledger: Ledger, quietWithinMs: number): Promise<string[]> {
  const pools = openPools(databaseUrl, { write: 1, read: 2, system: 1 })
  try {
    const quiet = await untilQuiet(pools, shops, quietWithinMs)
    const compared = await Promise.all(shops.map((shop) => compare(pools, shop, ledger)))
    const { findings } = await verify(databaseUrl)
    const broken = findings
      .filter(({ violations }) => violations > 0)
      .map((finding) => `verify: ${JSON.stringify({ ...finding, examples: finding.examples.slice(0, 2) })}`)
    return [...quiet, ...unanswered(ledger), ...compared.flat(), ...broken]
  } finally {
    await pools.end()
  }
}

/** What stands still although it is due: sealing, owed work, timers, holds, orders that wait for what is there. */
async function untilQuiet(pools: Pools, shops: readonly Shop[], quietWithinMs: number): Promise<string[]> {
  const deadline = performance.now() + quietWithinMs
  for (;;) {
    const left = (
      await Promise.all([dueAnywhere(pools), ...shops.map((shop) => pools.view(shop.workspaceId, (db) => dueIn(db, shop)))])
    ).flat()
    if (left.length === 0 || performance.now() > deadline) return left
    await wait(100)
  }
}

async function dueAnywhere(pools: Pools): Promise<string[]> {
  const [row] = await pools.system((tx) =>
    tx.query<Record<string, number>>({
      text: `select (select count(*) from commits where position is null) as "commits not sealed", (select count(*) from timers where due_at < now()) as "timers not fired",
        (select count(*) from owed where state <> 'done') as "owed and not done"`,
      values: [],
    }),
  )
  return left(row, 'all shops')
}

async function dueIn(db: Db, { code }: Shop): Promise<string[]> {
  const [row] = await db.query<Record<string, number>>({
    text: `select (select count(*) from order_holds where released_at is null and until < now()) as "holds not released",
      (select count(*) from shortfalls f where f.waiting and exists (select from stock s where s.item_id = f.item_id and s.location_id = f.location_id and s.on_hand_milli > s.reserved_milli)) as "waiting for what is there"`,
    values: [],
  })
  return left(row, code)
}

function left(row: Record<string, number> | undefined, where: string): string[] {
  return Object.entries(row ?? {}).flatMap(([what, count]) => (count === 0 ? [] : [`${where}: ${count} ${what}`]))
}

/** Requests without any answer, and answers that nobody can do anything with. */
function unanswered({ sent, answers }: Ledger): string[] {
  const senseless = [...answers.values()].filter(
    (answer) => !answer.ok && (answer.status >= 500 || [400, 401, 403, 404].includes(answer.status)),
  )
  return [
    ...named(
      'never answered',
      sent.filter(({ mark }) => !answers.has(mark)).map(({ mark, what }) => `${what} ${mark}`),
    ),
    ...named(
      'answered without sense',
      senseless.map((answer) => JSON.stringify(answer)),
    ),
  ]
}

interface Stored {
  orders: { id: string; mark: number; seq: number }[]
  marks: { what: Sent['what']; mark: number; orderId: string | null }[]
  receivedMilli: number
}

/** Everything that was answered with yes is there once and as it was said, and nothing else is. */
async function compare(pools: Pools, shop: Shop, { sent, answers }: Ledger): Promise<string[]> {
  const stored = await pools.view(shop.workspaceId, readMarks)
  const own = sent.filter((one) => one.shop === shop.code)
  const done = own.flatMap((one) => {
    const answer = answers.get(one.mark)
    return answer?.ok ? [{ ...one, answer }] : []
  })
  const isDone = new Set(done.map(({ mark }) => mark))
  const isThere = Map.groupBy(
    [...stored.marks, ...stored.orders.map(({ id, mark }) => ({ what: 'place', mark, orderId: id }))],
    ({ mark }) => mark,
  )
  const traced = done.filter(({ what }) => what !== 'move')
  const received = done.filter(({ what }) => what === 'receive').reduce((sum, { milli }) => sum + (milli ?? 0), shop.stockedMilli)
  return [
    ...named('answered with yes and lost', traced.filter(({ mark }) => !isThere.has(mark)).map(whichOne)),
    ...named(
      'there more than once',
      [...isThere].filter(([, rows]) => rows.length > 1).map(([mark, rows]) => `${rows[0]?.what} ${mark}`),
    ),
    ...named(
      'there and never answered with yes',
      [...isThere].filter(([mark]) => !isDone.has(mark)).map(([mark, rows]) => `${rows[0]?.what} ${mark}`),
    ),
    ...named(
      'of another order than was said',
      traced.filter(({ mark, answer }) => answer.orderId !== null && isThere.get(mark)?.[0]?.orderId !== answer.orderId).map(whichOne),
    ),
    ...sameVersions(
      done.map(({ answer }) => answer),
      new Map(stored.orders.map(({ id, seq }) => [id, seq])),
    ),
    ...(stored.receivedMilli === received ? [] : [`${stored.receivedMilli} thousandths came in, ${received} were said to`]),
  ].map((sentence) => `${shop.code}: ${sentence}`)
}

const whichOne = ({ what, mark }: Sent): string => `${what} ${mark}`

async function readMarks(db: Db): Promise<Stored> {
  const [orders, marks, received] = await Promise.all([
    db.query<Stored['orders'][number]>({ text: 'select id, quote_ref::bigint as mark, seq from orders', values: [] }),
    db.query<Stored['marks'][number]>({
      text: `select case when order_id is null then 'receive' else 'note' end as what, text::bigint as mark, order_id as "orderId" from notes
        union all select 'pay', amount_minor, order_id from money_entries where kind = 'capture'`,
      values: [],
    }),
    db.query<{ milli: number }>({ text: `select sum(delta_milli)::bigint as milli from movements where kind = 'receipt'`, values: [] }),
  ])
  return { orders, marks, receivedMilli: received[0]?.milli ?? 0 }
}

/** Each change of an order made a version of its own, none beyond the last. */
function sameVersions(answers: readonly Answered[], seqs: ReadonlyMap<string, number>): string[] {
  const said = answers.flatMap((answer) =>
    answer.ok && answer.orderId !== null && answer.version !== null ? [`${answer.orderId} ${answer.version}`] : [],
  )
  const twice = [...Map.groupBy(said, (version) => version)].filter(([, same]) => same.length > 1).map(([version]) => version)
  const beyond = said.filter((version) => Number(version.split(' ')[1]) > (seqs.get(version.split(' ')[0] ?? '') ?? 0))
  return [...named('versions said twice', twice), ...named('versions said and not there', beyond)]
}

function named(what: string, all: readonly string[]): string[] {
  return all.length === 0 ? [] : [`${all.length} ${what}: ${all.slice(0, namedMax).join(', ')}${all.length > namedMax ? ' …' : ''}`]
}
