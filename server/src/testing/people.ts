import { newId } from '#platform/ids.ts'
import { createUser } from '#usecases/people/create-user.ts'
import { addMembers } from '#usecases/people/save-members.ts'
import type { TestDoor } from './test-door.ts'
import type { TestWorkspace } from './test-workspace.ts'

export interface TestPerson {
  userId: string
  email: string
  password: string
}

/** A browser somebody is signed in with: it keeps the cookie and says where it is, as browsers do. */
export interface TestBrowser {
  cookie: string
  send(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; headers: Headers; text: string; json: Record<string, unknown> }>
}

/** A person with a password, who is nobody anywhere yet. */
export async function testPerson({ pools }: Pick<TestWorkspace, 'pools'>, email = `${newId()}@example.org`): Promise<TestPerson> {
  const password = `password of ${email}`
  const made = await createUser(pools, { email, name: 'Ada', password })
  if (!made.ok) throw new Error(`The person was refused: ${made.reason.code}`)
  return { userId: made.value.userId, email, password }
}

/** A member of a workspace, made by somebody who may do everything. */
export async function testMember(
  workspace: Pick<TestWorkspace, 'pools' | 'call'>,
  role: string,
  more: { locationIds?: string[]; reportsTo?: string; person?: TestPerson } = {},
): Promise<TestPerson> {
  const person = more.person ?? (await testPerson(workspace))
  const member = { userId: person.userId, role, locationIds: more.locationIds ?? null, reportsTo: more.reportsTo ?? null }
  const [added] = await addMembers(workspace, workspace.call(), [member])
  if (!added?.ok) throw new Error(`The member was refused: ${added?.reason.code}`)
  return person
}

export async function signedIn(door: TestDoor, { email, password }: Pick<TestPerson, 'email' | 'password'>): Promise<TestBrowser> {
  const answer = await door.send('POST', '/api/v1/session', {
    apiKey: null,
    body: JSON.stringify({ email, password }),
    headers: { origin: door.url },
  })
  if (answer.status !== 200) throw new Error(`Nobody was signed in: ${answer.text}`)
  return browser(door, cookieOf(answer.headers))
}

/** The cookie that an answer sets, as a browser sends it back. */
export const cookieOf = (headers: Headers): string => headers.getSetCookie()[0]?.split(';')[0] ?? ''

export function browser(door: TestDoor, cookie: string): TestBrowser {
  return {
    cookie,
    send: (method, path, { body, headers = {} } = {}) =>
      door.send(method, path, {
        apiKey: null,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { cookie, ...(method === 'GET' ? {} : { origin: door.url }), ...headers },
      }),
  }
}
