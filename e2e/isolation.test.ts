import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operation, operationNames, operations } from '#contract/operations.ts'
import { orderVerbs } from '#contract/orders.ts'
import { askDatabaseSafety } from '#platform/database-safety.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/embedded-postgres.ts'
import { newId } from '#platform/ids.ts'
import { migrate } from '#platform/migrate.ts'
import { type ProvedShop, provedShop } from '#server/testing/proved-shop.ts'
import { type TestDoor, testDoor } from '#server/testing/test-door.ts'

// ─── The database ────────────────────────────────────────────────────────────────────────────────────────────────────

const unknownSetting = '42704'
const notAUuid = '22P02'
const denied = '42501'

describe('as docket_app, in the database itself', () => {
  let shop: ProvedShop
  let client: pg.Client
  let owner: pg.Client
  let tables: string[]
  /** The workspace that is looked from, and another. */
  let own: string
  let other: string
  beforeAll(async () => {
    shop = await provedShop()
    client = await connected(shop.url, 'docket_app')
    owner = await connected(shop.url, 'docket_owner')
    const workspaces = await owner.query<{ id: string }>('select workspace_id as id from workspaces order by created_at')
    ;[own = '', other = ''] = workspaces.rows.map(({ id }) => id)
    tables = (
      await owner.query<{ name: string }>(
        `select table_name as name from information_schema.columns where table_schema = 'docket' and column_name = 'workspace_id' order by 1`,
      )
    ).rows.map(({ name }) => name)
  })
  afterAll(async () => {
    await client.end()
    await owner.end()
    await shop.drop()
  })

  /** The SQLSTATE that a statement fails with, in a transaction of its own; null when it does not. */
  async function failure(statement: string, workspaceId?: string): Promise<string | null> {
    await client.query('begin')
    if (workspaceId !== undefined) await client.query(`select set_config('docket.workspace', $1, true)`, [workspaceId])
    try {
      await client.query(statement)
      return null
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      await client.query('rollback')
    }
  }

  const each = async (of: readonly string[], ask: (table: string) => Promise<unknown>) =>
    Object.fromEntries(await inTurn(of, async (table) => [table, await ask(table)] as const))
  const all = (of: readonly string[], answer: unknown) => Object.fromEntries(of.map((table) => [table, answer]))

  /** Tables in which something lies, so that there is a row to look at. */
  async function filled(): Promise<string[]> {
    const counted = await inTurn(tables, async (table) => ({
      table,
      ...(await owner.query<{ n: number }>(`select count(*)::int as n from ${table} where workspace_id = '${own}'`)).rows[0],
    }))
    return counted.filter(({ n }) => (n ?? 0) > 0).map(({ table }) => table)
  }

  test('a bit of nearly everything is there to be seen', async () => {
    expect(tables.length).toBeGreaterThan(30)
    expect(tables.filter((table) => table !== 'processes').length - (await filled()).length).toBeLessThan(8)
  })

  test('without a workspace every table raises, whatever is asked of it', async () => {
    const some = await filled()
    expect(await each(some, (table) => failure(`select from ${table} limit 1`))).toEqual(all(some, unknownSetting))
    expect(await each(tables, (table) => failure(`insert into ${table} (workspace_id) values (gen_random_uuid())`))).toEqual(
      all(tables, expect.toBeOneOf([unknownSetting, denied])),
    )
    expect(await each(some, (table) => failure(`update ${table} set workspace_id = workspace_id`))).toEqual(
      all(some, expect.toBeOneOf([unknownSetting, denied])),
    )
    expect(await each(some, (table) => failure(`delete from ${table}`))).toEqual(all(some, expect.toBeOneOf([unknownSetting, denied])))
  })

  test('after a transaction that had one, the next without still raises', async () => {
    const some = await filled()
    await failure('select 1', own)
    expect(await each(some, (table) => failure(`select from ${table} limit 1`))).toEqual(all(some, notAUuid))
  })

  test('with a workspace its own rows are seen, all of them, and no other', async () => {
    const some = await filled()
    const seen = await each(some, async (table) => {
      await client.query('begin')
      await client.query(`select set_config('docket.workspace', $1, true)`, [own])
      const { rows } = await client.query(
        `select count(*)::int as own, count(*) filter (where workspace_id <> '${own}')::int as others from ${table}`,
      )
      await client.query('rollback')
      return rows[0]
    })
    const there = await each(some, async (table) => ({
      own: (await owner.query(`select count(*)::int as n from ${table} where workspace_id = '${own}'`)).rows[0].n,
      others: 0,
    }))
    expect(seen).toEqual(there)
  })

  test('nothing can be written into another workspace, and nothing moved there', async () => {
    const some = await filled()
    const copied = (table: string) =>
      `insert into ${table} select (jsonb_populate_record(t, jsonb_build_object('workspace_id', '${other}'))).* from ${table} t limit 1`
    expect(await each(some, (table) => failure(copied(table), own))).toEqual(all(some, denied))
    expect(await each(some, (table) => failure(`update ${table} set workspace_id = '${other}'`, own))).toEqual(all(some, denied))
  })

  // biome-ignore format: read it by column
  const history: Record<string, string> = {
    orders: 'delete', order_lines: 'delete', order_costs: 'delete, update', events: 'delete, update', movements: 'delete, update', money_entries: 'delete, update',
    commits: 'delete, update', returns: 'delete, update', return_lines: 'delete, update', recipe_parts: 'delete, update', workflows: 'delete, update', reservations: 'delete', stock: 'delete',
    customers: 'delete', items: 'delete', workspaces: 'delete, insert',
  }

  test('what is history has no right to be deleted, and no right to be changed where nothing of it may change', async () => {
    const asked = Object.entries(history).flatMap(([table, rights]) =>
      [...rights.split(', '), 'truncate'].map((right) => ({ table, right })),
    )
    const { rows } = await owner.query(
      `select a.table, a.right from json_to_recordset($1::json) as a("table" text, "right" text)
        where has_table_privilege('docket_app', 'docket.' || a.table, a.right) or (a.right in ('insert', 'update') and has_any_column_privilege('docket_app', 'docket.' || a.table, a.right))`,
      [JSON.stringify(asked)],
    )
    expect(rows).toEqual([])
  })

  test('and whoever tries is refused', async () => {
    const attempts = Object.entries(history).flatMap(([table, rights]) =>
      [...rights.split(', ').filter((right) => right !== 'insert'), 'truncate'].map((right) =>
        right === 'delete'
          ? `delete from ${table}`
          : right === 'truncate'
            ? `truncate ${table}`
            : `update ${table} set workspace_id = workspace_id`,
      ),
    )
    expect(await each(attempts, (statement) => failure(statement, own))).toEqual(all(attempts, denied))
  })
})

async function connected(url: string, role: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: `-c role=${role} -c search_path=docket` })
  await client.connect()
  return client
}

async function inTurn<A, B>(list: readonly A[], work: (one: A) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (const one of list) done.push(await work(one))
  return done
}

// ─── Roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────

// Roles belong to a whole server and some of these need a superuser: this has an embedded server of its own, whatever DATABASE_URL says.
describe('a role that would make row-level security void', () => {
  let folder: string
  let server: EmbeddedPostgres
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docket-void-'))
    chmodSync(folder, 0o755)
    server = await startEmbeddedPostgres(folder, () => {})
    await migrate(server.url)
    for (const code of ['one', 'two'])
      await asSuperuser(
        `set row_security = off; insert into docket.workspaces (workspace_id, code, name, home_currency, blueprint) values (gen_random_uuid(), '${code}', '${code}', 'EUR', 'counter')`,
      )
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  async function asSuperuser(statement: string): Promise<void> {
    const { superPassword }: { superPassword: string } = JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8'))
    const url = new URL(server.url)
    Object.assign(url, { username: 'postgres', password: superPassword })
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  /** Workspaces that a session of the app sees of a workspace that is not there; an error's code where it is refused. */
  async function seen(): Promise<number | string> {
    const client = await connected(server.url, 'docket_app')
    try {
      await client.query(`begin; select set_config('docket.workspace', '${newId()}', true)`)
      return (await client.query('select from workspaces')).rowCount ?? 0
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      await client.end()
    }
  }

  // biome-ignore format: read it by column
  const voids: [what: string, plant: string, remove: string, isVoid: boolean, said: string][] = [
    ['the app is a member of docket_system and inherits it', 'grant docket_system to docket_app with inherit true', 'revoke docket_system from docket_app',          true,  'revoke docket_system from docket_app'],
    ['the app bypasses row-level security',                 'alter role docket_app bypassrls',                     'alter role docket_app nobypassrls',               true,  'bypasses row-level security'],
    ['the app is a superuser',                              'alter role docket_app superuser',                     'alter role docket_app nosuperuser',               true,  'nosuperuser'],
    ['the app owns a table that is not forced',             'alter table docket.workspaces owner to docket_app; alter table docket.workspaces no force row level security', 'alter table docket.workspaces owner to docket_owner; alter table docket.workspaces force row level security; grant select, update on docket.workspaces to docket_app', true, 'owns "workspaces"'],
    ['the login inherits docket_system',                    'grant docket_system to docket with inherit true',     'grant docket_system to docket with inherit false', false, 'inherits from "docket_system"'],
    ['the login is a superuser',                            'alter role docket superuser',                         'alter role docket nosuperuser',                   false, 'is a superuser'],
  ]

  test('is not there to begin with', async () => {
    expect([await seen(), await askDatabaseSafety(server.url, { allowNoChecksums: false })]).toEqual([0, []])
  })

  test.each(voids)('is caught: %s', async (_what, plant, remove, isVoid, said) => {
    await asSuperuser(plant)
    const [rows, reasons] = [await seen(), await askDatabaseSafety(server.url, { allowNoChecksums: false })]
    await asSuperuser(remove)
    expect(rows).toBe(isVoid ? 2 : 0)
    expect(reasons).toContainEqual(expect.stringContaining(said))
    expect([await seen(), await askDatabaseSafety(server.url, { allowNoChecksums: false })]).toEqual([0, []])
  })
})

// ─── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One of everything that has an id. */
type Ids = Record<
  | 'order'
  | 'line'
  | 'hold'
  | 'return'
  | 'reservation'
  | 'item'
  | 'variant'
  | 'customer'
  | 'location'
  | 'register'
  | 'key'
  | 'commit'
  | 'export'
  | 'bulk-job',
  string
>

describe('over HTTP, what is the neighbours answers exactly as what is not there', () => {
  let door: TestDoor
  let ours: Ids
  let theirs: Ids
  beforeAll(async () => {
    door = await testDoor()
    const neighbour = await door.neighbour('next-door')
    ours = await oneOfEach(door.apiKey)
    theirs = await oneOfEach(neighbour.apiKey)
  })
  afterAll(() => door.end())

  async function oneOfEach(apiKey: string): Promise<Ids> {
    const make = async (path: string, body: object) => {
      const { status, json } = await door.send('POST', `/api/v1${path}`, {
        apiKey,
        body: JSON.stringify(body),
        headers: { 'idempotency-key': newId() },
      })
      if (status >= 300) throw new Error(JSON.stringify(json))
      return json as {
        id: string
        lines: { id: string }[]
        holds: { id: string }[]
        variants: { id: string }[]
        reservations: { id: string }[]
      }
    }
    const item = await make('/items', { code: 'THING', name: 'Thing', variants: [{ code: 'THING', priceMicro: 1_000_000 }] })
    const location = await make('/locations', { code: 'branch', name: 'Branch', timeZone: 'Europe/Madrid' })
    const register = await make('/registers', { code: 'till', name: 'Till', kind: 'till', locationId: location.id })
    await make('/stock/adjustments', { adjustments: [{ kind: 'receipt', itemId: item.id, locationId: location.id, deltaMilli: 90_000 }] })
    const order = await make('/orders', { channel: 'web', locationId: location.id, lines: [{ itemId: item.id, quantityMilli: 1_000 }] })
    const held = await make(`/orders/${order.id}/actions/hold`, { reason: 'address_unclear' })
    const reserved = await make('/stock/reservations', {
      itemId: item.id,
      locationId: location.id,
      quantityMilli: 1_000,
      purpose: 'window',
    })
    const returned = await make('/returns', { locationId: location.id, lines: [{ itemId: item.id, quantityMilli: 1_000, amountMinor: 5 }] })
    const id = (of: { id: string }[]) => of[0]?.id ?? ''
    return {
      order: order.id,
      line: id(order.lines),
      hold: id(held.holds),
      return: returned.id,
      reservation: id(reserved.reservations),
      item: item.id,
      variant: id(item.variants),
      customer: (await make('/customers', { name: 'Ada' })).id,
      location: location.id,
      register: register.id,
      key: (await make('/api-keys', { name: 'other', role: 'owner' })).id,
      commit: newId(),
      export: (await make('/exports', { list: 'orders' })).id,
      'bulk-job': (await make('/bulk-jobs', { action: 'tag', input: { add: ['x'] }, selection: { orderIds: [order.id] }, run: 'preview' }))
        .id,
    }
  }

  /** A request about a thing with this id. */
  type About = (id: string) => { method?: string; path: string; body?: unknown }
  type Case = [what: string, kind: keyof Ids, about: About, status: number]

  // biome-ignore format: read it by column
  const inputs: Record<string, object> = {
    hold: { reason: 'address_unclear' }, release: {}, cancel: { reason: 'customer_changed_mind' }, reopen: { reason: 'customer_came_back' }, note: { note: 'x' }, assign: { assigneeId: null },
    tag: { add: ['x'] }, pay: { amountMinor: 1, method: 'cash' }, refund: { amountMinor: 1, method: 'cash' }, return: { lines: [{ lineId: newId(), quantityMilli: 1 }] },
  }
  const actions = [...orderVerbs, 'start', 'pack', 'hand_over', 'send_out']
  const line = (more: object) => ({ quantityMilli: 1_000, ...more })
  const order = (more: object) => ({ channel: 'web', location: 'main', lines: [line({ itemId: ours.item })], ...more })
  const mine = (path: string) => `/orders/${ours.order}${path}`

  // Lists that may be asked for one thing's rows show none; every other request is refused.
  // biome-ignore format: read it by column
  const cases: Case[] = [
    ...actions.map((action): Case => [`action ${action}`, 'order', (id) => ({ path: `/orders/${id}/actions/${action}`, body: inputs[action] ?? {} }), 404]),
    ['a payment',                      'order',       (id) => ({ path: `/orders/${id}/payments`, body: inputs.pay }),                                                     404],
    ['an action in a list',            'order',       (id) => ({ path: '/orders/actions', body: { actions: [{ orderId: id, action: 'note', note: 'x' }] } }),             200],
    ['a return of the order',          'order',       (id) => ({ path: '/returns', body: { orderId: id, lines: [{ lineId: theirs.line, quantityMilli: 1_000 }] } }),      404],
    ['a return of the line',           'line',        (id) => ({ path: mine('/actions/return'), body: { lines: [{ lineId: id, quantityMilli: 1_000 }] } }),              422],
    ['a release of the hold',          'hold',        (id) => ({ path: mine('/actions/release'), body: { holdId: id } }),                                                 409],
    ['a refund of the return',         'return',      (id) => ({ path: mine('/actions/refund'), body: { ...inputs.refund, returnId: id } }),                              422],
    ['an assignment to the key',       'key',         (id) => ({ path: mine('/actions/assign'), body: { assigneeId: id } }),                                              422],
    ['an order of the item',           'item',        (id) => ({ path: '/orders', body: order({ lines: [line({ itemId: id })] }) }),                                      422],
    ['an order of the variant',        'variant',     (id) => ({ path: '/orders', body: order({ lines: [line({ itemId: ours.item, variantId: id })] }) }),                  422],
    ['an order for the customer',      'customer',    (id) => ({ path: '/orders', body: order({ customerId: id }) }),                                                     422],
    ['an order at the location',       'location',    (id) => ({ path: '/orders', body: order({ location: undefined, locationId: id }) }),                                422],
    ['an order at the register',       'register',    (id) => ({ path: '/orders', body: order({ registerId: id }) }),                                                     422],
    ['a receipt of the item',          'item',        (id) => ({ path: '/stock/adjustments', body: { adjustments: [{ kind: 'receipt', itemId: id, location: 'main', deltaMilli: 1 }] } }),              200],
    ['a receipt at the location',      'location',    (id) => ({ path: '/stock/adjustments', body: { adjustments: [{ kind: 'receipt', itemId: ours.item, locationId: id, deltaMilli: 1 }] } }),         200],
    ['a transfer to the location',     'location',    (id) => ({ path: '/stock/adjustments', body: { adjustments: [{ kind: 'transfer', itemId: ours.item, location: 'main', toLocationId: id, deltaMilli: 1 }] } }), 200],
    ['something kept of the item',     'item',        (id) => ({ path: '/stock/reservations', body: { itemId: id, location: 'main', quantityMilli: 1, purpose: 'x' } }),           422],
    ['something kept at the location', 'location',    (id) => ({ path: '/stock/reservations', body: { itemId: ours.item, locationId: id, quantityMilli: 1, purpose: 'x' } }),    422],
    ['a release of what is kept',      'reservation', (id) => ({ path: `/stock/reservations/${id}/release`, body: {} }),                                                  404],
    ['a return at the location',       'location',    (id) => ({ path: '/returns', body: { locationId: id, lines: [{ item: 'THING', quantityMilli: 1, amountMinor: 1 }] } }), 422],
    ['a return of the item',           'item',        (id) => ({ path: '/returns', body: { location: 'main', lines: [{ itemId: id, quantityMilli: 1, amountMinor: 1 }] } }), 422],
    ['a change of the item',           'item',        (id) => ({ method: 'PATCH', path: `/items/${id}`, body: { name: 'x' } }),                                           404],
    ['a recipe with the item',         'item',        (id) => ({ path: '/items', body: { code: `R${id}`, name: 'x', stocked: 'recipe', recipe: { yieldMilli: 1, parts: [{ item: id, milliNum: 1, milliDen: 1 }] } } }), 422],
    ['a change of the customer',       'customer',    (id) => ({ method: 'PATCH', path: `/customers/${id}`, body: { name: 'x' } }),                                       404],
    ['a change of the location',       'location',    (id) => ({ method: 'PATCH', path: `/locations/${id}`, body: { name: 'x' } }),                                       404],
    ['a register at the location',     'location',    (id) => ({ path: '/registers', body: { code: 'r2', name: 'x', kind: 'till', locationId: id } }),                    422],
    ['a key for the location',         'location',    (id) => ({ path: '/api-keys', body: { name: 'x', role: 'owner', locationIds: [id] } }),                             422],
    ['a withdrawal of the key',        'key',         (id) => ({ path: `/api-keys/${id}/revoke`, body: {} }),                                                             404],
    ['stock of the item',              'item',        (id) => ({ method: 'GET', path: `/stock?itemId=${id}` }),                                                           200],
    ['stock at the location',          'location',    (id) => ({ method: 'GET', path: `/stock?locationId=${id}` }),                                                       200],
    ['movements of the item',          'item',        (id) => ({ method: 'GET', path: `/stock/movements?itemId=${id}` }),                                                 200],
    ['movements at the location',      'location',    (id) => ({ method: 'GET', path: `/stock/movements?locationId=${id}` }),                                             200],
    ['what is kept of the item',       'item',        (id) => ({ method: 'GET', path: `/stock/reservations?itemId=${id}` }),                                              200],
    ['what is kept at the location',   'location',    (id) => ({ method: 'GET', path: `/stock/reservations?locationId=${id}` }),                                          200],
    ['what is kept for the order',     'order',       (id) => ({ method: 'GET', path: `/stock/reservations?orderId=${id}` }),                                             200],
    ...operationNames.flatMap((name): Case[] => {
      const { method, path }: Operation = operations[name]
      const kind = /\/([a-z-]+)s\/:id/.exec(path)?.[1]
      if (method !== 'GET' || kind === undefined) return []
      return [[name, kind as keyof Ids, (id) => ({ method, path: path.replace('/api/v1', '').replace(':id', id).replace(':seq', '1') }), 404]]
    }),
  ]

  test.each(cases)('%s', async (_what, kind, about, status) => {
    const nobodys = newId()
    const [their, unknown] = [await ask(about, theirs[kind]), await ask(about, nobodys)]
    expect(their.status).toBe(status)
    expect(their).toEqual(unknown)
  })

  /** An answer without what tells one request from another. */
  async function ask(about: About, id: string) {
    const { method = 'POST', path, body } = about(id)
    const { status, text, headers } = await door.send(method, `/api/v1${path}`, {
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { 'idempotency-key': newId() },
    })
    const own = ['date', 'ratelimit', 'x-request-id', 'request-id']
    const plain = (said: string) => said.replaceAll(id, 'ID').replaceAll(/"requestId":"[^"]+"/g, '')
    return {
      status,
      text: plain(text),
      headers: [...headers].filter(([name]) => !own.includes(name)).map(([name, value]) => `${name}: ${plain(value)}`),
    }
  }

  test('an id and an outside number that the neighbours have used are free here', async () => {
    const outside = newId()
    const neighbour = await door.neighbour('further-on')
    const place = (apiKey: string, body: object) =>
      door.send('POST', '/api/v1/orders', { apiKey, body: JSON.stringify(body), headers: { 'idempotency-key': outside } })
    const service = { item: 'WRAP', quantityMilli: 1_000 }
    await door.as(neighbour.apiKey).call('createItem', {
      body: { code: 'WRAP', name: 'Wrap', kind: 'service', stocked: 'none', variants: [{ code: 'WRAP', priceMicro: 1_000_000 }] },
    })
    const body = { channel: 'web', location: 'main', lines: [service], id: newId(), externalId: outside }
    const [first, second] = [await place(neighbour.apiKey, body), await place(door.apiKey, body)]
    expect([first.status, second.status, second.json.id, second.headers.get('idempotency-replayed')]).toEqual([201, 201, body.id, null])
  })
})
