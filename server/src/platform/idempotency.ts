import type { Tx } from './db.ts'
import { rowList } from './row-list.ts'

/** A machine's key for one request: the same key and body again means the same request, not another one. */
export interface KeyUse {
  /** Which operation, so that one key may serve two different ones. */
  route: string
  key: string
  /** SHA-256 of the canonical body, hex. */
  fingerprint: string
}

export interface StoredKey extends KeyUse {
  principalId: string
  subjectId: string
  commitId: string
  /** How far the subject had come in the answer; null: as far as its commit took it. */
  seq: number | null
  /** Nothing had to be done. */
  already: boolean
}

/** What names a key. */
export type KeyName = Pick<StoredKey, 'principalId' | 'route' | 'key'>

/**
 * Takes keys for this transaction, in key order; a key that another transaction is taking is waited for (lock_timeout). Answers the
 * keys that stood already, with what they were used for.
 */
export async function takeKeys(
  tx: Tx,
  workspaceId: string,
  commitId: string,
  keys: readonly (KeyName & Pick<StoredKey, 'fingerprint' | 'subjectId'>)[],
): Promise<StoredKey[]> {
  if (keys.length === 0) return []
  const inOrder = [...keys].sort((a, b) => (a.principalId + a.route + a.key < b.principalId + b.route + b.key ? -1 : 1))
  const taken = tx.query({
    name: 'take_keys',
    text: `insert into idempotency_keys (workspace_id, principal_id, route, key, fingerprint, subject_id, commit_id)
      select $1, "principalId", route, key, fingerprint, "subjectId", $2
      from ${keyList.from(3)}
      on conflict do nothing`,
    values: [workspaceId, commitId, ...keyList.values(inOrder)],
  })
  const stood = tx.query<StoredKey>({
    name: 'stood_keys',
    text: `select principal_id as "principalId", route, key, fingerprint, subject_id as "subjectId", commit_id as "commitId", seq, already from idempotency_keys
      where workspace_id = $1 and principal_id = any($3::uuid[]) and route = any($4::text[]) and key = any($5::text[]) and commit_id <> $2`,
    values: [workspaceId, commitId, ...columnsOf(keys)],
  })
  await taken
  return stood
}

const keyList = rowList<KeyName & Pick<StoredKey, 'fingerprint' | 'subjectId'>>({
  principalId: 'uuid',
  route: 'text',
  key: 'text',
  fingerprint: 'text',
  subjectId: 'uuid',
})

/** Gives back keys of requests that were refused: a refusal is not kept. */
export function dropKeys(tx: Tx, workspaceId: string, commitId: string, keys: readonly KeyName[]): void {
  if (keys.length === 0) return
  tx.send({
    name: 'drop_keys',
    text: `delete from idempotency_keys k using json_to_recordset($3::json) as r("principalId" uuid, route text, key text)
      where k.workspace_id = $1 and k.principal_id = any($4::uuid[]) and k.route = any($5::text[]) and k.key = any($6::text[]) and k.commit_id = $2 and k.principal_id = r."principalId" and k.route = r.route and k.key = r.key`,
    values: [workspaceId, commitId, JSON.stringify(keys), ...columnsOf(keys)],
  })
}

/** Keeps with keys just taken what their commit does not tell of their answers. */
export function noteAnswers(
  tx: Tx,
  workspaceId: string,
  commitId: string,
  answers: readonly (KeyName & Pick<StoredKey, 'seq' | 'already'>)[],
): void {
  if (answers.length === 0) return
  tx.send({
    name: 'note_answers',
    text: `update idempotency_keys k set seq = r.seq, already = r.already
      from json_to_recordset($3::json) as r("principalId" uuid, route text, key text, seq bigint, already boolean)
      where k.workspace_id = $1 and k.principal_id = any($4::uuid[]) and k.route = any($5::text[]) and k.key = any($6::text[]) and k.commit_id = $2 and k.principal_id = r."principalId" and k.route = r.route and k.key = r.key`,
    values: [workspaceId, commitId, JSON.stringify(answers), ...columnsOf(answers)],
  })
}

/** Keys as arrays, by which their rows are found. */
function columnsOf(keys: readonly KeyName[]): string[][] {
  return [[...new Set(keys.map((one) => one.principalId))], [...new Set(keys.map((one) => one.route))], keys.map((one) => one.key)]
}
