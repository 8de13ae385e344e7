import { chainHash } from '#platform/log.ts'
import type { Slice } from './slices.ts'
import type { Reader, Row } from './snapshot.ts'
import type { Example, Tally } from './tally.ts'

/**
 * Proves a slice of commits: count, order, moment and digest must be those of their events. The database digests the events itself, so that
 * what they say stays where it is; this is the text of `digestOf` (platform/log.ts) told a second time, and neither is believed without the other.
 */
export async function proveCommits(reader: Reader, { workspaceId, from, to }: Slice, tally: Tally): Promise<void> {
  const values = [workspaceId, from, to]
  const [wrong, [count]] = await Promise.all([
    reader.rows(wrongCommits, values),
    reader.rows('select count(*) from commits where workspace_id = $1 and id >= $2 and ($3::uuid is null or id < $3)', values),
  ])
  tally.checked('log.commits', Number(count?.[0]))
  for (const row of wrong) tally.wrong('log.commits', { workspace: workspaceId, ...(await whatIsWrong(reader, workspaceId, row)) })
}

const isoMoment = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const wrongCommits = `
  with c as materialized (
    select id, position, events, digest, recorded_at, ${isoMoment('recorded_at')} as moment from commits
    where workspace_id = $1 and id >= $2 and ($3::uuid is null or id < $3)),
  told as (
    select e.commit_id, count(*) as events, min(ordinal) as first, max(ordinal) as last, bool_and(e.recorded_at = c.recorded_at) as at_once,
      sha256(convert_to(string_agg(format(E'%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n%s\\n', subject, subject_id, seq, type, version,
        case when e.at = c.recorded_at then c.moment else ${isoMoment('e.at')} end, c.moment, actor_kind, actor_id, location_id, register_id, command_id, payload), '' order by ordinal), 'UTF8')) as digest
    from events e left join c on c.id = e.commit_id
    where e.workspace_id = $1 and e.commit_id >= $2 and ($3::uuid is null or e.commit_id < $3) group by e.commit_id)
  select coalesce(c.id, t.commit_id), c.id is not null, c.position, c.events, coalesce(t.events, 0), t.first = 0 and t.last = t.events - 1 and t.at_once, encode(c.digest, 'hex'), encode(t.digest, 'hex')
  from c full join told t on t.commit_id = c.id
  where c.id is null or t.commit_id is null or c.events <> t.events or t.first <> 0 or t.last <> t.events - 1 or not t.at_once or c.digest <> t.digest`

async function whatIsWrong(
  reader: Reader,
  workspaceId: string,
  [id, isThere, position, count, found, inPlace, digest, computed]: Row,
): Promise<Example> {
  const of = { commit: id ?? '', position: position === null || position === undefined ? null : Number(position) }
  const [first] = await reader.rows(
    `select subject_id, seq from events e where workspace_id = $1 and commit_id = $2
     order by not exists (select from commits c where c.workspace_id = $1 and c.id = $2 and c.recorded_at <> e.recorded_at), ordinal limit 1`,
    [workspaceId, id],
  )
  const event = { subject: first?.[0] ?? null, seq: first ? Number(first[1]) : null }
  if (isThere !== 't') return { ...of, why: 'there is no such commit', ...event }
  if (count !== found) return { ...of, why: 'events are missing or too many', stored: Number(count), expected: Number(found), ...event }
  if (inPlace !== 't') return { ...of, why: 'an event has another place or moment than its commit gave it', ...event }
  return { ...of, why: 'its events are not those it was made from', stored: digest ?? null, expected: computed ?? null, ...event }
}

/**
 * Reads a slice of positions: none missing, and each hash made from the stored one before it. Every hash being right against its
 * predecessor is the chain being right from its beginning, and a fault is named where it is instead of at everything after it.
 */
export async function proveChain(reader: Reader, { workspaceId, from, to }: Slice, tally: Tally): Promise<void> {
  const first = Number(from)
  const rows = await reader.rows(
    `select position, id, encode(digest, 'hex'), encode(hash, 'hex') from commits
     where workspace_id = $1 and position is not null and ($2::bigint = 0 or position >= $2) and ($3::bigint is null or position < $3) order by position`,
    [workspaceId, first - 1, to],
  )
  // The row before the slice is only there to be followed.
  let before: { position: number; hash: Buffer | null } = { position: first === 1 ? 0 : first - 2, hash: null }
  for (const [positionText, id, digest, hash] of rows) {
    const position = Number(positionText)
    const stored = Buffer.from(hash ?? '', 'hex')
    if (position >= first || position < 1) {
      tally.checked('log.chain', 1)
      const of = { workspace: workspaceId, position, commit: id ?? '' }
      if (position !== before.position + 1) tally.wrong('log.chain', { ...of, why: `position ${before.position + 1} is missing` })
      else {
        const computed = chainHash(before.hash, workspaceId, position, id ?? '', Buffer.from(digest ?? '', 'hex'))
        if (!computed.equals(stored)) tally.wrong('log.chain', { ...of, stored: hash ?? null, expected: computed.toString('hex') })
      }
    }
    before = { position, hash: stored }
  }
}
