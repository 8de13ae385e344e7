import { findUsers, hashPassword, insertUser } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { Pools } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'

export interface UserToCreate {
  email: string
  name: string
  password: string
}

/** Makes a person who can sign in, in no workspace yet. `user.exists` where the e-mail is taken: nothing is changed then. */
export async function createUser(pools: Pools, { email, name, password }: UserToCreate): Promise<Answer<{ userId: string }>> {
  const userId = newId<'User'>()
  const plain = email.trim().toLowerCase()
  const hash = await hashPassword(password)
  const isNew = await pools.system((tx) => insertUser(tx, { id: userId, email: plain, name }, hash))
  return isNew ? fine({ userId }) : no('user.exists', { email: plain })
}

/** The id of the person with this e-mail, if there is one. */
export async function userIdOf(pools: Pools, email: string): Promise<string | undefined> {
  const [user] = await pools.system((tx) => findUsers(tx, { emails: [email.trim().toLowerCase()] }))
  return user?.id
}
