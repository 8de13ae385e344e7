import { setTimeout as wait } from 'node:timers/promises'
import { onFreshDocket } from './docket.ts'
import { isDatabase, megabytes, processesOf } from './processes.ts'
import type { Bench, Found } from './row.ts'
import { openShop } from './shop.ts'

const idleMs = 20_000

/**
 * What supervisor, server and database hold after 20 s without a request: resident size of our own processes, and of the database's
 * their proportional size, in which memory that they share counts once. Only Linux tells; elsewhere the row is not ok.
 */
export function idleMemory({ say }: Bench): Promise<Found> {
  return onFreshDocket(async (docket, folder) => {
    await openShop(docket, folder, { code: 'bench', count: 10, pieces: 10 })
    await wait(idleMs)
    const processes = processesOf(docket.pid)
    const sum = (some: typeof processes, size: 'Rss' | 'Pss') => some.reduce((all, { pid }) => all + megabytes(pid, size), 0)
    const database = processes.filter(isDatabase)
    const supervisorMb = sum(
      processes.filter(({ pid }) => pid === docket.pid),
      'Rss',
    )
    const serverMb = sum(
      processes.filter((one) => one.pid !== docket.pid && !isDatabase(one)),
      'Rss',
    )
    const databaseMb = sum(database, 'Pss')
    say(
      `supervisor ${supervisorMb.toFixed(0)} MB, server ${serverMb.toFixed(0)} MB, database ${databaseMb.toFixed(0)} MB in ${database.length} processes`,
    )
    const ok = supervisorMb > 0 && serverMb > 0 && database.length > 0
    return { value: supervisorMb + serverMb + databaseMb, unit: 'MB', floor: null, ok, more: { supervisorMb, serverMb, databaseMb } }
  })
}
