import { mine, type SetCheck } from './set-checks.ts'

const unsealedSecondsMax = 60

/** A process that works jobs, seals and fires timers, and has done so for a minute: what is late now is late because something is wrong. */
export const someoneWorks = `exists (select from processes where role in ('all', 'jobs') and seen_at > now() - interval '15 s' and started_at < now() - interval '60 s')`

export const logChecks: readonly SetCheck[] = [
  {
    invariant: 'log.sequences',
    counts: 'events',
    violations: `
      select e.workspace_id, e.subject_id as "id", min(e.subject) as "subject", count(*) as "events", min(e.seq) as "first", max(e.seq) as "last"
      from events e where ${mine('e')} group by 1, 2
      having min(e.seq) <> 1 or max(e.seq) <> count(*) or min(e.subject) <> max(e.subject)`,
  },
  {
    invariant: 'log.tail',
    counts: 'commits t where position is null',
    violations: `
      select c.workspace_id, c.id as "commit", c.recorded_at as "recordedAt"
      from commits c where c.position is null and c.recorded_at < now() - interval '${unsealedSecondsMax} s' and ${mine('c')} and ${someoneWorks} order by c.recorded_at`,
  },
]
