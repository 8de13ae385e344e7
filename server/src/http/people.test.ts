import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#platform/ids.ts'
import { expectTrue } from '../testing/books.ts'
import { browser, cookieOf, signedIn, type TestBrowser, type TestPerson, testMember, testPerson } from '../testing/people.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'

let door: TestDoor
let owner: TestPerson
let boss: TestBrowser
/** A second location beside the workspace's first. */
let secondId: string
beforeAll(async () => {
  door = await testDoor()
  await door.neighbour('next-door')
  await door.receive({ CUP: 50 })
  owner = await testMember(door, 'owner')
  boss = await signedIn(door, owner)
  const made = await door.api.call('createLocation', { body: { code: 'second', name: 'Second', timeZone: 'Europe/Madrid' } })
  if (!made.ok) throw new Error('no location')
  secondId = made.body.id
})
afterAll(() => door.end())

type Answer = Awaited<ReturnType<TestBrowser['send']>>
const why = ({ status, json }: Answer): string => (status < 300 ? 'ok' : String(json.code))
const members = async () => (await boss.send('GET', '/api/v1/members')).json.members as Record<string, unknown>[]
const member = async (id: string) => (await members()).find((one) => one.id === id)
const patch = (who: TestBrowser, id: string, body: unknown, headers: Record<string, string> = {}) =>
  who.send('PATCH', `/api/v1/members/${id}`, { body, headers })
const told = (subjectId: string) =>
  door.pools.view(door.workspaceId, (db) =>
    db.query<{ type: string; seq: number; actorKind: string; actorId: string | null; payload: string }>({
      text: 'select type, seq, actor_kind as "actorKind", actor_id as "actorId", payload from events where workspace_id = $1 and subject_id = $2 order by seq',
      values: [door.workspaceId, subjectId],
    }),
  )

// ─── Members ─────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('who may change whom', () => {
  // biome-ignore format: read it by column
  const callers = {
    owner:              { role: 'owner',         at: 'everywhere' },
    administrator:      { role: 'administrator', at: 'everywhere' },
    'manager of both':  { role: 'store_manager', at: 'everywhere' },
    'manager of main':  { role: 'store_manager', at: 'main' },
    staff:              { role: 'staff',         at: 'main' },
    reader:             { role: 'read_only',     at: 'everywhere' },
  } as const
  // biome-ignore format: read it by column
  const targets = {
    owner:              { role: 'owner',         at: 'everywhere' },
    administrator:      { role: 'administrator', at: 'everywhere' },
    'manager of main':  { role: 'store_manager', at: 'main' },
    'staff of main':    { role: 'staff',         at: 'main' },
    'staff of second':  { role: 'staff',         at: 'second' },
    'staff everywhere': { role: 'staff',         at: 'everywhere' },
    reader:             { role: 'read_only',     at: 'everywhere' },
  } as const
  const targetNames = Object.keys(targets) as (keyof typeof targets)[]
  // y = may disable; staff and readers lack the permission, managers reach their places and nobody with more rights than theirs.
  // biome-ignore format: read it by column
  const expected: Record<keyof typeof callers, string> = {
    //                  owner admin mgr staff staff2 staff* reader
    owner:             'y     y     y   y     y      y      y',
    administrator:     '-     y     y   y     y      y      y',
    'manager of both': '-     -     y   y     y      y      -',
    'manager of main': '-     -     y   y     -      -      -',
    staff:             '-     -     -   -     -      -      -',
    reader:            '-     -     -   -     -      -      -',
  }
  const placesOf = (at: string) => (at === 'everywhere' ? {} : { locationIds: [at === 'main' ? door.locationId : secondId] })

  const someone = async (as: { role: string; at: string }) => signedIn(door, await testMember(door, as.role, placesOf(as.at)))
  test.each(Object.keys(callers) as (keyof typeof callers)[])('%s', async (name) => {
    const caller = await someone(callers[name])
    const seen = []
    for (const target of targetNames) {
      const { userId } = await testMember(door, targets[target].role, placesOf(targets[target].at))
      const before = await member(userId)
      const answer = why(await patch(caller, userId, { status: 'disabled' }))
      seen.push(answer === 'ok' ? 'y' : '-')
      if (answer !== 'ok') {
        expect(answer).toBe('permission.denied')
        expect(await member(userId)).toEqual(before)
      }
    }
    expect(seen).toEqual(expected[name].split(/ +/))
  })

  // What each may make somebody: a role, at places.
  // biome-ignore format: read it by column
  const mayMake: Record<keyof typeof callers, string> = {
    owner:             'y     y     y   y     y      y      y',
    administrator:     '-     y     y   y     y      y      y',
    'manager of both': '-     -     y   y     y      y      -',
    'manager of main': '-     -     y   y     -      -      -',
    staff:             '-     -     -   -     -      -      -',
    reader:            '-     -     -   -     -      -      -',
  }
  test.each(Object.keys(callers) as (keyof typeof callers)[])('%s makes nobody more than they are', async (name) => {
    const caller = await someone(callers[name])
    const invited: string[] = []
    const changed: string[] = []
    for (const target of targetNames) {
      const { role, at } = targets[target]
      const body = { email: `${newId()}@example.org`, role, ...placesOf(at) }
      invited.push(why(await caller.send('POST', '/api/v1/invitations', { body })) === 'ok' ? 'y' : '-')
      const { userId } = await testMember(door, 'staff', { locationIds: [door.locationId] })
      const places = at === 'everywhere' ? { locationIds: null } : placesOf(at)
      changed.push(why(await patch(caller, userId, { role, ...places })) === 'ok' ? 'y' : '-')
    }
    expect({ invited, changed }).toEqual({ invited: mayMake[name].split(/ +/), changed: mayMake[name].split(/ +/) })
  })

  test('nobody makes themselves more', async () => {
    const person = await testMember(door, 'store_manager', { locationIds: [door.locationId] })
    const caller = await signedIn(door, person)
    expect(why(await patch(caller, person.userId, { role: 'owner' }))).toBe('permission.denied')
    expect(why(await patch(caller, person.userId, { locationIds: null }))).toBe('member.needs_locations')
    expect(why(await patch(caller, person.userId, { locationIds: [door.locationId, secondId] }))).toBe('location.not_found')
  })

  test('whoever is kept from something lets nobody see it', async () => {
    const grants = (await boss.send('GET', '/api/v1/roles')).json.roles as { code: string; permissions: unknown }[]
    const all = grants.find(({ code }) => code === 'administrator')?.permissions
    const roles = [
      { code: 'blind', label: { en: 'Blind' }, permissions: all, hides: ['contact'], moneyLimits: { refundMinor: 100 } },
      { code: 'blinder', label: { en: 'Blinder' }, permissions: all, hides: ['contact', 'costs'], moneyLimits: { refundMinor: 50 } },
      { code: 'richer', label: { en: 'Richer' }, permissions: all, hides: ['contact'], moneyLimits: { refundMinor: 101 } },
    ]
    expect(why(await boss.send('POST', '/api/v1/roles', { body: { roles } }))).toBe('ok')
    const caller = await signedIn(door, await testMember(door, 'blind'))
    const invite = async (role: string) => {
      const answer = await caller.send('POST', '/api/v1/invitations', { body: { email: `${newId()}@example.org`, role } })
      return [why(answer), (answer.json.params as { what?: string } | undefined)?.what]
    }
    expect(await invite('administrator')).toEqual(['role.beyond', 'contact'])
    expect(await invite('richer')).toEqual(['role.beyond', 'refundMinor'])
    expect(await invite('blinder')).toEqual(['ok', undefined])
    const key = await caller.send('POST', '/api/v1/api-keys', { body: { name: 'x', role: 'administrator' } })
    expect(why(key)).toBe('role.beyond')
  })
})

describe('a member', () => {
  test('is changed with an event that says who did what and names nobody', async () => {
    const { userId, email } = await testMember(door, 'staff')
    expect(why(await patch(boss, userId, { role: 'store_manager', reportsTo: owner.userId }))).toBe('ok')
    const [added, changed] = await told(userId)
    expect(added).toMatchObject({ type: 'MemberAdded', seq: 1 })
    expect(changed).toMatchObject({ type: 'MemberChanged', seq: 2, actorKind: 'person', actorId: owner.userId })
    expect(JSON.parse(changed?.payload ?? '')).toEqual({
      role: 'store_manager',
      locationIds: null,
      reportsTo: owner.userId,
      status: 'active',
    })
    expect(JSON.stringify([added, changed])).not.toContain(email)
  })

  test('is left alone by a change of an older version, and by one that changes nothing', async () => {
    const { userId } = await testMember(door, 'staff')
    expect(await patch(boss, userId, { role: 'read_only' }, { 'if-match': '"1"' })).toMatchObject({ status: 200, json: { version: 2 } })
    expect(await patch(boss, userId, { role: 'staff' }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      json: { code: 'member.changed' },
    })
    expect(await patch(boss, userId, { role: 'read_only' })).toMatchObject({ status: 200, json: { version: 2 } })
    expect(await told(userId)).toHaveLength(2)
  })

  test('who is the last owner stays one, whatever is tried at the same moment', async () => {
    const alone = await testDoor()
    const [one, two] = [await testMember(alone, 'owner'), await testMember(alone, 'owner')]
    const [first, second] = [await signedIn(alone, one), await signedIn(alone, two)]
    // Held at the moment of writing, both have looked at who else is an owner; unless one had to wait before looking.
    let both: Promise<Answer[]> = Promise.resolve([])
    await alone.pools.change(alone.workspaceId, async (tx) => {
      await tx.query({ text: 'select from memberships where workspace_id = $1 for update', values: [alone.workspaceId] })
      both = Promise.all([patch(first, two.userId, { status: 'disabled' }), patch(second, one.userId, { role: 'staff' })])
      await wait(400)
    })
    expect((await both).map(why).sort()).toEqual(['member.last_owner', 'ok'])
    await alone.end()
  })

  test('who owns one branch is not the owner that a workspace keeps', async () => {
    const alone = await testDoor()
    const person = await testMember(alone, 'owner')
    await testMember(alone, 'owner', { locationIds: [alone.locationId] })
    const first = await signedIn(alone, person)
    expect(why(await patch(first, person.userId, { status: 'disabled' }))).toBe('member.last_owner')
    expect(why(await patch(first, person.userId, { locationIds: [alone.locationId] }))).toBe('member.last_owner')
    await alone.end()
  })

  test('never ends up below themselves', async () => {
    const [top, middle, low] = [await testMember(door, 'staff'), await testPerson(door), await testPerson(door)]
    await testMember(door, 'staff', { person: middle, reportsTo: top.userId })
    await testMember(door, 'staff', { person: low, reportsTo: middle.userId })
    expect(why(await patch(boss, top.userId, { reportsTo: low.userId }))).toBe('member.circle')
    expect(why(await patch(boss, top.userId, { reportsTo: top.userId }))).toBe('member.circle')
    expect(why(await patch(boss, low.userId, { reportsTo: null }))).toBe('ok')
    expect(why(await patch(boss, top.userId, { reportsTo: low.userId }))).toBe('ok')
  })

  test('of another workspace is nobody here', async () => {
    const stranger = await testPerson(door)
    expect(await patch(boss, stranger.userId, { role: 'staff' })).toMatchObject({ status: 404, json: { code: 'member.not_found' } })
    const { userId } = await testMember(door, 'staff')
    expect(why(await patch(boss, userId, { reportsTo: stranger.userId }))).toBe('member.not_found')
    expect((await members()).map(({ id }) => id)).not.toContain(stranger.userId)
  })

  test('can be given orders and customers', async () => {
    const { userId } = await testMember(door, 'staff')
    const order = orderOf(await door.place({ CUP: 1 }))
    expect(await boss.send('POST', `/api/v1/orders/${order.id}/actions/assign`, { body: { assigneeId: userId } })).toMatchObject({
      status: 200,
    })
    const stranger = await testPerson(door)
    expect(why(await boss.send('POST', `/api/v1/orders/${order.id}/actions/assign`, { body: { assigneeId: stranger.userId } }))).toBe(
      'member.not_found',
    )
  })
})

describe('whose people:read ends somewhere', () => {
  const seen = async (who: TestBrowser) => ((await who.send('GET', '/api/v1/members')).json.members as { id: string }[]).map(({ id }) => id)

  test('sees who works there, everywhere included, and their invitations and key accounts', async () => {
    const [here, there, everywhere] = [
      await testMember(door, 'staff', { locationIds: [door.locationId, secondId] }),
      await testMember(door, 'staff', { locationIds: [door.locationId] }),
      await testMember(door, 'staff'),
    ]
    const me = await testMember(door, 'store_manager', { locationIds: [secondId] })
    const reader = await signedIn(door, me)
    const emails = [`${newId()}@example.org`, `${newId()}@example.org`]
    for (const [n, locationId] of [secondId, door.locationId].entries())
      await boss.send('POST', '/api/v1/invitations', { body: { email: emails[n], role: 'staff', locationIds: [locationId] } })
    const customer = await door.api.call('createCustomer', { body: { name: 'Key' } })
    if (!customer.ok) throw new Error('no customer')
    for (const { userId } of [here, there])
      await boss.send('POST', '/api/v1/key-accounts', { body: { principalId: userId, customerIds: [customer.body.id] } })
    const ids = await seen(reader)
    expect([me, here, everywhere, there].map(({ userId }) => ids.includes(userId))).toEqual([true, true, true, false])
    const invited = (await reader.send('GET', '/api/v1/invitations')).text
    expect(emails.map((email) => invited.includes(email))).toEqual([true, false])
    const accounts = (await reader.send('GET', '/api/v1/key-accounts')).text
    expect([here, there].map(({ userId }) => accounts.includes(userId))).toEqual([true, false])
  })

  test.each([
    ['own', [true, false, false]],
    ['team', [true, true, false]],
  ])('at "%s" sees themselves and so far', async (scope, expected) => {
    const code = `people_${scope}`
    const role = { code, label: { en: 'x' }, permissions: [{ permission: 'people:read', scope }], hides: [], moneyLimits: {} }
    expect(why(await boss.send('POST', '/api/v1/roles', { body: { roles: [role] } }))).toBe('ok')
    const me = await testMember(door, code)
    const [below, beside] = [await testMember(door, 'staff', { reportsTo: me.userId }), await testMember(door, 'staff')]
    const ids = await seen(await signedIn(door, me))
    expect([me, below, beside].map(({ userId }) => ids.includes(userId))).toEqual(expected)
  })
})

test.each([
  ['PATCH', '/api/v1/members/ID', { version: 9 }],
  ['PATCH', '/api/v1/members/ID', { userId: newId() }],
  ['PATCH', '/api/v1/members/ID', { workspaceId: newId() }],
  ['PATCH', '/api/v1/members/ID', { email: 'x@example.org' }],
  ['POST', '/api/v1/invitations', { email: 'x@example.org', role: 'staff', invitedBy: newId() }],
  ['POST', '/api/v1/invitations', { email: 'x@example.org', role: 'staff', status: 'accepted' }],
  ['POST', '/api/v1/invitations/accept', { token: `di_${'A'.repeat(43)}`, role: 'owner' }],
  ['POST', '/api/v1/roles', { roles: [], workspaceId: newId() }],
  ['POST', '/api/v1/key-accounts', { principalId: newId(), customerIds: [newId()], grantedBy: newId() }],
  ['POST', '/api/v1/kiosk-tokens', { name: 'x', registerId: newId(), role: 'owner' }],
  ['POST', '/api/v1/session', { email: 'x@example.org', password: 'x', userId: newId() }],
])('%s %s takes nothing it does not know: %o', async (method, path, body) => {
  const { userId } = await testMember(door, 'staff')
  expect(await boss.send(method, path.replace('ID', userId), { body })).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
})

// ─── Invitations ─────────────────────────────────────────────────────────────────────────────────────────────────────

describe('an invitation', () => {
  const accept = (body: unknown, cookie?: string) =>
    door.send('POST', '/api/v1/invitations/accept', {
      apiKey: null,
      body: JSON.stringify(body),
      headers: cookie === undefined ? {} : { cookie, origin: door.url },
    })
  const invite = async (email: string, more: Record<string, unknown> = {}) => {
    const { status, json } = await boss.send('POST', '/api/v1/invitations', { body: { email, role: 'staff', ...more } })
    if (status !== 201) throw new Error(JSON.stringify(json))
    return json as { id: string; token: string; link: string; passItOn: string }
  }
  const listed = async (id: string) =>
    ((await boss.send('GET', '/api/v1/invitations')).json.invitations as { id: string; status: string }[]).find((one) => one.id === id)

  test('makes somebody new a member who is signed in', async () => {
    const email = `${newId()}@example.org`
    const { id, token, link, passItOn } = await invite(email, { locationIds: [door.locationId], reportsTo: owner.userId })
    expect([link, passItOn]).toEqual([`${door.url}/invitation#${token}`, expect.stringContaining(email)])
    const { status, json, headers } = await accept({ token, name: 'Bo', password: 'a long password' })
    expect([status, json]).toMatchObject([200, { user: { email, name: 'Bo' }, workspaces: [{ code: 'shop', role: 'staff' }] }])
    expect((await browser(door, cookieOf(headers)).send('GET', '/api/v1/locations')).status).toBe(200)
    const userId = (json.user as { id: string }).id
    expect(await member(userId)).toMatchObject({ role: 'staff', locationIds: [door.locationId], reportsTo: owner.userId })
    expect(await listed(id)).toMatchObject({ status: 'accepted' })
    const events = await told(id)
    expect(events.map(({ type, actorId }) => [type, actorId])).toEqual([
      ['MemberInvited', owner.userId],
      ['InvitationAccepted', userId],
    ])
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`${email}|${token}`))
  })

  test('is taken by somebody with an account who gives its password', async () => {
    const person = await testPerson(door)
    const { token } = await invite(person.email)
    expect(why_(await accept({ token }))).toBe('auth.wrong')
    expect(why_(await accept({ token, password: 'a wrong password' }))).toBe('auth.wrong')
    expect(why_(await accept({ token, password: person.password }))).toBe('ok')
    expect(await member(person.userId)).toMatchObject({ name: 'Ada', role: 'staff' })
  })

  test('is refused to who became a member by another, with their e-mail and not their id', async () => {
    const person = await testPerson(door)
    const [{ token }, { token: second }] = [await invite(person.email), await invite(person.email)]
    expect(why_(await accept({ token, password: person.password }))).toBe('ok')
    expect((await accept({ token: second, password: person.password })).json).toMatchObject({
      code: 'member.exists',
      params: { email: person.email },
    })
  })

  test('is taken by whoever is signed in as the one it is for, and by nobody else', async () => {
    const [person, other] = [await testPerson(door), await testPerson(door)]
    const { token } = await invite(person.email)
    expect(why_(await accept({ token }, (await signedIn(door, other)).cookie))).toBe('invitation.other_person')
    expect(why_(await accept({ token }, (await signedIn(door, person)).cookie))).toBe('ok')
  })

  test.each([
    ['disabled', { status: 'disabled' }],
    ['made less', { role: 'staff' }],
    ['bound to places', { locationIds: 'second' }],
  ])('lets nobody in once who made it was %s', async (_, change) => {
    const person = await testMember(door, 'administrator')
    const administrator = await signedIn(door, person)
    const email = `${newId()}@example.org`
    const { json } = await administrator.send('POST', '/api/v1/invitations', { body: { email, role: 'store_manager' } })
    const changes = 'locationIds' in change ? { locationIds: [secondId] } : change
    expect(why(await patch(boss, person.userId, changes))).toBe('ok')
    expect(why_(await accept({ token: json.token, name: 'Bo', password: 'a long password' }))).toBe('invitation.not_open')
    expect((await members()).map((one) => one.email)).not.toContain(email)
  })

  test('is taken once, also by two at the same moment', async () => {
    const { token } = await invite(`${newId()}@example.org`)
    const body = { token, name: 'Bo', password: 'a long password' }
    const both = await Promise.all([accept(body), accept(body)])
    expect(both.map(why_).filter((code) => code === 'ok')).toHaveLength(1)
    expect(why_(await accept(body))).toBe('invitation.not_open')
  })

  test.each(['revoked', 'expired', 'unknown'])('that is %s makes nobody a member, in the same words', async (how) => {
    const email = `${newId()}@example.org`
    const { id, token } = await invite(email)
    if (how === 'revoked') expect(why(await boss.send('POST', `/api/v1/invitations/${id}/revoke`))).toBe('ok')
    if (how === 'expired')
      await door.pools.change(door.workspaceId, async (tx) =>
        tx.send({
          text: "update invitations set expires_at = now() - interval '1 second' where workspace_id = $1 and id = $2",
          values: [door.workspaceId, id],
        }),
      )
    const answer = await accept({ token: how === 'unknown' ? `di_${'A'.repeat(43)}` : token, name: 'Bo', password: 'a long password' })
    expect(answer).toMatchObject({ status: 404, json: { code: 'invitation.not_open', params: {} } })
    expect((await members()).map((one) => one.email)).not.toContain(email)
    if (how !== 'unknown') expect(await listed(id)).toMatchObject({ status: how })
  })

  test('is not made for who is a member, nor without a real e-mail', async () => {
    expect(why(await boss.send('POST', '/api/v1/invitations', { body: { email: owner.email, role: 'staff' } }))).toBe('member.exists')
    for (const email of ['Ada@example.org', 'nobody', 'a b@example.org', 'a@b', ''])
      expect(why(await boss.send('POST', '/api/v1/invitations', { body: { email, role: 'staff' } }))).toBe('request.invalid')
  })

  test('wants a name and a password of who is new', async () => {
    const { token } = await invite(`${newId()}@example.org`)
    expect(why_(await accept({ token, password: 'a long password' }))).toBe('invitation.needs_password')
    expect(why_(await accept({ token, name: 'Bo', password: 'short' }))).toBe('invitation.needs_password')
  })

  test('shows its token once, and no table keeps it', async () => {
    const { token } = await invite(`${newId()}@example.org`)
    expect((await boss.send('GET', '/api/v1/invitations')).text).not.toContain(token)
    const rows = await door.pools.view(door.workspaceId, (db) =>
      db.query({ text: 'select * from invitations where workspace_id = $1', values: [door.workspaceId] }),
    )
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  const why_ = (answer: { status: number; json: Record<string, unknown> }) => (answer.status < 300 ? 'ok' : String(answer.json.code))
})

// ─── Roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a role', () => {
  const save = (who: TestBrowser, role: Record<string, unknown>) =>
    who.send('POST', '/api/v1/roles', {
      body: { roles: [{ label: { en: 'Role' }, permissions: [], hides: [], moneyLimits: {}, ...role }] },
    })

  test('that is saved counts for its holders within a second', async () => {
    const permissions = [{ permission: 'orders:read', scope: 'workspace' }]
    expect(why(await save(boss, { code: 'picker', permissions }))).toBe('ok')
    const picker = await signedIn(door, await testMember(door, 'picker'))
    expect((await picker.send('GET', '/api/v1/items')).status).toBe(403)
    expect(why(await save(boss, { code: 'picker', permissions: [...permissions, { permission: 'items:read', scope: 'workspace' }] }))).toBe(
      'ok',
    )
    await expect.poll(async () => (await picker.send('GET', '/api/v1/items')).status, { timeout: 1_000 }).toBe(200)
  })

  test('leaves an event for each time it changed', async () => {
    for (const hides of [[], ['costs'], ['costs']]) expect(why(await save(boss, { code: 'noted', hides }))).toBe('ok')
    const events = await door.pools.view(door.workspaceId, (db) =>
      db.query<{ seq: number; actorId: string }>({
        text: `select seq, actor_id as "actorId" from events where workspace_id = $1 and type = 'RoleSaved' and payload like '%"code":"noted"%' order by seq`,
        values: [door.workspaceId],
      }),
    )
    expect(events).toEqual([
      { seq: 1, actorId: owner.userId },
      { seq: 2, actorId: owner.userId },
    ])
  })

  test('of the owner stays as it is', async () => {
    expect(why(await save(boss, { code: 'owner' }))).toBe('role.owner_fixed')
  })

  test('is neither made nor changed by who has less', async () => {
    const permissions = ['people:read', 'roles:write', 'orders:read'].map((permission) => ({ permission, scope: 'workspace' }))
    expect(why(await save(boss, { code: 'roles_only', permissions }))).toBe('ok')
    const keeper = await signedIn(door, await testMember(door, 'roles_only'))
    expect(why(await save(keeper, { code: 'mine', permissions: [{ permission: 'keys:write', scope: 'own' }] }))).toBe('permission.denied')
    expect(why(await save(keeper, { code: 'staff', permissions: [] }))).toBe('permission.denied')
    expect(why(await save(keeper, { code: 'mine', permissions: [{ permission: 'orders:read', scope: 'team' }] }))).toBe('ok')
    const admin = await signedIn(door, await testMember(door, 'administrator'))
    expect(why(await save(admin, { code: 'mine', permissions: [] }))).toBe('permission.denied')
  })

  test('counts everywhere, so nobody whose rights end at certain locations saves one', async () => {
    const branch = await signedIn(door, await testMember(door, 'owner', { locationIds: [secondId] }))
    expect(await save(branch, { code: 'staff' })).toMatchObject({
      status: 403,
      json: { code: 'role.beyond', params: { what: 'locations' } },
    })
  })

  test('in a list with a bad one is not saved either', async () => {
    const roles = ['good', 'owner'].map((code) => ({ code, label: { en: code }, permissions: [], hides: [], moneyLimits: {} }))
    expect(why(await boss.send('POST', '/api/v1/roles', { body: { roles } }))).toBe('role.owner_fixed')
    expect((await boss.send('GET', '/api/v1/roles')).text).not.toContain('"good"')
  })
})

// ─── Key accounts ────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a key account', () => {
  const customerOf = async () => {
    const made = await door.api.call('createCustomer', { body: { name: 'Key' } })
    if (!made.ok) throw new Error('no customer')
    return made.body.id
  }
  const grant = (who: TestBrowser, principalId: string, customerId: string, path = '') =>
    who.send('POST', `/api/v1/key-accounts${path}`, { body: { principalId, customerIds: [customerId] } })

  test('lets a member read that customer’s orders at other locations, until it is taken away', async () => {
    const customerId = await customerOf()
    const order = orderOf(await door.place({ CUP: 1 }, { customerId }))
    const other = orderOf(await door.place({ CUP: 1 }))
    const person = await testMember(door, 'staff', { locationIds: [secondId] })
    const reader = await signedIn(door, person)
    const sees = async (id: string) => (await reader.send('GET', `/api/v1/orders/${id}`)).status
    expect([await sees(order.id), await sees(other.id)]).toEqual([404, 404])
    expect(await grant(boss, person.userId, customerId)).toMatchObject({ status: 200, json: { changed: 1 } })
    expect(await grant(boss, person.userId, customerId)).toMatchObject({ status: 200, json: { changed: 0 } })
    await expect.poll(() => sees(order.id), { timeout: 1_000 }).toBe(200)
    expect(await sees(other.id)).toBe(404)
    expect((await boss.send('GET', `/api/v1/key-accounts?principalId=${person.userId}`)).json).toMatchObject({
      keyAccounts: [{ customerId, grantedBy: owner.userId }],
    })
    expect(await grant(boss, person.userId, customerId, '/revoke')).toMatchObject({ json: { changed: 1 } })
    await expect.poll(() => sees(order.id), { timeout: 1_000 }).toBe(404)
    expect((await told(person.userId)).map(({ type }) => type)).toEqual(['MemberAdded', 'KeyAccountsGranted', 'KeyAccountsRevoked'])
  })

  test('of an API key stands in the key’s own history', async () => {
    const customerId = await customerOf()
    const key = await door.api.call('createApiKey', { body: { name: 'x', role: 'read_only' } })
    if (!key.ok) throw new Error('no key')
    expect(await grant(boss, key.body.id, customerId)).toMatchObject({ json: { changed: 1 } })
    expect(await door.api.call('revokeApiKey', { params: { id: key.body.id } })).toMatchObject({ ok: true })
    expect((await told(key.body.id)).map(({ type }) => type)).toEqual(['ApiKeyCreated', 'KeyAccountsGranted', 'ApiKeyRevoked'])
  })

  test('is given by nobody who may not read all of that customer’s orders, and of nobody who is not there', async () => {
    const customerId = await customerOf()
    const { userId } = await testMember(door, 'staff')
    const manager = await signedIn(door, await testMember(door, 'store_manager', { locationIds: [door.locationId] }))
    expect(why(await grant(manager, userId, customerId))).toBe('customer.not_found')
    expect(why(await grant(boss, userId, newId()))).toBe('customer.not_found')
    expect(why(await grant(boss, newId(), customerId))).toBe('member.not_found')
  })
})

// ─── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('an API key', () => {
  const keyOf = async (body: Record<string, unknown>) => {
    const made = await boss.send('POST', '/api/v1/api-keys', { body: { name: 'x', ...body } })
    if (made.status !== 201) throw new Error(made.text)
    return String(made.json.id)
  }
  const revoke = (who: TestBrowser, id: string) => who.send('POST', `/api/v1/api-keys/${id}/revoke`)
  const listed = async (who: TestBrowser) =>
    ((await who.send('GET', '/api/v1/api-keys')).json.keys as { id: string; madeBy: string | null }[]).map(({ id, madeBy }) => [id, madeBy])

  test('that acts where somebody may not is neither shown to them nor withdrawn by them', async () => {
    const branch = await signedIn(door, await testMember(door, 'administrator', { locationIds: [secondId] }))
    const [everywhere, far, near] = [
      await keyOf({ role: 'read_only' }),
      await keyOf({ role: 'read_only', locationIds: [door.locationId, secondId] }),
      await keyOf({ role: 'read_only', locationIds: [secondId] }),
    ]
    expect((await listed(branch)).map(([id]) => id)).toEqual([near])
    for (const id of [everywhere, far]) expect(await revoke(branch, id)).toMatchObject({ status: 404, json: { code: 'api_key.not_found' } })
    expect(why(await revoke(branch, near))).toBe('ok')
  })

  test('that may do more than somebody is not withdrawn by them', async () => {
    const owners = await keyOf({ role: 'owner' })
    const administrator = await signedIn(door, await testMember(door, 'administrator'))
    expect(why(await revoke(administrator, owners))).toBe('permission.denied')
    expect(why(await revoke(boss, owners))).toBe('ok')
  })

  test('is listed with who made it, so that it can be withdrawn when they leave', async () => {
    const id = await keyOf({ role: 'read_only' })
    expect(await listed(boss)).toContainEqual([id, owner.userId])
  })
})

// ─── Kiosks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a kiosk', () => {
  const registerAt = async (locationId: string, kind: 'kiosk' | 'till' = 'kiosk') => {
    const made = await door.api.call('createRegister', { body: { locationId, code: newId(), name: 'K', kind } })
    if (!made.ok) throw new Error('no register')
    return made.body.id
  }
  const tokenOf = async (registerId: string) => {
    const { status, json } = await boss.send('POST', '/api/v1/kiosk-tokens', { body: { registerId, name: 'Kiosk' } })
    if (status !== 201) throw new Error(JSON.stringify(json))
    return json as { id: string; secret: string }
  }
  const order = (more: Record<string, unknown> = {}) => ({
    body: { channel: 'kiosk', locationId: door.locationId, lines: [{ item: 'CUP', quantityMilli: 1_000 }], ...more },
    idempotencyKey: newId(),
  })

  test('places orders from its own register, said or not, and from no other', async () => {
    const [own, other] = [await registerAt(door.locationId), await registerAt(door.locationId)]
    const kiosk = door.as((await tokenOf(own)).secret)
    const placed = await kiosk.call('placeOrder', order())
    expect(placed).toMatchObject({ ok: true, body: { registerId: own } })
    expect(await kiosk.call('placeOrder', order({ registerId: own }))).toMatchObject({ ok: true })
    expect(await kiosk.call('placeOrder', order({ registerId: other }))).toMatchObject({
      ok: false,
      problem: { code: 'register.not_found' },
    })
    const events = placed.ok ? await told(placed.body.id) : []
    expect(events[0]).toMatchObject({ actorKind: 'kiosk' })
  })

  test('is bound to the location of its register', async () => {
    const kiosk = door.as((await tokenOf(await registerAt(secondId))).secret)
    expect(await kiosk.call('placeOrder', order())).toMatchObject({ ok: false, problem: { code: 'location.not_found' } })
    expect(await kiosk.call('listLocations')).toMatchObject({ ok: true, body: { locations: [{ id: secondId }] } })
  })

  test('reads back no orders but its own', async () => {
    const kiosk = door.as((await tokenOf(await registerAt(door.locationId))).secret)
    const theirs = orderOf(await door.place({ CUP: 1 }))
    const mine = await kiosk.call('placeOrder', order())
    expect(await kiosk.call('getOrder', { params: { id: theirs.id } })).toMatchObject({ status: 404 })
    expect(await kiosk.call('getOrder', { params: { id: mine.ok ? mine.body.id : '' } })).toMatchObject({ status: 200 })
  })

  test('is listed beside the API keys and withdrawn like them, within a second', async () => {
    const registerId = await registerAt(door.locationId)
    const { id, secret } = await tokenOf(registerId)
    const kiosk = door.as(secret)
    expect(await kiosk.call('listItems')).toMatchObject({ ok: true })
    const keys = (await boss.send('GET', '/api/v1/api-keys')).json.keys as { id: string }[]
    expect(keys.find((key) => key.id === id)).toMatchObject({ kind: 'kiosk', registerId, role: 'kiosk' })
    expect((await boss.send('POST', `/api/v1/api-keys/${id}/revoke`)).status).toBe(200)
    await expect.poll(async () => (await kiosk.call('listItems')).status, { timeout: 1_000 }).toBe(401)
  })

  test('has no token for a till, nor for a register elsewhere', async () => {
    const till = await registerAt(door.locationId, 'till')
    expect(why(await boss.send('POST', '/api/v1/kiosk-tokens', { body: { registerId: till, name: 'x' } }))).toBe('register.not_a_kiosk')
    expect(why(await boss.send('POST', '/api/v1/kiosk-tokens', { body: { registerId: newId(), name: 'x' } }))).toBe('register.not_found')
  })
})

test('after all of this the books are clean', () => expectTrue(door))
