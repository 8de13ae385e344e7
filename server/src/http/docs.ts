import Fastify, { type FastifyInstance } from 'fastify'
import { openApi } from './openapi.ts'

// Styles may be written inline: the reference puts them on elements, which no nonce can allow. Scripts come from here alone.
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Docket API</title></head>
<body><div id="app"></div><script src="/docs/scalar.js"></script><script src="/docs/start.js"></script></body>
</html>
`

const start = `Scalar.createApiReference('#app', { url: '/openapi.json', withDefaultFonts: false, hideClientButton: true, telemetry: false, showDeveloperTools: 'never', agent: { disabled: true }, mcp: { disabled: true } })
`

/** `/openapi.json` and the reference at `/docs`, from this server alone: nothing is fetched from anywhere else. */
export function serveDocs(app: FastifyInstance): void {
  let document: string | null = null
  let script: Promise<string> | null = null
  app.route({ method: 'GET', url: '/', config: { access: 'public' }, handler: (_request, reply) => reply.redirect('/docs') })
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: 'public' },
    handler: (_request, reply) => {
      document ??= JSON.stringify(openApi())
      return reply.header('content-type', 'application/json; charset=utf-8').send(document)
    },
  })
  app.route({
    method: 'GET',
    url: '/docs',
    config: { access: 'public' },
    handler: (_request, reply) =>
      reply.header('content-security-policy', docsPolicy).header('content-type', 'text/html; charset=utf-8').send(page),
  })
  app.route({
    method: 'GET',
    url: '/docs/start.js',
    config: { access: 'public' },
    handler: (_request, reply) => reply.header('content-type', 'text/javascript; charset=utf-8').send(start),
  })
  app.route({
    method: 'GET',
    url: '/docs/scalar.js',
    config: { access: 'public' },
    handler: async (_request, reply) => {
      script ??= scalarScript()
      return reply
        .header('content-type', 'text/javascript; charset=utf-8')
        .header('cache-control', 'public, max-age=86400')
        .send(await script)
    },
  })
}

/** The reference is four megabytes of text inside its plugin: it is loaded when somebody first looks at it. */
async function scalarScript(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const holder = Fastify()
  await holder.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } })
  const { body } = await holder.inject('/docs/js/scalar.js')
  await holder.close()
  return body
}
