import { demoOf } from '#server/wiring.ts'
import { removeDemo, startDemo } from '#usecases/demo/start-demo.ts'
import { tellDemo } from '#usecases/demo/tell-demo.ts'
import { openEngine } from '#usecases/open-engine.ts'
import { referenceCache } from '#usecases/reference.ts'
import { type Command, readArguments } from './command.ts'

export const demoReset: Command = {
  name: 'demo reset',
  usage: '',
  summary: 'Remove the demo workspaces and make them anew, with new passwords.',
  run: async (args, context) => {
    readArguments(args, {}, [])
    const settings = context.settings()
    const demo = demoOf(settings)
    const pools = await context.pools()
    const engine = openEngine(
      pools,
      referenceCache(pools),
      (error) => context.say(error instanceof Error ? error.message : String(error)),
      settings.orderBatchSize,
    )
    await removeDemo(engine, demo.file)
    const entries = (await startDemo(engine, demo, 'always')) ?? []
    for (const line of tellDemo(demo, entries)) context.answer(line)
    context.answer('Their orders come while Docket runs.')
    return 0
  },
}

export const demoRemove: Command = {
  name: 'demo remove',
  usage: '',
  summary: 'Remove the demo workspaces. DOCKET_DEMO=0 keeps the next start from making them anew.',
  run: async (args, context) => {
    readArguments(args, {}, [])
    await removeDemo({ pools: await context.pools() }, demoOf(context.settings()).file)
    context.answer('The demo workspaces are gone.')
    return 0
  },
}
