import type { Device, SignIn } from '#modules/identity/index.ts'
import { type Answer, fine, no } from '#platform/answer.ts'
import type { SignInGuard } from './sign-in-guard.ts'
import type { Sessions } from './signed-in.ts'

/** What letting people in works with. */
export interface Entry {
  signIn: SignIn
  guard: SignInGuard
  sessions: Pick<Sessions, 'present' | 'forget'>
}

/** Where a request comes from: its device, and the network its failures are counted for. */
export interface Visitor extends Device {
  network: string
}

/** A new session for e-mail and password. Who is unknown, who has no password and who sent a wrong one get the same answer after the same work. */
export function signIn(entry: Entry, given: { email: string; password: string }, visitor: Visitor): Promise<Answer<{ token: string }>> {
  const email = given.email.trim().toLowerCase()
  return admitted(entry, visitor, email, async () => {
    const session = await entry.signIn.signIn({ email, password: given.password }, visitor)
    return session ? fine(session) : no('auth.wrong')
  })
}

/** Sets another password and ends every session of the person; the answer is a new one. */
export async function changePassword(
  entry: Entry,
  person: { email: string; token: string },
  given: { current: string; wanted: string },
  visitor: Visitor,
): Promise<Answer<{ token: string }>> {
  const changed = await admitted(entry, visitor, person.email, async () => {
    const session = await entry.signIn.changePassword(person.token, given, visitor)
    return session ? fine(session) : no('password.wrong')
  })
  entry.sessions.forget()
  return changed
}

/** Looks at a password, unless too many were wrong lately or too many are looked at already. */
export async function admitted<T>(entry: Entry, { network }: Visitor, account: string, look: () => Promise<Answer<T>>): Promise<Answer<T>> {
  if (atOnce >= atOnceMax) return no('busy.try_later', { seconds: 2 })
  const seconds = entry.guard.attempt(account, network)
  if (seconds !== null) return no('auth.try_later', { seconds })
  atOnce++
  try {
    const answer = await look()
    if (answer.ok) entry.guard.succeeded(account, network)
    return answer
  } finally {
    atOnce--
  }
}

// A password takes 19 MiB and tens of milliseconds to look at: a crowd at the door shall not fill the memory.
const atOnceMax = 32
let atOnce = 0
