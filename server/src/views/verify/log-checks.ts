import { mine, type SetCheck } from './set-checks.ts'

const unsealedSecondsMax = 60

/** A process that works jobs, seals and fires timers, and has done so for a minute: what is late now is late because something is wrong. */
export const someoneWorks = `exists (select from processes where role in ('all', 'jobs') and seen_at > now() - interval '15 s' and started_at < now() - interval '60 s')`

export const logChecks: readonly SetCheck[] = [
  {
    invariant: 'log.tail',
    counts: 'commits t where position is null',
    violations: `
      select c.workspace_id, c.id as "commit", c.recorded_at as "recordedAt"
      from commits c where c.position is null and c.recorded_at < now() - interval '${unsealedSecondsMax} s' and ${mine('c')} and ${someoneWorks} order by c.recorded_at`,
  },
]
