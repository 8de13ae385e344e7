import { mine, type SetCheck } from './set-checks.ts'

/** The state that a job's last event tells; read as text, for a damaged one is no JSON. */
const told = `lateral (select seq, substring(payload from '"state":"([a-z_]+)"') as state from events e where e.workspace_id = j.workspace_id and e.subject_id = j.id order by seq desc limit 1)`

/** Actions on many orders, and files made of lists. */
export const bulkChecks: readonly SetCheck[] = [
  {
    invariant: 'bulk.jobs',
    counts: 'bulk_jobs',
    violations: `
      select j.workspace_id, j.id as "job", j.state as "stored", t.state as "expected", 'its last event says otherwise' as "why"
      from bulk_jobs j left join ${told} t on true where (t.state is distinct from j.state or t.seq is distinct from j.version) and ${mine('j')}
      union all
      select j.workspace_id, j.id, concat_ws(' ', j.total, j.applied, j.already, j.skipped, j.failed), concat_ws(' ', c.total, c.applied, c.already, c.skipped, c.failed), 'its orders say otherwise'
      from bulk_jobs j, lateral (
        select count(*) as total, count(*) filter (where state = 'applied') as applied, count(*) filter (where state = 'already') as already,
          count(*) filter (where state = 'skipped') as skipped, count(*) filter (where state = 'failed') as failed
        from bulk_items i where i.workspace_id = j.workspace_id and i.job_id = j.id) c
      where (c.total <> j.total or (j.ended_at is not null and (c.applied, c.already, c.skipped, c.failed) is distinct from (j.applied, j.already, j.skipped, j.failed))) and ${mine('j')}
      union all
      select j.workspace_id, j.id, j.state, null, 'nobody owes it its next step'
      from bulk_jobs j where j.state in ('previewing', 'queued', 'running') and ${mine('j')} and not exists (
        select from owed o where o.workspace_id = j.workspace_id and o.state <> 'done' and o.kind in ('preview_bulk_job', 'run_bulk_job') and o.payload ->> 'job' = j.id::text)`,
  },
  {
    invariant: 'bulk.items',
    counts: `bulk_items t where state = 'applied'`,
    violations: `
      select i.workspace_id, i.job_id as "job", i.order_id as "order", i.seq_before as "from", i.seq_after as "to",
        case when e.told is distinct from i.seq_after - i.seq_before then 'its commit tells no such events of the order' else 'more than one command was told of it' end as "why"
      from bulk_items i, lateral (
        select count(*) as told, count(distinct command_id) as commands from events e
        where e.workspace_id = i.workspace_id and e.subject_id = i.order_id and e.seq > i.seq_before and e.seq <= i.seq_after and e.commit_id = i.commit_id) e
      where i.state = 'applied' and (e.told is distinct from i.seq_after - i.seq_before or e.told = 0 or e.commands > 1) and ${mine('i')}`,
  },
  {
    invariant: 'exports.pieces',
    counts: 'exports',
    violations: `
      select x.workspace_id, x.id as "export", x.state, c.pieces from exports x, lateral (
        select count(*) as pieces, coalesce(max(position), -1) as last from export_chunks c where c.workspace_id = x.workspace_id and c.export_id = x.id) c
      where ((x.state = 'ready' and (c.pieces = 0 or c.pieces <> c.last + 1)) or (x.state in ('failed', 'expired') and c.pieces > 0)) and ${mine('x')}`,
  },
]
