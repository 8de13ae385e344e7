import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestWorkspace, testWorkspace } from '../testing/test-workspace.ts'
import { codeOf, constraintOf, type Db, isoMoment, LostCommit, openPools, type Pools, TransientDbError, type Tx } from './db.ts'
import { newId } from './ids.ts'
import { rowList } from './row-list.ts'

let shop: TestWorkspace
let pools: Pools
beforeAll(async () => {
  shop = await testWorkspace()
  pools = openPools(shop.databaseUrl, { write: 1, read: 1, system: 1 })
})
afterAll(async () => {
  await pools.end()
  await shop.end()
})

const one = async <R>(db: Db, text: string, values: unknown[] = []): Promise<R | undefined> =>
  (await db.query<{ value: R }>({ text: `select ${text} as value`, values }))[0]?.value
const addNote = (id: string) => ({
  text: 'insert into notes (workspace_id, id, text) values ($1, $2, $3)',
  values: [shop.workspaceId, id, 'x'],
})
const noteStands = async (id: string) =>
  (await pools.view(shop.workspaceId, (db) => db.query({ text: 'select 1 from notes where id = $1', values: [id] }))).length === 1
const stillWorks = () => pools.change(shop.workspaceId, (tx) => one<number>(tx, '1'))

describe('what comes out', () => {
  test.each<[string, unknown]>([
    ['9007199254740991::bigint', Number.MAX_SAFE_INTEGER],
    ['(-9007199254740991)::bigint', Number.MIN_SAFE_INTEGER],
    [`'2026-01-05 10:00:00.5+01'::timestamptz`, '2026-01-05T09:00:00.500Z'],
    [`'2026-01-05 10:00:00+01'::timestamptz`, '2026-01-05T09:00:00.000Z'],
    [`'2026-01-05'::date`, '2026-01-05'],
    ['null::bigint', null],
    [`'{"a":1}'::jsonb`, { a: 1 }],
  ])('%s is %j', async (text, value) => {
    expect(await pools.view(shop.workspaceId, (db) => one(db, text))).toEqual(value)
  })

  test('a number beyond what is counted exactly is a bug, and the connection lives on', async () => {
    await expect(pools.change(shop.workspaceId, (tx) => one(tx, '9007199254740992::bigint'))).rejects.toThrow(
      'beyond what is counted exactly',
    )
    expect(await stillWorks()).toBe(1)
  })

  test('what is no moment with an offset is left as it is', () => {
    expect(isoMoment('infinity')).toBe('infinity')
  })

  test('rows of any text go in and come out as they are', async () => {
    const list = rowList<{ at: number; text: string | null }>({ at: 'bigint', text: 'text' })
    const text = fc
      .option(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ',', '\n', '\t', '\u0001', 'null', 'NULL', ' ', '💶', 'é') }),
        ),
      )
      .map((one) => one?.replaceAll('\0', '').toWellFormed() ?? null)
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        const rows = await pools.view(shop.workspaceId, (db) =>
          db.query<{ text: string | null }>({
            text: `select text from ${list.from(1)} order by at`,
            values: list.values(texts.map((each, at) => ({ at, text: each }))),
          }),
        )
        expect(rows.map((row) => row.text)).toEqual(texts)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a transaction', () => {
  test('is whole: what fails leaves nothing and the connection usable', async () => {
    const id = newId()
    await expect(
      pools.change(shop.workspaceId, async (tx) => {
        tx.send(addNote(id))
        await tx.query({ text: 'select 1/0', values: [] })
      }),
    ).rejects.toMatchObject({ code: '22012' })
    expect([await noteStands(id), await stillWorks()]).toEqual([false, 1])
  })

  test('whose last write fails is not committed, and says which', async () => {
    const id = newId()
    const failing = pools.change(shop.workspaceId, async (tx) => {
      tx.send(addNote(id))
      tx.send(addNote(id))
    })
    const error = await failing.catch((reason: unknown) => reason)
    expect([codeOf(error), constraintOf(error), await noteStands(id), await stillWorks()]).toEqual(['23505', 'notes_pkey', false, 1])
  })

  test('that fell over is not taken for committed because somebody looked away: COMMIT answers ROLLBACK', async () => {
    const id = newId()
    const careless = pools.change(shop.workspaceId, async (tx) => {
      tx.send(addNote(id))
      await tx.query({ text: 'select 1/0', values: [] }).catch(() => {})
    })
    await expect(careless).rejects.toThrow('ended with ROLLBACK')
    expect([await noteStands(id), await stillWorks()]).toEqual([false, 1])
  })

  test('whose many questions fail at once fails once, and nothing is left unheard', async () => {
    const unheard: unknown[] = []
    const hear = (reason: unknown) => void unheard.push(reason)
    process.on('unhandledRejection', hear)
    const asking = pools.change(shop.workspaceId, async (tx) => {
      const first = tx.query({ text: 'select 1/0', values: [] })
      void tx.query({ text: 'select 2', values: [] })
      await first
    })
    await expect(asking).rejects.toMatchObject({ code: '22012' })
    await sleep(20)
    process.off('unhandledRejection', hear)
    expect(unheard).toEqual([])
  })

  test('sees its own workspace only, and reads cannot write', async () => {
    const id = newId()
    await pools.change(shop.workspaceId, async (tx) => tx.send(addNote(id)))
    expect(await pools.view(newId(), (db) => db.query({ text: 'select 1 from notes', values: [] }))).toEqual([])
    await expect(pools.view(shop.workspaceId, (db) => db.query(addNote(newId())))).rejects.toMatchObject({ code: '25006' })
    expect(await pools.system((tx) => one<string>(tx, 'current_user::text'))).toBe('docket_system')
  })
})

describe('what shall be tried again', () => {
  const raise = (code: string) => ({ text: `do $$ begin raise exception 'x' using errcode = '${code}'; end $$`, values: [] })

  test.each(['40001', '40P01', '55P03', '57P03', '57014', '53300', '08006', '25P03'])('%s is transient', async (code) => {
    await expect(pools.change(shop.workspaceId, (tx) => tx.query(raise(code)))).rejects.toBeInstanceOf(TransientDbError)
    await expect(pools.change(shop.workspaceId, async (tx) => tx.send(raise(code)))).rejects.toBeInstanceOf(TransientDbError)
  })

  test.each(['23505', '22012', '42P01'])('%s is not', async (code) => {
    await expect(pools.change(shop.workspaceId, (tx) => tx.query(raise(code)))).rejects.toMatchObject({ code })
  })

  test('a lock that is not given in two seconds', async () => {
    const id = newId()
    await pools.change(shop.workspaceId, async (tx) => tx.send(addNote(id)))
    const lock = { text: 'select 1 from notes where id = $1 for update', values: [id] }
    await shop.pools.change(shop.workspaceId, async (other) => {
      await other.query(lock)
      await expect(pools.change(shop.workspaceId, (tx) => tx.query(lock))).rejects.toBeInstanceOf(TransientDbError)
    })
  })

  test('a database that cannot be reached', async () => {
    const nowhere = openPools('postgres://nobody@127.0.0.1:1/none')
    await expect(nowhere.view(newId(), (db) => one(db, '1'))).rejects.toBeInstanceOf(TransientDbError)
    await nowhere.end()
  })
})

describe('a connection that is cut', () => {
  /** Somebody ends the backend of this transaction. */
  async function cut(tx: Tx): Promise<void> {
    const pid = await one<number>(tx, 'pg_backend_pid()')
    const client = new pg.Client({ connectionString: shop.databaseUrl })
    await client.connect()
    await client.query('select pg_terminate_backend($1)', [pid])
    await client.end()
    await sleep(50)
  }

  test('before COMMIT is transient, and the pool goes on', async () => {
    const cutting = pools.change(shop.workspaceId, async (tx) => {
      await cut(tx)
      await one(tx, '1')
    })
    await expect(cutting).rejects.toBeInstanceOf(TransientDbError)
    expect(await stillWorks()).toBe(1)
  })

  test('when COMMIT is sent leaves it unknown, with what would have been answered', async () => {
    const error = await pools
      .change(shop.workspaceId, async (tx) => {
        await cut(tx)
        return 'the answer'
      })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(LostCommit)
    expect((error as LostCommit).value).toBe('the answer')
    expect(await stillWorks()).toBe(1)
  })

  test('at the end of reading loses nothing: it is transient', async () => {
    const reading = pools.view(shop.workspaceId, (db) => cut(db as Tx))
    await expect(reading).rejects.toBeInstanceOf(TransientDbError)
  })
})
