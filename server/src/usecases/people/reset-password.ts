import { findUsers, hashPassword, resetPassword } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'

/** Gives somebody another password and signs them out everywhere: for whoever runs the server. */
export async function giveNewPassword(pools: Pools, email: string, password: string): Promise<Answer<{ userId: string }>> {
  const hash = await hashPassword(password)
  return pools.system(async (tx) => {
    const [user] = await findUsers(tx, { emails: [email.trim().toLowerCase()] })
    if (!user) return no('user.not_found', { email })
    resetPassword(tx, user.id, hash)
    return fine({ userId: user.id })
  })
}
