import type { FastifyRequest } from 'fastify'

// Over HTTPS the prefix keeps other hosts and plain HTTP from planting a cookie of that name.
const nameOf = (request: FastifyRequest): string => (request.protocol === 'https' ? '__Host-docket' : 'docket')

/** The token of the session that a browser sends along; null where it sends none. */
export function sessionTokenOf(request: FastifyRequest): string | null {
  const name = nameOf(request)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.trim().split('=')
    if (key === name) return /^\w{32,100}$/.test(value) ? value : null
  }
  return null
}

/** What a browser is to keep: a session's token, or nothing any more. */
export function sessionCookie(request: FastifyRequest, token: string | null, maxAgeSeconds: number): string {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  return `${nameOf(request)}=${token ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${token === null ? 0 : maxAgeSeconds}${secure}`
}
