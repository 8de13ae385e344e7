import { type CleanedWhere, type CustomAdapter, createAdapterFactory } from 'better-auth/adapters'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { hashOf } from './secret.ts'

// What better-auth may read and write: these tables, these columns, and nothing else it may think of.
// biome-ignore format: read it by column
const models: Record<string, { table: string; columns: Record<string, string> }> = {
  user:         { table: 'users',         columns: { id: 'id', email: 'email', emailVerified: 'email_verified', name: 'name', image: 'image', createdAt: 'created_at', updatedAt: 'updated_at' } },
  account:      { table: 'accounts',      columns: { id: 'id', userId: 'user_id', providerId: 'provider_id', accountId: 'account_id', password: 'password', createdAt: 'created_at', updatedAt: 'updated_at' } },
  session:      { table: 'sessions',      columns: { id: 'id', userId: 'user_id', token: 'token_hash', ipAddress: 'ip_address', userAgent: 'user_agent', expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' } },
  verification: { table: 'verifications', columns: { id: 'id', identifier: 'identifier', value: 'value', expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' } },
}

// biome-ignore format: read it by column
const operators: Record<string, string> = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' }

/** Where better-auth keeps people and sessions: our tables, as `docket_system`. A session's token goes in and is looked for as its SHA-256. */
export function signInStore(pools: Pools) {
  const run = (text: string, values: unknown[]) => pools.system((tx) => tx.query<Record<string, unknown>>({ text, values }))
  const adapter: CustomAdapter = {
    create: async ({ model, data }) => {
      const { table } = known(model)
      const fields = Object.keys(data).filter((field) => field in known(model).columns)
      const values = fields.map((field) => stored(model, field, data[field]))
      await run(
        `insert into ${table} (${fields.map((field) => columnOf(model, field)).join(', ')}) values (${fields.map((_, at) => `$${at + 1}`).join(', ')})`,
        values,
      )
      // As it was given, so that whoever made a session can hand its token out.
      return data
    },
    findOne: async <T>({ model, where }: { model: string; where: CleanedWhere[] }) => (await found<T>(model, where, 1))[0] ?? null,
    findMany: async ({ model, where, limit }) => await found(model, where ?? [], limit),
    update: async <T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) =>
      (await changed<T>(model, where, update as Record<string, unknown>))[0] ?? null,
    updateMany: async ({ model, where, update }) => (await changed(model, where, update)).length,
    delete: async ({ model, where }) => void (await removed(model, where)),
    deleteMany: async ({ model, where }) => (await removed(model, where)).length,
    count: async ({ model, where }) => (await found(model, where ?? [], 1_000_000)).length,
  }
  return createAdapterFactory({
    config: {
      adapterId: 'docket',
      supportsDates: false,
      supportsUUIDs: true,
      transaction: false,
      customIdGenerator: () => newId(),
    },
    adapter: () => adapter,
  })

  // Their rows are what better-auth's generic types say they are: it asked for the model.
  async function found<T>(model: string, where: readonly CleanedWhere[], limit: number): Promise<T[]> {
    const { text, values } = conditionOf(model, where)
    return (await run(`select ${selected(model)} from ${known(model).table} ${text} limit ${Number(limit)}`, values)) as T[]
  }

  async function changed<T>(model: string, where: readonly CleanedWhere[], update: Record<string, unknown>): Promise<T[]> {
    const fields = Object.keys(update).filter((field) => field in known(model).columns)
    const set = fields.map((field, at) => `${columnOf(model, field)} = $${at + 1}`).join(', ')
    const { text, values } = conditionOf(model, where, fields.length)
    const all = [...fields.map((field) => stored(model, field, update[field])), ...values]
    return (await run(`update ${known(model).table} set ${set} ${text} returning ${selected(model)}`, all)) as T[]
  }

  function removed(model: string, where: readonly CleanedWhere[]): Promise<unknown[]> {
    const { text, values } = conditionOf(model, where)
    if (values.length === 0) throw new Error(`Nobody deletes all of ${model}`)
    return run(`delete from ${known(model).table} ${text} returning id`, values)
  }
}

function known(model: string): { table: string; columns: Record<string, string> } {
  const found = models[model]
  if (!found) throw new Error(`Signing in knows no ${model}`)
  return found
}

function columnOf(model: string, field: string): string {
  const column = known(model).columns[field]
  if (column === undefined) throw new Error(`Signing in knows no ${field} of ${model}`)
  return column
}

const selected = (model: string): string =>
  Object.entries(known(model).columns)
    .map(([field, column]) => `${column} as "${field}"`)
    .join(', ')

function conditionOf(model: string, where: readonly CleanedWhere[], valuesBefore = 0): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const parts = where.map(({ field, operator, value, connector }, at) => {
    const column = columnOf(model, field)
    const joined = at === 0 ? 'where' : connector === 'OR' ? 'or' : 'and'
    if (operator === 'in') {
      values.push((value as unknown[]).map((one) => stored(model, field, one)))
      return `${joined} ${column}::text = any($${valuesBefore + values.length}::text[])`
    }
    const sign = operators[operator ?? 'eq']
    if (sign === undefined) throw new Error(`Signing in does not ask for ${operator}`)
    values.push(stored(model, field, value))
    return `${joined} ${column} ${sign} $${valuesBefore + values.length}`
  })
  return { text: parts.join(' '), values }
}

const stored = (model: string, field: string, value: unknown): unknown =>
  model === 'session' && field === 'token' ? hashOf(String(value)) : value
