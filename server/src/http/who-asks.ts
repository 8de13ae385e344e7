import type { FastifyRequest } from 'fastify'
import type { Principal } from '#usecases/call.ts'
import type { Authenticator } from '#usecases/keys/authenticate.ts'
import type { Sessions, SignedIn } from '#usecases/people/signed-in.ts'
import { networkOf } from './network.ts'
import { type Addresses, foreignOrigin, openToTheNetwork } from './origin.ts'
import { type Refused, refused } from './problems.ts'
import type { RateLimit } from './rate-limit.ts'
import { RefusedRequest } from './read-json.ts'
import { sessionTokenOf } from './session-cookie.ts'

/** The ways in, and what guards them. */
export interface Entrances {
  keys: Pick<Authenticator, 'authenticate'>
  sessions: Pick<Sessions, 'present' | 'forget'>
  addresses: Addresses
  /** For failed attempts to say who one is, and for what nobody need say it for; by network. */
  strangers: RateLimit
}

/** Who asks: what they are in the workspace, or why nothing; the person, where it is one who signed in. */
export interface Asker {
  principal: Principal | Refused
  person: SignedIn | null
  /** Of the person's session. */
  token: string | null
}

/**
 * Who stands behind a request: the key it carries, or else the session of its cookie. Refused by throwing: a key or session that is
 * none, a session's change from a foreign site, a session over open network. Null where nothing was sent at all.
 */
export async function whoAsks(
  request: FastifyRequest,
  entrances: Entrances,
  use: 'counts' | 'counts not' = 'counts',
): Promise<Asker | null> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const secret = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1]
    const found = secret === undefined ? null : await entrances.keys.authenticate(secret)
    return found?.ok ? { principal: found.value, person: null, token: null } : turnAway(request, entrances, refused('auth.invalid'))
  }
  const token = sessionTokenOf(request)
  if (token === null) return null
  const reads = request.method === 'GET' || request.method === 'HEAD'
  // Following a link from elsewhere is no more than reading; a page that has its visitor's browser fetch or follow a stream is turned away.
  const isLink = reads && request.headers['sec-fetch-mode'] === 'navigate'
  const unsafe = openToTheNetwork(request, entrances.addresses) ?? (isLink ? null : foreignOrigin(request, entrances.addresses, !reads))
  if (unsafe) return refuse(unsafe)
  const present = await entrances.sessions.present(token, workspaceNamed(request), use)
  if (!present) return turnAway(request, entrances, refused('auth.signed_out'))
  const { person, principal } = present
  return { principal: principal.ok ? principal.value : { refused: principal.reason }, person, token }
}

/** A code that the caller named; what can be none is as good as one that nobody has. */
function workspaceNamed({ headers }: FastifyRequest): string | null {
  const named = headers['docket-workspace']
  if (named === undefined) return null
  return typeof named === 'string' && /^[a-z0-9-]{1,63}$/.test(named) ? named : '-'
}

/** Refuses whoever is not known, and those who try too often sooner. */
export function turnAway(request: FastifyRequest, { strangers }: Entrances, why: Refused): never {
  const allowance = strangers.take(networkOf(request.ip), 1)
  return refuse(allowance.ok ? why : refused('rate.too_many', { seconds: allowance.seconds }))
}

const refuse = (refusal: Refused): never => {
  throw new RefusedRequest(refusal)
}
