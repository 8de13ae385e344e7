import type { FastifyRequest } from 'fastify'

/** Whether a request comes from this very machine; a forwarded one does not, whatever address brought it. */
export function isThisMachine({ headers, ip }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers['x-real-ip'] !== undefined
  return !forwarded && (ip === '::1' || /^(?:::ffff:)?127\./.test(ip))
}
