import { openPools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { callOfEngine } from '#usecases/call.ts'
import { createUser } from '#usecases/people/create-user.ts'
import { addMembers } from '#usecases/people/save-members.ts'
import { openAsker } from './asking.ts'
import { type Docket, docketCommand, onFreshDocket } from './docket.ts'
import { inWorkspace, openLook } from './look.ts'
import { type Filled, fillWorkspace } from './million.ts'
import type { Bench } from './row.ts'

/** A running Docket with a workspace of so many orders, and a person of every role signed in. */
export interface Million {
  docket: Docket
  folder: string
  pool: ReturnType<typeof openLook>
  workspaceId: string
  apiKey: string
  orders: number
  filled: Filled
  /** Headers of a request in the name of somebody, by role. */
  readers: ReadonlyMap<string, Record<string, string>>
}

const locations = 20
const people = 60
export const millionOrders = Number(process.env.DOCKET_BENCH_ORDERS ?? 1_000_000)

// Whom each reports to stands before them.
// biome-ignore format: read it by column
const staff: [role: string, isBound: boolean, reportsTo: number | null][] = [
  ['owner',            false, null],
  ['branch_manager',   true,  0],
  ['sales_supervisor', true,  1],
  ['procurement',      false, 0],
  ['production',       true,  1],
  ['read_only',        false, 0],
]

let open: { stand: Promise<Million>; close(): Promise<void> } | null = null

/** The stand that all rows of a run share, filled by the first that asks. */
export function standOfAMillion(bench: Bench): Promise<Million> {
  open ??= openStand(bench)
  return open.stand
}

/** Stops it, once nobody needs it any more. */
export async function closeMillion(): Promise<void> {
  await open?.close()
  open = null
}

function openStand(bench: Bench): NonNullable<typeof open> {
  const ready = Promise.withResolvers<Million>()
  const over = Promise.withResolvers<void>()
  const ended = onFreshDocket(async (docket, folder) => {
    const pool = openLook(docket.databaseUrl)
    try {
      ready.resolve(await prepare(bench, docket, folder, pool))
      await over.promise
    } finally {
      await pool.end()
    }
  }).catch(ready.reject)
  return {
    stand: ready.promise,
    close: async () => {
      over.resolve()
      await ended
    },
  }
}

async function prepare(bench: Bench, docket: Docket, folder: string, pool: Million['pool']): Promise<Million> {
  const { workspaceId, apiKey } = await newWorkspace(folder, 'million', 'made-to-order')
  const others = Array.from({ length: people - staff.length }, () => newId<'User'>())
  const hired = await hire(docket, workspaceId)
  const filled = await fillWorkspace(docket.databaseUrl, workspaceId, {
    orders: millionOrders,
    seed: bench.seed,
    locations,
    personIds: [...hired.map(({ userId }) => userId), ...others],
    say: bench.say,
  })
  await bindToPlaces(docket, workspaceId, hired, filled.locationIds)
  return { docket, folder, pool, workspaceId, apiKey, orders: millionOrders, filled, readers: await signIn(docket, hired) }
}

/** A workspace made by the command line, as everybody makes one. */
export async function newWorkspace(folder: string, code: string, blueprint: string): Promise<{ workspaceId: string; apiKey: string }> {
  const made = await docketCommand(folder, [
    'workspace',
    'create',
    code,
    '--blueprint',
    blueprint,
    '--time-zone',
    'Europe/Madrid',
    '--json',
  ])
  if (made.exitCode !== 0) throw new Error(`The workspace was not made: ${made.output}`)
  // What `workspace create --json` answers.
  return made.last as { workspaceId: string; apiKey: string }
}

interface Hired {
  role: string
  userId: string
  email: string
  password: string
}

async function hire(docket: Docket, workspaceId: string): Promise<Hired[]> {
  const pools = openPools(docket.databaseUrl, { write: 2, read: 1, system: 2 })
  try {
    const hired: Hired[] = []
    for (const [role] of staff) {
      const email = `${role}@bench.example`
      const password = `bench ${newId()}`
      const made = await createUser(pools, { email, name: role, password })
      if (!made.ok) throw new Error(`Nobody was made for ${role}: ${made.reason.code}`)
      hired.push({ role, userId: made.value.userId, email, password })
    }
    const members = staff.map(([role, , reportsTo], i) => ({
      userId: hired[i]?.userId ?? '',
      role,
      locationIds: null,
      reportsTo: reportsTo === null ? null : (hired[reportsTo]?.userId ?? null),
    }))
    const saved = await addMembers({ pools }, callOfEngine(workspaceId, 'system'), members)
    const bad = saved.find((one) => !one.ok)
    if (bad && !bad.ok) throw new Error(`A member was refused: ${bad.reason.code}`)
    return hired
  } finally {
    await pools.end()
  }
}

/** Those whose roles reach their location work where the orders that name them were placed. */
async function bindToPlaces(docket: Docket, workspaceId: string, hired: readonly Hired[], locationIds: readonly string[]): Promise<void> {
  const look = openLook(docket.databaseUrl)
  try {
    for (const [i, [, isBound]] of staff.entries())
      if (isBound)
        await inWorkspace(look, workspaceId, 'update memberships set location_ids = array[$1::uuid] where user_id = $2', [
          locationIds[i % locationIds.length],
          hired[i]?.userId,
        ])
  } finally {
    await look.end()
  }
}

async function signIn(docket: Docket, hired: readonly Hired[]): Promise<Map<string, Record<string, string>>> {
  const asker = openAsker(docket.url, 1)
  try {
    const readers = new Map<string, Record<string, string>>()
    for (const { role, email, password } of hired) {
      const { status, headers, text } = await asker.ask({
        method: 'POST',
        path: '/api/v1/session',
        headers: {},
        body: JSON.stringify({ email, password }),
      })
      const cookie = [headers['set-cookie']].flat()[0]?.split(';')[0]
      if (status !== 200 || cookie === undefined) throw new Error(`${role} was not let in: ${text}`)
      readers.set(role, { cookie })
    }
    return readers
  } finally {
    asker.close()
  }
}
