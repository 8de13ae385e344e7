import { createWorkspace } from '#usecases/workspaces/create-workspace.ts'
import { blueprints } from '../../blueprints/index.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { refused } from './refused.ts'

export const workspaceCreate: Command = {
  name: 'workspace create',
  usage:
    '<code> --blueprint <blueprint> [--name <name>] [--currency EUR] [--time-zone Europe/Madrid] [--language en|es] [--location <name>] [--json]',
  summary: 'Make a workspace and show its API key, once.',
  run: async (args, context) => {
    const { options, named } = readArguments(
      args,
      {
        blueprint: { type: 'string' },
        name: { type: 'string' },
        currency: { type: 'string', default: 'EUR' },
        'time-zone': { type: 'string', default: Intl.DateTimeFormat().resolvedOptions().timeZone },
        language: { type: 'string', default: 'en' },
        location: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      ['code'],
    )
    const { language, json, blueprint: wanted, name, location } = options
    if (wanted === undefined) throw new UsageError(`--blueprint is missing. Choose one of: ${known()}.`)
    if (language !== 'en' && language !== 'es') throw new UsageError(`--language is "${language}"; it may be en or es.`)
    const blueprint = blueprints.find((one) => one.code === wanted)
    if (!blueprint) return refused({ code: 'blueprint.not_found', params: { blueprint: wanted, known: known() } }, context, json)
    const made = await createWorkspace(await context.pools(), {
      code: named.code,
      blueprint,
      currency: options.currency,
      language,
      timeZone: options['time-zone'],
      ...(name === undefined ? {} : { name }),
      ...(location === undefined ? {} : { locationName: location }),
    })
    if (!made.ok) return refused(made.reason, context, json)
    if (json) {
      context.answer(JSON.stringify({ ...made.value, blueprint: wanted }))
      return 0
    }
    context.answer(`Workspace ${made.value.code} is ready (${blueprint.label.en}, ${options.currency}, ${options['time-zone']}).`)
    context.answer(`Location: main (${made.value.locationId})`)
    context.answer(`API key:  ${made.value.apiKey}`)
    context.answer('The key is shown this once: keep it where it is safe.')
    return 0
  },
}

const known = (): string => blueprints.map((blueprint) => blueprint.code).join(', ')
