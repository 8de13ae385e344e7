import { email as emailShape } from '#contract/people.ts'
import { loadRoles } from '#modules/identity/index.ts'
import { findWorkspace } from '#modules/places/index.ts'
import { callOfEngine } from '#usecases/call.ts'
import { createUser, userIdOf } from '#usecases/people/create-user.ts'
import { addMembers } from '#usecases/people/save-members.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { readPassword } from './read-password.ts'
import { refused } from './refused.ts'

export const userAdd: Command = {
  name: 'user add',
  usage: '<email> --workspace <code> --role <role> [--name <name>] [--password-stdin] [--json]',
  summary: 'Let somebody in; a password is made and shown once, where none is read from standard input.',
  run: async (args, context) => {
    const { options, named } = readArguments(
      args,
      {
        workspace: { type: 'string' },
        role: { type: 'string' },
        name: { type: 'string' },
        'password-stdin': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      ['email'],
    )
    const { workspace, role, json, name } = options
    if (workspace === undefined) throw new UsageError('--workspace is missing.')
    if (role === undefined) throw new UsageError('--role is missing.')
    const email = named.email.toLowerCase()
    if (!emailShape.safeParse(email).success) throw new UsageError(`"${named.email}" is not an e-mail address.`)
    const pools = await context.pools()
    const workspaceId = await pools.system((tx) => findWorkspace(tx, workspace))
    if (workspaceId === undefined) return refused({ code: 'workspace.not_found', params: { workspace } }, context, json)
    // Looked at first: a person who was made and not let in would have a password that nobody knows.
    const roles = (await pools.view(workspaceId, (db) => loadRoles(db, workspaceId))).map(({ code }) => code)
    if (!roles.includes(role)) return refused({ code: 'role.not_found', params: { role, known: roles.join(', ') } }, context, json)
    let userId = await userIdOf(pools, email)
    let made: string | null = null
    if (userId === undefined) {
      const { password, isMade } = await readPassword(options['password-stdin'])
      const created = await createUser(pools, { email, name: name ?? email, password })
      if (!created.ok) return refused(created.reason, context, json)
      userId = created.value.userId
      made = isMade ? password : ''
    }
    const [added] = await addMembers({ pools }, callOfEngine(workspaceId, 'system'), [{ userId, role, locationIds: null, reportsTo: null }])
    if (added && !added.ok) return refused({ ...added.reason, params: { ...added.reason.params, email } }, context, json)
    if (json) {
      context.answer(JSON.stringify({ email, userId, workspace, role, ...(made ? { password: made } : {}) }))
      return 0
    }
    context.answer(`${email} is a member of ${workspace} as ${role}.`)
    if (made === null) context.answer('They were known already: their password stays as it is.')
    else if (made !== '') {
      context.answer(`Password: ${made}`)
      context.answer('It is shown this once: pass it on, and have it changed.')
    }
    return 0
  },
}
