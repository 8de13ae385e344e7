import * as z from 'zod'
import { type Operation, type OperationName, operationNames, operations } from '#contract/operations.ts'
import { Problem } from '#contract/problem.ts'

/** The API as OpenAPI 3.1, made from the table of operations. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const name of operationNames) {
    const operation: Operation = operations[name]
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(name, operation) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Docket',
      version: '1',
      description:
        "One order desk for every way a small company sells. Quantities are thousandths of an item's base unit (`…Milli`), amounts minor units (`…Minor`) of the `currency` beside them, prices millionths of the major unit (`…Micro`). Every refusal is a problem (RFC 9457): decide by its `code`.",
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }, { session: [] }],
    tags: [...new Set(operationNames.map((name) => operations[name].tag))].map((tag) => ({ name: tag })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-docket', description: 'A person who signed in; `docket` over plain HTTP.' },
      },
      schemas: { Problem: schemaOf(Problem) },
    },
  }
}

function described(name: OperationName, operation: Operation): Record<string, unknown> {
  const { tag, summary, permission, params, query, body, bodyMayBeEmpty, replies, sends, idempotency, ifMatch } = operation
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: whoMay(permission),
    ...(permission === 'anybody' ? { security: [] } : permission === 'somebody' ? { security: [{ session: [] }] } : {}),
    parameters: [
      ...(params ? parametersOf(params, 'path') : []),
      ...(query ? parametersOf(query, 'query') : []),
      ...(idempotency === 'none'
        ? []
        : [
            header(
              'Idempotency-Key',
              idempotency === 'required',
              'The same key and body again is the same request, not a second one. Machines must send it where it is required.',
            ),
          ]),
      ...(permission === 'anybody'
        ? []
        : [header('Docket-Workspace', false, 'The code of the workspace, for people who belong to several; an API key belongs to one.')]),
      ...(ifMatch ? [header('If-Match', false, 'The version that was read, in quotes: refused when it is no longer the one.')] : []),
    ],
    ...(body ? { requestBody: { required: bodyMayBeEmpty !== true, content: { 'application/json': { schema: schemaOf(body) } } } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(replies).map(([status, schema]) => [
          status,
          { description: summary, content: { 'application/json': { schema: schemaOf(schema) } } },
        ]),
      ),
      ...(sends ? { 200: { description: summary, content: { [sends]: { schema: { type: 'string' } } } } } : {}),
      default: { description: 'Refused', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
  }
}

function whoMay(permission: Operation['permission']): string {
  if (permission === 'anybody') return 'Anybody may ask.'
  if (permission === 'somebody') return 'For people who signed in, whatever they may do.'
  if (typeof permission === 'string') return `Needs the permission ${permission}.`
  return `Needs the permission of what is done, one of ${permission.join(', ')}.`
}

function header(name: string, required: boolean, description: string): Record<string, unknown> {
  return { name, in: 'header', required, description, schema: { type: 'string' } }
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): Record<string, unknown>[] {
  const { properties = {}, required = [] } = schemaOf(schema) as { properties?: Record<string, unknown>; required?: string[] }
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: of,
  }))
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output' })
  return json
}
