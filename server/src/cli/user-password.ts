import { giveNewPassword } from '#usecases/people/reset-password.ts'
import { type Command, readArguments } from './command.ts'
import { readPassword } from './read-password.ts'
import { refused } from './refused.ts'

export const userPassword: Command = {
  name: 'user password',
  usage: '<email> [--password-stdin] [--json]',
  summary: 'Give somebody another password and sign them out everywhere.',
  run: async (args, context) => {
    const { options, named } = readArguments(
      args,
      { 'password-stdin': { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
      ['email'],
    )
    const { password, isMade } = await readPassword(options['password-stdin'])
    const given = await giveNewPassword(await context.pools(), named.email, password)
    if (!given.ok) return refused(given.reason, context, options.json)
    if (options.json) context.answer(JSON.stringify({ email: named.email, ...given.value, ...(isMade ? { password } : {}) }))
    else context.answer(isMade ? `Password: ${password}` : 'The password was changed.')
    return 0
  },
}
