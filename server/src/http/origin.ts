import type { FastifyRequest } from 'fastify'
import { type Refused, refused } from './problems.ts'
import { isThisMachine } from './this-machine.ts'

/** Where browsers may send changes from. */
export interface Addresses {
  /** Origins that are trusted always; `https://desk.example`. */
  urls: readonly string[]
  /** Then those are all, and nobody signs in over plain HTTP from another machine. */
  production: boolean
}

/**
 * Why a change that a browser's session stands behind is not done: another site may have made the browser send it. A browser always says
 * where from; `strict` is for what came with a session, where saying nothing is not enough.
 */
export function foreignOrigin(request: FastifyRequest, addresses: Addresses, strict: boolean): Refused | null {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site === 'cross-site') return foreign(origin)
  if (origin === undefined)
    return strict && site !== 'same-origin' ? refused('auth.no_origin', { origin: addresses.urls[0] ?? ownOf(request) }) : null
  return addresses.urls.includes(origin) || (!addresses.production && isOwn(request, origin)) ? null : foreign(origin)
}

/** Why a password or a session may not travel this way. */
export function openToTheNetwork(request: FastifyRequest, { production }: Addresses): Refused | null {
  return production && request.protocol !== 'https' && !isThisMachine(request) ? refused('auth.plain_http') : null
}

const foreign = (origin = '-'): Refused => refused('auth.foreign_origin', { origin: origin.slice(0, 200) })

const ownOf = ({ socket }: FastifyRequest): string => `${'encrypted' in socket ? 'https' : 'http'}://127.0.0.1:${socket.localPort}`

/** The address that this very connection came in at, and the names this machine has for itself. */
function isOwn({ socket }: FastifyRequest, origin: string): boolean {
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '')
  const names = ['localhost', '127.0.0.1', '[::1]', address.includes(':') ? `[${address}]` : address]
  return names.some((name) => origin === new URL(`${scheme}://${name}:${socket.localPort}`).origin)
}
