import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { limits } from '#contract/limits.ts'
import { type Refused, refused } from './problems.ts'

/** A request that is refused before anybody looked at what it means. */
export class RefusedRequest extends Error {
  override name = 'RefusedRequest'
  readonly refusal: Refused
  constructor(refusal: Refused) {
    super(refusal.refused.code)
    this.refusal = refusal
  }
}

// The whole header, nothing before or behind it: lenient readings of this header have been a way around checks more than once.
const jsonType = /^application\/json(?:; ?charset=(?:utf-8|"utf-8"))?$/i

export const isJsonType = (contentType: string): boolean => jsonType.test(contentType)

/**
 * The one body type there is: JSON in UTF-8, without keys that reach for prototypes, no deeper and no longer than the limits.
 * An empty body is none.
 */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    // parseAs says that it is one.
    const bytes = body as Buffer
    if (!isUtf8(bytes)) return done(new RefusedRequest(notJson))
    void parse(request, bytes.toString('utf8'), (error, value: unknown) => {
      if (error) return done(new RefusedRequest(notJson))
      if (!fits(value, limits.jsonDepth))
        return done(new RefusedRequest(refused('request.too_deep', { depth: limits.jsonDepth, most: limits.jsonArray })))
      done(null, value)
    })
  })
}

const notJson: Refused = refused('request.not_json')

function fits(value: unknown, depthLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  if (Array.isArray(value)) return value.length <= limits.jsonArray && value.every((part) => fits(part, depthLeft - 1))
  for (const key in value) if (!fits((value as Record<string, unknown>)[key], depthLeft - 1)) return false
  return true
}
