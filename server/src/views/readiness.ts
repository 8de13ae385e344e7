import type { Pools } from '#platform/db.ts'

/** Whether a process may be sent work. */
export interface Readiness {
  database: boolean
  /** Everything this version needs of the schema is there. */
  migrations: boolean
  /** For how long the oldest commit has waited to be sealed; null where the database does not answer. */
  sealerLagMs: number | null
}

const answerWithinMs = 2_000

/** Asks the database whether it answers, how its schema stands and how far the sealer is behind. Never throws. */
export async function readiness(pools: Pools, migrations: readonly string[]): Promise<Readiness> {
  const asked = pools.system((db) =>
    Promise.all([
      db.query<{ count: number }>({
        name: 'known_migrations',
        text: 'select count(*) from schema_migrations where name = any($1)',
        values: [migrations],
      }),
      db.query<{ lag: number }>({
        name: 'sealer_lag',
        text: 'select greatest(0, floor(extract(epoch from now() - min(recorded_at)) * 1000))::bigint as lag from commits where position is null',
        values: [],
      }),
    ]),
  )
  const tooLate = new Promise<null>((done) => setTimeout(done, answerWithinMs, null).unref())
  const answered = await Promise.race([asked.catch(() => null), tooLate])
  if (!answered) return { database: false, migrations: false, sealerLagMs: null }
  const [[known], [sealer]] = answered
  return { database: true, migrations: known?.count === migrations.length, sealerLagMs: sealer?.lag ?? 0 }
}
