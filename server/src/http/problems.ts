import { STATUS_CODES } from 'node:http'
import type { Problem } from '#contract/problem.ts'
import { type Code, type Params, textOf } from '#contract/texts.ts'
import type { Reason } from '#platform/answer.ts'

/** A request that is refused: why, and what else the answer says. */
export interface Refused {
  refused: Reason
  errors?: Problem['errors']
  order?: Problem['order']
}

export const refused = (code: Code, params: Params = {}): Refused => ({ refused: { code, params } })

type FamilyOf<C> = C extends `${infer F}.${string}` ? F : C
type Family = FamilyOf<Code>

/**
 * The status of a refusal by its code's first word: 409 where the state of things stands in the way and may change, 422 where what was
 * sent cannot be meant.
 */
// biome-ignore format: read it by column
const byFamily: Partial<Record<Family, number>> = {
  order: 409, move: 409, guard: 409, hold: 409, stock: 409, reservation: 409, idempotency: 409, job: 409, bulk_job: 409, undo: 409, export: 409,
  line: 422, item: 422, variant: 422, barcode: 409, recipe: 422, price: 422, currency: 422, money: 422, tax: 422, return: 422,
  location: 422, register: 422, time_zone: 422, customer: 422, member: 422, reason: 422, tag: 422, field: 422, time: 422,
  filter: 400, list: 400, view: 409,
  workflow: 422, workspace: 422, blueprint: 422, api_key: 422, role: 422, attention: 409, permission: 403, limit: 403, auth: 401, session: 422, password: 422, user: 409, invitation: 422, rate: 429, stream: 429, busy: 503, request: 400, input: 400, internal: 500,
}

// biome-ignore format: read it by column
const byCode: Partial<Record<Code, number>> = {
  'order.not_found':         404,
  'order.no_lines':          422,
  'order.too_many_lines':    422,
  'order.bad_version':       400,
  'move.unknown':            422,
  'move.needs_reason':       422,
  'move.needs_field':        422,
  'idempotency.missing':     400,
  'idempotency.bad':         400,
  'idempotency.other_body':  422,
  'item.exists':             409,
  'item.retired':            409,
  'money.exists':            409,
  'money.refund_too_much':   409,
  'return.exists':           409,
  'return.too_many':         409,
  'customer.exists':         409,
  'customer.erased':         409,
  'location.exists':         409,
  'location.closed':         409,
  'register.exists':         409,
  'register.closed':         409,
  'workspace.exists':        409,
  'bulk_job.too_many':       422,
  'export.unknown_column':   422,
  'bulk_job.too_many_at_once': 422,
  'bulk_job.no_orders':      422,
  'bulk_job.one_by_one':     422,
  'bulk_job.preview_first':  422,
  'bulk_job.wrong_count':    422,
  'bulk_job.not_yours':      403,
  'bulk_job.out_of_sight':   403,
  'filter.hidden':           403,
  'list.hidden_sort':        403,
  'list.too_slow':           422,
  'view.not_found':          404,
  'route.not_found':         404,
  'auth.try_later':          429,
  'auth.not_a_person':       403,
  'auth.which_workspace':    400,
  'auth.not_a_member':       403,
  'auth.foreign_origin':     403,
  'auth.no_origin':          403,
  'auth.plain_http':         403,
  'member.exists':           409,
  'member.last_owner':       409,
  'role.owner_fixed':        409,
  'role.beyond':             403,
  'invitation.not_open':     404,
  'invitation.other_person': 403,
  'request.wrong_type':      415,
  'request.too_large':       413,
  'request.too_long':        414,
}

/** What a request said of the thing it is about: the noun that its address names by id, and whether it sent the version it had read. */
export interface About {
  addressed: string | null
  ifMatch: boolean
}

const nothingSaid: About = { addressed: null, ifMatch: false }

/** The status of a refusal. What the address itself names and is not there is 404, and a version sent that is no longer so 412, whatever the family. */
export function statusOf(code: Code, { addressed, ifMatch }: About = nothingSaid): number {
  if (addressed !== null && code === `${addressed}.not_found`) return 404
  if (code.endsWith('.changed')) return ifMatch ? 412 : 409
  const known = byCode[code] ?? byFamily[code.split('.')[0] as Family]
  if (known === undefined) throw new Error(`The refusal ${code} has no status`)
  return known
}

/** How long to wait before asking again, in seconds; only where waiting helps. */
export function retryAfterSeconds({ refused: { code, params } }: Refused): number | null {
  if (code === 'busy.try_later' || code === 'rate.too_many' || code === 'auth.try_later') return Number(params.seconds ?? 1)
  return code === 'idempotency.busy' || code === 'stock.busy' ? 1 : null
}

/** A refusal as RFC 9457 has it, its sentence in the reader's language. */
export function problemOf(
  refusal: Refused,
  { requestId, language }: { requestId: string; language: string },
  about: About = nothingSaid,
): Problem {
  const { code } = refusal.refused
  const params = code === 'internal' ? { request: requestId } : refusal.refused.params
  const status = statusOf(code, about)
  return {
    type: `urn:docket:problem:${code}`,
    title: STATUS_CODES[status] ?? '',
    status,
    code,
    detail: textOf(code, params, language),
    params,
    requestId,
    ...(refusal.errors ? { errors: refusal.errors } : {}),
    ...(refusal.order ? { order: refusal.order } : {}),
  }
}

/** The first language we speak of those the reader asked for (`Accept-Language`), or the workspace's. */
export function languageOf(accepted: string | undefined, otherwise: string): string {
  if (accepted === undefined) return otherwise
  const wishes = accepted
    .split(',')
    .slice(0, 10)
    .map((wish, at) => {
      const [tag = '', ...rest] = wish.trim().toLowerCase().split(';')
      const q = rest.map((part) => /^\s*q=([\d.]+)\s*$/.exec(part)?.[1]).find((found) => found !== undefined)
      return { language: tag.split('-')[0] ?? '', q: q === undefined ? 1 : Number(q), at }
    })
    .filter(({ language, q }) => spoken.has(language) && q > 0)
    .sort((a, b) => b.q - a.q || a.at - b.at)
  return wishes[0]?.language ?? otherwise
}

const spoken = new Set(['en', 'es'])
