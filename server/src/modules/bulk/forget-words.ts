import type { Tx } from '#platform/db.ts'

/**
 * Takes what somebody wrote out of the jobs that were about any of these orders: the filter that chose them, and the note, as soon as the
 * job no longer writes it. Answers how many jobs, and how many are still writing.
 */
export async function forgetWords(
  tx: Tx,
  workspaceId: string,
  orderIds: readonly string[],
): Promise<{ forgotten: number; writing: number }> {
  const rows = await tx.query({
    name: 'forget_words_of_jobs',
    text: `update bulk_jobs j set filter = null, command = case when ${isDone} and j.command ? 'note' then jsonb_set(j.command, '{note}', '"—"') else j.command end
      where j.workspace_id = $1 and (j.filter is not null or (${isDone} and j.command ? 'note' and j.command ->> 'note' <> '—'))
        and exists (select from bulk_items i where i.workspace_id = $1 and i.job_id = j.id and i.order_id = any($2::uuid[])) returning j.id`,
    values: [workspaceId, orderIds],
  })
  const writing = await tx.query({
    name: 'jobs_that_write_words',
    text: `select 1 from bulk_jobs j where j.workspace_id = $1 and not (${isDone}) and j.command ? 'note'
        and exists (select from bulk_items i where i.workspace_id = $1 and i.job_id = j.id and i.order_id = any($2::uuid[]))`,
    values: [workspaceId, orderIds],
  })
  return { forgotten: rows.length, writing: writing.length }
}

const isDone = `j.state not in ('queued', 'running')`
