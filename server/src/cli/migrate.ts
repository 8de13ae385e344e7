import { migrate as migrateDatabase } from '#platform/migrate.ts'
import { type Command, readArguments } from './command.ts'
import { openUnprepared } from './open-database.ts'

export const migrate: Command = {
  name: 'migrate',
  usage: '[--json]',
  summary: 'Bring the database to the schema of this version.',
  run: async (args, { settings, answer, say }) => {
    const { options } = readArguments(args, { json: { type: 'boolean', default: false } }, [])
    const database = await openUnprepared(settings(), say)
    try {
      const { applied } = await migrateDatabase(database.url)
      if (options.json) answer(JSON.stringify({ applied }))
      else if (applied.length === 0) answer('The database has this schema already.')
      else for (const name of applied) answer(`Applied ${name}`)
      return 0
    } finally {
      await database.close()
    }
  },
}
