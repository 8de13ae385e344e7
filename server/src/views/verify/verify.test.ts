import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formats } from '#server/imports/formats.ts'
import type { ImportFormat } from '#server/imports/history.ts'
import { readCsv } from '#server/imports/read-csv.ts'
import { importHistory } from '#usecases/imports/import-history.ts'
import { engineWork, wakeOrders } from '#usecases/orders/fire-timers.ts'
import { type Copy, type ProvedShop, provedShop } from '../../testing/proved-shop.ts'
import { seed } from '../../testing/seed.ts'
import { orderOf, type TestShop, testShop } from '../../testing/test-shop.ts'
import type { Head } from './heads.ts'
import { elsewhere, references } from './reference-checks.ts'
import { type Report, UnknownWorkspace, verify } from './verify.ts'

let shop: ProvedShop
beforeAll(async () => {
  shop = await provedShop()
})
afterAll(() => shop?.drop())

const wrongIn = (report: Report) => report.findings.filter(({ violations }) => violations > 0)

describe('a database in which nothing is wrong', () => {
  test('is found clean, and every order is looked at', async () => {
    const report = await verify(shop.url)
    expect(wrongIn(report)).toEqual([])
    expect(report).toMatchObject({ ok: true, orders: 7, unsealed: { commits: 0, oldestSeconds: 0 } })
    expect(report.findings.find(({ invariant }) => invariant === 'replay.orders')).toMatchObject({ checked: 7 })
  })

  test('is found clean by threads too, with the same counts', async () => {
    const counts = ({ findings }: Report) => findings.map(({ invariant, checked, violations }) => ({ invariant, checked, violations }))
    expect(counts(await verify(shop.url, { threads: 2 }))).toEqual(counts(await verify(shop.url, { threads: 0 })))
  })

  test('tells how far it is', async () => {
    const seen: number[] = []
    await verify(shop.url, { onProgress: ({ subjects, subjectsOf }) => seen.push(subjects / subjectsOf) })
    expect(seen.at(-1)).toBe(1)
  })

  test('is found clean where an order waits for its stock, is woken and made', async () => {
    await inShop('made-to-order', async (bakery) => {
      await bakery.receive({ FLOUR: 500 })
      const waiting = orderOf(await bakery.place({ BREAD: 3 }))
      await bakery.place({ BREAD: 1 })
      expect((await verify(bakery.databaseUrl)).findings.find(({ invariant }) => invariant === 'replay.shortfalls')?.checked).toBe(2)
      await bakery.receive({ FLOUR: 600 })
      await wakeOrders(bakery.engine, bakery.workspaceId, [waiting.id])
      for (const action of ['start_production', 'finish_production', 'hand_over']) orderOf(await bakery.act(waiting, action))
    })
  })

  test('is found clean where more was handed over than the stock knew of', async () => {
    await inShop('marketplace', async (seller) => {
      await seller.receive({ CUP: 2 })
      const short = orderOf(await seller.place({ CUP: 5 }))
      orderOf(await seller.act(short, 'skip_cool_down'))
      await seller.engine.lane.submit(seller.workspaceId, 'act', [engineWork(seller.call(), short.id, labelBought)])
      orderOf(await seller.act(short, 'hand_over'))
      expect((await verify(seller.databaseUrl)).findings.find(({ invariant }) => invariant === 'replay.movements')?.checked).toBe(4)
    })
  })

  test.each([...formats.keys()])('is found clean after an import of %s', async (name) => {
    await inShop('counter', async ({ engine, workspaceId }) => {
      const format = formats.get(name) as ImportFormat
      const file = fileURLToPath(new URL(`../../imports/samples/${name}.sample.csv`, import.meta.url))
      await importHistory(engine, {
        workspaceId,
        location: 'main',
        format,
        open: () => readCsv(file, format),
        digest: name,
        dryRun: false,
        onProgress: () => {},
      })
    })
  })

  test('looks at one workspace alone when asked to', async () => {
    const fault = `update orders set total_minor = total_minor + 1 where id = '${shop.ids.elsewhere}'`
    await inCopy(fault, async ({ url }) => {
      expect(await verify(url, { workspace: 'shop' })).toMatchObject({ ok: true, orders: 6 })
      expect(await verify(url, { workspace: 'other' })).toMatchObject({ ok: false, orders: 1 })
    })
  })

  test('does not know a workspace that is not there', async () => {
    await expect(verify(shop.url, { workspace: 'nowhere' })).rejects.toThrow(UnknownWorkspace)
  })
})

describe('the tail', () => {
  const unsealLast = `update commits c set position = null, hash = null, recorded_at = recorded_at - interval '5 min' where workspace_id = (select workspace_id from workspaces where code = 'other')
    and position = (select max(position) from commits m where m.workspace_id = c.workspace_id);
    update events e set recorded_at = c.recorded_at from commits c where c.workspace_id = e.workspace_id and c.id = e.commit_id and c.position is null`

  test('is named with its age, and is no violation while nobody is there to seal it', async () => {
    await inCopy(unsealLast, async ({ url }) => {
      const report = await verify(url)
      expect(report.unsealed.commits).toBe(1)
      expect(report.unsealed.oldestSeconds).toBeGreaterThanOrEqual(300)
      expect(report.findings.find(({ invariant }) => invariant === 'log.tail')).toMatchObject({ checked: 1, violations: 0 })
    })
  })
})

describe('a head kept outside', () => {
  let heads: Head[]
  beforeAll(async () => {
    heads = (await verify(shop.url)).heads
  })

  test('is one a workspace, and is found again', async () => {
    expect(heads.map(({ workspace }) => workspace)).toEqual(['other', 'shop'])
    const report = await verify(shop.url, { anchors: heads })
    expect(report.ok).toBe(true)
    expect(report.findings.find(({ invariant }) => invariant === 'log.anchors')).toMatchObject({ checked: 2 })
  })

  test('shows that the tail was cut, which nothing inside does', async () => {
    await inCopy(cutLast, async ({ url }) => {
      expect(wrongIn(await verify(url))).toEqual([])
      const found = wrongIn(await verify(url, { anchors: heads }))
      expect(found).toMatchObject([
        { invariant: 'log.anchors', examples: [{ workspace: 'other', why: 'nothing stands at this position any more' }] },
      ])
    })
  })

  test('shows that the log was rewritten whole, which nothing inside does', async () => {
    const another = `update events set actor_kind = 'person' where subject_id = '${shop.ids.open}' and seq = 3; ${rewrite}`
    await inCopy(another, async ({ url }) => {
      expect(wrongIn(await verify(url))).toEqual([])
      expect(wrongIn(await verify(url, { anchors: heads }))).toMatchObject([
        { invariant: 'log.anchors', examples: [{ workspace: 'shop' }] },
      ])
    })
  })

  test('is of a workspace that must still be there', async () => {
    const anchor = { workspace: 'gone', workspaceId: null, position: 1, hash: 'ab' }
    expect(wrongIn(await verify(shop.url, { anchors: [anchor] }))).toMatchObject([{ invariant: 'log.anchors', violations: 1 }])
  })
})

/** As an older backup would be: the neighbour's last commit made a till. */
const cutLast = `create temp table cut as select c.workspace_id, c.id from commits c join workspaces w using (workspace_id) where w.code = 'other' order by position desc limit 1;
  delete from registers r using cut where r.workspace_id = cut.workspace_id;
  delete from events e using cut where e.workspace_id = cut.workspace_id and e.commit_id = cut.id;
  delete from commits c using cut where c.workspace_id = cut.workspace_id and c.id = cut.id;
  drop table cut`

const rewrite = `do $$ declare c record; previous bytea; last uuid; begin
  for c in select * from commits order by workspace_id, position loop
    if last is distinct from c.workspace_id then previous := decode(repeat('00', 32), 'hex'); last := c.workspace_id; end if;
    c.digest := sha256(convert_to((select string_agg(concat_ws(E'\\n', e.subject, e.subject_id, e.seq, e.type, e.version, to_char(e.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_char(e.recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      e.actor_kind, coalesce(e.actor_id::text, ''), coalesce(e.location_id::text, ''), coalesce(e.register_id::text, ''), e.command_id, e.payload) || E'\\n', '' order by e.ordinal) from events e where e.workspace_id = c.workspace_id and e.commit_id = c.id), 'UTF8'));
    previous := sha256(previous || convert_to(c.workspace_id || E'\\n' || c.position || E'\\n' || c.id || E'\\n', 'UTF8') || c.digest);
    update commits set digest = c.digest, hash = previous where workspace_id = c.workspace_id and id = c.id;
  end loop; end $$`

// ─── Any fault ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Columns of the log, and for each a change that leaves it readable. */
// biome-ignore format: read it by column
const changes: Record<'events' | 'commits', Record<string, string[]>> = {
  events: {
    subject_id:   ['gen_random_uuid()'],
    seq:          ['seq + 1000'],
    subject:      [`case subject when 'order' then 'return' else 'order' end`],
    type:         [`type || 'x'`, `'StockMoved'`, `'OrderPlaced'`],
    payload:      [`payload || ' '`, `left(payload, length(payload) / 2)`, `''`, `'null'`, `'{}'`, `'[]'`, `translate(payload, '0123456789', '1234567890')`, `replace(payload, '"', '')`],
    version:      ['version + 1'],
    at:           [`at + interval '1 ms'`],
    recorded_at:  [`recorded_at + interval '1 ms'`],
    actor_kind:   [`case actor_kind when 'person' then 'rule' else 'person' end`],
    actor_id:     ['gen_random_uuid()'],
    location_id:  ['gen_random_uuid()'],
    register_id:  ['gen_random_uuid()'],
    command_id:   ['gen_random_uuid()'],
    commit_id:    ['gen_random_uuid()'],
    ordinal:      ['ordinal + 1000'],
    workspace_id: ['gen_random_uuid()', `(select w.workspace_id from workspaces w where w.workspace_id <> events.workspace_id limit 1)`],
  },
  commits: {
    id:           ['gen_random_uuid()'],
    events:       ['events + 1', '9007199254740992'],
    digest:       ['sha256(digest)'],
    recorded_at:  [`recorded_at + interval '1 ms'`],
    position:     ['position + 1000'],
    hash:         ['sha256(hash)'],
    workspace_id: ['gen_random_uuid()'],
  },
}

const cases = Number(process.env.DOCKET_LOG_FAULTS ?? 40)

test(`any field of any event or commit that is changed is found (${cases} at random)`, { timeout: 20_000 + cases * 1_000 }, async () => {
  // Kept in a schema that is not looked at.
  await inCopy(
    'create table graphile_worker.kept_events as table events; create table graphile_worker.kept_commits as table commits',
    async (copy) => {
      const choice = fc.constantFrom(
        ...Object.entries(changes).flatMap(([table, columns]) =>
          Object.entries(columns).flatMap(([column, values]) =>
            values.map((value) => ({ table: table as keyof typeof changes, column, value })),
          ),
        ),
      )
      let planted = 0
      for (const [{ table, column, value }, row] of fc.sample(fc.tuple(choice, fc.nat()), { numRuns: cases, seed })) {
        const order = table === 'events' ? 'subject_id, seq' : 'id'
        const fault = `truncate events, commits; insert into events table graphile_worker.kept_events; insert into commits table graphile_worker.kept_commits;
          do $$ begin
            update ${table} set ${column} = ${value} where ${column} is distinct from ${value}
              and ctid = (select ctid from ${table} order by ${order} offset ${row} % (select count(*) from ${table}) limit 1);
            if not found then raise exception 'it is so already'; end if;
          end $$`
        const couldBe = copy.asOwner(fault).then(
          () => true,
          () => false,
        )
        // What is so already, or what a constraint forbids, cannot be planted.
        if (!(await couldBe)) continue
        planted++
        expect((await verify(copy.url, { threads: 0 })).ok, `${column} of row ${row} of ${table} became ${value}`).toBe(false)
      }
      expect(planted).toBeGreaterThan(cases / 2)
    },
  )
})

// ─── Nothing forgotten ───────────────────────────────────────────────────────────────────────────────────────────────

test('every column that holds an id is on the list of references, or excused by name', async () => {
  const client = new pg.Client({ connectionString: shop.url, options: '-c role=docket_owner' })
  await client.connect()
  const { rows } = await client.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'docket'::regnamespace and c.relkind = 'r' and a.atttypid = 'uuid'::regtype and a.attname like '%\\_id' and a.attname <> 'workspace_id' and not a.attisdropped`,
  )
  await client.end()
  const listed = new Set(references.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)))
  expect(
    rows
      .filter(
        ({ table, column }) =>
          !listed.has(`${table}.${column}`) && !elsewhere.includes(column) && !elsewhere.includes(`${table}.${column}`),
      )
      .map(({ table, column }) => `${table}.${column}`),
  ).toEqual([])
})

const labelBought = {
  verb: 'move',
  action: 'label_bought',
  by: 'event',
  generation: null,
  reason: null,
  noteId: null,
  fields: {},
  idChecked: false,
  at: null,
} as const

async function inShop(blueprint: string, live: (shop: TestShop) => Promise<void>): Promise<void> {
  const one = await testShop(blueprint)
  try {
    await live(one)
    expect(wrongIn(await verify(one.databaseUrl))).toEqual([])
  } finally {
    await one.end()
  }
}

async function inCopy(sql: string, look: (copy: Copy) => Promise<void>): Promise<void> {
  const copy = await shop.withFault(sql)
  try {
    await look(copy)
  } finally {
    await copy.drop()
  }
}
