import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browser, cookieOf, signedIn, type TestBrowser, type TestPerson, testMember, testPerson } from '../testing/people.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'
import type { TestWorkspace } from '../testing/test-workspace.ts'

let door: TestDoor
let neighbour: TestWorkspace
let orderId: string
beforeAll(async () => {
  door = await testDoor()
  neighbour = await door.neighbour('next-door')
  await door.receive({ CUP: 50 })
  orderId = orderOf(await door.place({ CUP: 1 })).id
})
afterAll(() => door.end())

const session = '/api/v1/session'
const order = () => `/api/v1/orders/${orderId}`
const signIn = (body: unknown, headers: Record<string, string> = {}) =>
  door.send('POST', session, { apiKey: null, body: JSON.stringify(body), headers })
/** What a revocation may take, everywhere. */
const withinMs = 1_000
const staysOut = (someone: TestBrowser, path: string) =>
  expect.poll(async () => (await someone.send('GET', path)).status, { timeout: withinMs, interval: 50 })

describe('signing in', () => {
  test('makes a session that a member reads orders with', async () => {
    const staff = await signedIn(door, await testMember(door, 'staff'))
    expect(await staff.send('GET', order())).toMatchObject({ status: 200, json: { id: orderId } })
  })

  test('says who one is and what one may do, and no more', async () => {
    const person = await testMember(door, 'staff', { locationIds: [door.locationId] })
    const { json } = await (await signedIn(door, person)).send('GET', session)
    expect(json).toEqual({
      user: { id: person.userId, email: person.email, name: 'Ada' },
      workspaces: [{ code: 'shop', name: 'shop', role: 'staff' }],
      here: {
        workspaceId: door.workspaceId,
        permissions: expect.arrayContaining([{ permission: 'orders:read', scope: 'location' }]),
        locationIds: [door.locationId],
        hides: ['costs'],
        moneyLimits: { refundMinor: 5_000, discountMinor: 1_000 },
        language: 'en',
      },
    })
  })

  test('takes the e-mail in any spelling of its letters', async () => {
    const { email, password } = await testMember(door, 'staff')
    expect(await signIn({ email: ` ${email.toUpperCase()} `, password })).toMatchObject({ status: 200 })
  })

  test.each(['josé@ejemplo.es', "o'neil@münchen.example", 'r&d@example.org'])('takes every e-mail that is invited: %s', async (email) => {
    const { password } = await testPerson(door, email)
    expect(await signIn({ email, password })).toMatchObject({ status: 200, json: { user: { email } } })
  })

  test.each(['a\u0000b@example.org', '\ud800@example.org'])('refuses what no e-mail can be, kindly: %o', async (email) => {
    expect(await signIn({ email, password: 'x' })).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
  })

  test('hands out a cookie that scripts cannot read and other sites do not send, and no token in the body', async () => {
    const { email, password } = await testMember(door, 'staff')
    const { headers, text } = await signIn({ email, password })
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).toMatch(/^docket=\w{32,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/)
    expect(text).not.toContain(/docket=(\w+)/.exec(cookie)?.[1])
  })

  test('refuses what it does not know', async () => {
    const { email, password } = await testMember(door, 'staff')
    expect(await signIn({ email, password, role: 'owner' })).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
  })

  test('keeps of a session nothing that lets somebody in', async () => {
    const someone = await signedIn(door, await testMember(door, 'staff'))
    const rows = await door.pools.system((tx) => tx.query({ text: 'select * from sessions', values: [] }))
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(someone.cookie.split('=')[1])
  })

  test('leaves neither password nor token in the log', async () => {
    const person = await testMember(door, 'staff')
    const someone = await signedIn(door, person)
    await signIn({ email: person.email, password: 'canary of a wrong password' })
    const logged = door.logged.join('\n')
    for (const secret of [person.password, person.email, 'canary', someone.cookie.split('=')[1]]) expect(logged).not.toContain(secret)
  })
})

describe('who is unknown', () => {
  const plain = ({ status, text, headers }: { status: number; text: string; headers: Headers }) => ({
    status,
    text: text.replace(/"requestId":"[^"]+"/, ''),
    headers: [...headers.keys()].filter((name) => name !== 'date').sort(),
  })

  test('is answered word for word as somebody with a wrong password', async () => {
    const { email } = await testMember(door, 'staff')
    const wrong = await signIn({ email, password: 'not the password' })
    const unknown = await signIn({ email: 'nobody@example.org', password: 'not the password' })
    expect(plain(wrong)).toEqual(plain(unknown))
    expect(wrong).toMatchObject({ status: 401, json: { code: 'auth.wrong' } })
  })

  test.each(['nobody-at-all@example.org', 'a member'])('is kept out for a while after many attempts from anywhere: %s', async (who) => {
    const fast = await testDoor({ trustedProxies: ['127.0.0.1'] })
    const email = who === 'a member' ? (await testMember(fast, 'staff')).email : who
    const attempt = (n: number) =>
      fast.send('POST', session, {
        apiKey: null,
        body: JSON.stringify({ email, password: 'not the password' }),
        headers: { 'x-forwarded-for': `203.0.113.${n}` },
      })
    const answers = []
    for (let n = 1; n <= 21; n++) answers.push((await attempt(n)).status)
    expect(answers).toEqual([...Array(20).fill(401), 429])
    const { headers, json } = await attempt(99)
    expect(json).toMatchObject({ code: 'auth.try_later' })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    await fast.end()
  })

  test('cannot lock out somebody who signed in from where they are', async () => {
    const fast = await testDoor({ trustedProxies: ['127.0.0.1'] })
    const { email, password } = await testMember(fast, 'staff')
    const from = (address: string, given: string) =>
      fast.send('POST', session, {
        apiKey: null,
        body: JSON.stringify({ email, password: given }),
        headers: { 'x-forwarded-for': address },
      })
    expect(await from('192.0.2.1', password)).toMatchObject({ status: 200 })
    for (let n = 1; n <= 21; n++) await from(`203.0.113.${n}`, 'guess')
    expect(await from('203.0.113.200', password)).toMatchObject({ status: 429 })
    expect(await from('192.0.2.1', password)).toMatchObject({ status: 200 })
    await fast.end()
  })

  test('guesses at many accounts from one network only so often, whatever addresses of it they use', async () => {
    const fast = await testDoor({ trustedProxies: ['127.0.0.1'] })
    const answers = await Promise.all(
      Array.from({ length: 31 }, async (_, n) => {
        await wait(n * 20)
        const headers = { 'x-forwarded-for': `2001:db8:1:2:${n}::1` }
        return (await fast.send('POST', session, { apiKey: null, body: `{"email":"x${n}@example.org","password":"guess"}`, headers }))
          .status
      }),
    )
    expect(answers.filter((status) => status === 429)).toHaveLength(1)
    await fast.end()
  })
})

describe('a session', () => {
  test.each([
    ['none at all', ''],
    ['a made-up token', 'docket=0123456789abcdef0123456789abcdef'],
    ['something else', 'docket=1; docket='],
    ['quotes', `docket="' or 1=1"`],
    ['a token that is far too long', `docket=${'a'.repeat(9_000)}`],
    ['a web token without a signature', 'docket=eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciJ9.'],
  ])('that is %s lets nobody in', async (_, cookie) => {
    expect(await browser(door, cookie).send('GET', order())).toMatchObject({ status: 401 })
  })

  test('whose token was changed by one letter lets nobody in', async () => {
    const { cookie } = await signedIn(door, await testMember(door, 'staff'))
    const forged = cookie.slice(0, -1) + (cookie.endsWith('a') ? 'b' : 'a')
    expect(await browser(door, forged).send('GET', order())).toMatchObject({ status: 401, json: { code: 'auth.signed_out' } })
  })

  test('is known by its token, not by what is kept of it', async () => {
    await signedIn(door, await testMember(door, 'staff'))
    const [row] = await door.pools.system((tx) =>
      tx.query<{ hash: string }>({ text: 'select token_hash as hash from sessions limit 1', values: [] }),
    )
    expect(await browser(door, `docket=${row?.hash}`).send('GET', order())).toMatchObject({ status: 401 })
  })

  test('that was planted is not taken over by signing in', async () => {
    const { email, password } = await testMember(door, 'staff')
    const planted = 'docket=0123456789abcdef0123456789abcdef'
    const { headers } = await signIn({ email, password }, { cookie: planted })
    expect(cookieOf(headers)).not.toBe(planted)
    expect(await browser(door, planted).send('GET', order())).toMatchObject({ status: 401 })
  })

  test('ends when another is begun in its place', async () => {
    const person = await testMember(door, 'staff')
    const before = await signedIn(door, person)
    await signIn(person_(person), { cookie: before.cookie, origin: door.url })
    await staysOut(before, order()).toBe(401)
  })

  test('that was signed out is nothing any more, also when it is sent again', async () => {
    const someone = await signedIn(door, await testMember(door, 'staff'))
    const { headers } = await someone.send('POST', `${session}/end`)
    expect(headers.getSetCookie()[0]).toMatch(/^docket=; .*Max-Age=0/)
    await staysOut(someone, order()).toBe(401)
    expect(await someone.send('POST', `${session}/end`)).toMatchObject({ status: 401 })
  })

  test('ends on its day and after hours without use', async () => {
    for (const column of ["expires_at = now() - interval '1 second'", "seen_at = now() - interval '9 hours'"]) {
      const person = await testMember(door, 'staff')
      const someone = await signedIn(door, person)
      await door.pools.system(async (tx) => tx.send({ text: `update sessions set ${column} where user_id = $1`, values: [person.userId] }))
      expect((await someone.send('GET', `${order()}/actions`)).status).toBe(200)
      await staysOut(someone, order()).toBe(401)
    }
  })

  test('is no API key, and an API key is no session', async () => {
    const { cookie } = await signedIn(door, await testMember(door, 'staff'))
    expect(await door.send('GET', order(), { apiKey: cookie.split('=')[1] ?? '' })).toMatchObject({ status: 401 })
    expect(await door.send('GET', order(), { apiKey: null, headers: { cookie: `docket=${door.apiKey}` } })).toMatchObject({ status: 401 })
    expect(await door.send('GET', session)).toMatchObject({ status: 403, json: { code: 'auth.not_a_person' } })
  })

  test('beside an API key counts for nothing', async () => {
    const { cookie } = await signedIn(door, await testMember(door, 'owner'))
    const wrong = `${door.apiKey.slice(0, -4)}AAAA`
    expect(await door.send('GET', order(), { apiKey: wrong, headers: { cookie } })).toMatchObject({ status: 401 })
  })
})

const person_ = ({ email, password }: TestPerson) => ({ email, password })

describe('the devices one is signed in on', () => {
  const listed = async (someone: TestBrowser) =>
    (await someone.send('GET', '/api/v1/sessions')).json.sessions as { id: string; userAgent: string; current: boolean }[]

  test('are listed with what they are, the one that asks marked', async () => {
    const person = await testMember(door, 'staff')
    const one = await signedIn(door, person)
    await signIn(person_(person), { 'user-agent': 'Phone/1.0 (ünïcode)' })
    const sessions = await listed(one)
    expect(sessions.map(({ userAgent, current }) => [userAgent, current]).sort()).toEqual([
      ['Phone/1.0 (?n?code)', false],
      [expect.any(String), true],
    ])
    expect(Object.keys(sessions[0] ?? {}).sort()).toEqual(['address', 'createdAt', 'current', 'expiresAt', 'id', 'seenAt', 'userAgent'])
  })

  test('are signed out one by one or all others at once, within a second', async () => {
    const person = await testMember(door, 'staff')
    const [one, two, three] = [await signedIn(door, person), await signedIn(door, person), await signedIn(door, person)]
    for (const each of [two, three]) expect((await each.send('GET', order())).status).toBe(200)
    const other = (await listed(two)).find(({ current }) => current)
    expect(await one.send('POST', `/api/v1/sessions/${other?.id}/revoke`)).toMatchObject({ status: 200, json: { ended: 1 } })
    await staysOut(two, order()).toBe(401)
    expect(await one.send('POST', '/api/v1/sessions/revoke-others')).toMatchObject({ status: 200, json: { ended: 1 } })
    await staysOut(three, order()).toBe(401)
    expect((await one.send('GET', order())).status).toBe(200)
  })

  test('of somebody else are neither seen nor signed out', async () => {
    const [mine, theirs] = [await signedIn(door, await testMember(door, 'owner')), await signedIn(door, await testMember(door, 'staff'))]
    const [their] = await listed(theirs)
    expect((await listed(mine)).map(({ id }) => id)).not.toContain(their?.id)
    expect(await mine.send('POST', `/api/v1/sessions/${their?.id}/revoke`)).toMatchObject({
      status: 404,
      json: { code: 'session.not_found' },
    })
    expect((await theirs.send('GET', order())).status).toBe(200)
  })
})

describe('changing a password', () => {
  test('signs every other device out and goes on with a new session', async () => {
    const person = await testMember(door, 'staff')
    const [here, there] = [await signedIn(door, person), await signedIn(door, person)]
    const wanted = 'another password'
    const { status, headers } = await here.send('POST', `${session}/password`, {
      body: { currentPassword: person.password, newPassword: wanted },
    })
    expect(status).toBe(200)
    await staysOut(there, order()).toBe(401)
    await staysOut(here, order()).toBe(401)
    expect((await browser(door, cookieOf(headers)).send('GET', order())).status).toBe(200)
    expect((await signIn(person_(person))).status).toBe(401)
    expect((await signIn({ email: person.email, password: wanted })).status).toBe(200)
  })

  test('takes the current one, and leaves everything as it was without', async () => {
    const person = await testMember(door, 'staff')
    const here = await signedIn(door, person)
    const answer = await here.send('POST', `${session}/password`, { body: { currentPassword: 'a guess', newPassword: 'another password' } })
    expect(answer).toMatchObject({ status: 422, json: { code: 'password.wrong' } })
    expect((await here.send('GET', order())).status).toBe(200)
    expect((await signIn(person_(person))).status).toBe(200)
  })

  test('wants ten characters or more', async () => {
    const person = await testMember(door, 'staff')
    const answer = await (await signedIn(door, person)).send('POST', `${session}/password`, {
      body: { currentPassword: person.password, newPassword: 'short' },
    })
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/newPassword' }] } })
  })
})

describe('what somebody may do', () => {
  test('ends within a second when they are disabled', async () => {
    const person = await testMember(door, 'staff')
    const someone = await signedIn(door, person)
    expect((await someone.send('GET', order())).status).toBe(200)
    await changeBehind("status = 'disabled'", person)
    await staysOut(someone, order()).toBe(403)
    expect(await someone.send('GET', session)).toMatchObject({ status: 200, json: { workspaces: [], here: null } })
  })

  test('changes within a second when their role does', async () => {
    const person = await testMember(door, 'owner')
    const someone = await signedIn(door, person)
    expect((await someone.send('GET', '/api/v1/api-keys')).status).toBe(200)
    await changeBehind("role = 'staff'", person)
    await staysOut(someone, '/api/v1/api-keys').toBe(403)
  })

  test.each([
    ['ends', "status = 'disabled'", 'event: end\ndata: {"because":"rights"}'],
    ['begins anew', "role = 'read_only', location_ids = '{}'", 'event: reload'],
  ])('%s within a second on an open stream, too', async (_, set, word) => {
    const person = await testMember(door, 'staff')
    const { cookie } = await signedIn(door, person)
    const { body, status } = await fetch(`${door.url}/api/v1/stream`, { headers: { cookie } })
    expect(status).toBe(200)
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    let told = ''
    const heard = async (wanted: string) => {
      while (!told.includes(wanted)) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (done) break
        told += value
      }
      expect(told).toContain(wanted)
    }
    await heard('event: hello')
    const from = performance.now()
    await changeBehind(set, person)
    await heard(word)
    // Twice as long as is promised: the machine may be busy with other tests.
    expect(performance.now() - from).toBeLessThan(2 * withinMs)
    await reader?.cancel()
  })

  /** As another process would do it, of which this one hears nothing. */
  async function changeBehind(set: string, { userId }: TestPerson): Promise<void> {
    await door.pools.change(door.workspaceId, async (tx) =>
      tx.send({ text: `update memberships set ${set} where workspace_id = $1 and user_id = $2`, values: [door.workspaceId, userId] }),
    )
  }

  test('in one workspace is nothing in another', async () => {
    const someone = await signedIn(door, await testMember(door, 'owner'))
    for (const workspace of ['next-door', 'nowhere', "x' or 1=1", '', 'a, b'])
      expect(await someone.send('GET', order(), { headers: { 'docket-workspace': workspace } })).toMatchObject({
        status: 403,
        json: { code: 'auth.not_a_member' },
      })
  })

  test('takes the name of the workspace where there are several', async () => {
    const person = await testMember(door, 'owner')
    await testMember(neighbour, 'read_only', { person })
    const someone = await signedIn(door, person)
    expect(await someone.send('GET', order())).toMatchObject({
      status: 400,
      json: { code: 'auth.which_workspace', params: { known: 'next-door, shop' } },
    })
    const inShop = { headers: { 'docket-workspace': 'shop' } }
    const nextDoor = { headers: { 'docket-workspace': 'next-door' } }
    expect((await someone.send('GET', order(), inShop)).status).toBe(200)
    expect((await someone.send('GET', order(), nextDoor)).status).toBe(404)
    expect((await someone.send('GET', '/api/v1/api-keys', nextDoor)).status).toBe(403)
  })

  test('is nothing for somebody who is a member nowhere', async () => {
    const someone = await signedIn(door, await testPerson(door))
    expect(await someone.send('GET', order())).toMatchObject({ status: 403, json: { code: 'auth.not_a_member' } })
  })

  test('reaches everybody who reports to them, through others too, and nobody else', async () => {
    const [top, middle, low] = [await testMember(door, 'owner'), await testPerson(door), await testPerson(door)]
    await testMember(door, 'staff', { person: middle, reportsTo: top.userId })
    await testMember(door, 'staff', { person: low, reportsTo: middle.userId })
    const { findSessionHolder, hashOf } = await import('#modules/identity/index.ts')
    const teamOf = async (person: TestPerson) => {
      const { cookie } = await signedIn(door, person)
      const holder = await door.pools.system((tx) => findSessionHolder(tx, hashOf(cookie.split('=')[1] ?? ''), null))
      return holder?.here?.teamIds.sort()
    }
    expect(await teamOf(top)).toEqual([middle.userId, low.userId].sort())
    expect(await teamOf(middle)).toEqual([low.userId])
    expect(await teamOf(low)).toEqual([])
    // Nobody can make a circle; if one were there all the same, the look-up would end.
    await door.pools.change(door.workspaceId, async (tx) =>
      tx.send({
        text: 'update memberships set reports_to = $3 where workspace_id = $1 and user_id = $2',
        values: [door.workspaceId, top.userId, low.userId],
      }),
    )
    expect(await teamOf(middle)).toEqual([low.userId, top.userId].sort())
  })
})

describe('a change that a page of another site sends', () => {
  const change = (someone: TestBrowser, headers: Record<string, string>) =>
    someone.send('POST', `${order()}/actions/note`, { body: { note: 'x' }, headers })

  test.each([
    ['from a foreign origin', { origin: 'https://evil.example' }],
    ['from a hidden origin', { origin: 'null' }],
    ['from another port of this machine', { origin: 'http://localhost:1' }],
    ['from a name that only looks like ours', { origin: 'http://localhost.evil.example' }],
    ['across sites, whatever origin it claims', { 'sec-fetch-site': 'cross-site' }],
  ])('%s is refused and changes nothing', async (_, headers) => {
    const someone = await signedIn(door, await testMember(door, 'staff'))
    const before = (await someone.send('GET', order())).json.version
    expect(await change(someone, headers)).toMatchObject({ status: 403, json: { code: 'auth.foreign_origin' } })
    expect((await someone.send('GET', order())).json.version).toBe(before)
  })

  test('without saying where from is refused', async () => {
    const { cookie } = await signedIn(door, await testMember(door, 'staff'))
    expect(await door.send('POST', `${order()}/actions/note`, { apiKey: null, body: '{"note":"x"}', headers: { cookie } })).toMatchObject({
      status: 403,
      json: { code: 'auth.no_origin' },
    })
  })

  test('from our own pages is done, under each name of this machine', async () => {
    const someone = await signedIn(door, await testMember(door, 'staff'))
    const { port } = new URL(door.url)
    for (const name of ['127.0.0.1', 'localhost', '[::1]'])
      expect(await change(someone, { origin: `http://${name}:${port}`, 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200 })
  })

  test('by an API key needs no origin, and is read by no foreign page', async () => {
    const { status, headers } = await door.send('POST', `${order()}/actions/note`, {
      body: '{"note":"x"}',
      headers: { origin: 'https://evil.example' },
    })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('or a stream that it opens is refused, a link that is followed is not', async () => {
    const someone = await signedIn(door, await testMember(door, 'staff'))
    const foreign = { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } }
    expect((await someone.send('GET', '/api/v1/stream', foreign)).status).toBe(403)
    expect((await someone.send('GET', order(), { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    // fetch says of itself that it is no link.
    const followed = new Promise((done) => {
      const headers = { cookie: someone.cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
      get(`${door.url}${order()}`, { headers }, (answer) => done(answer.resume().statusCode))
    })
    expect(await followed).toBe(200)
  })

  test('cannot sign somebody in', async () => {
    const { email, password } = await testMember(door, 'staff')
    expect(await signIn({ email, password }, { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
    expect(await signIn({ email, password }, { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 })
  })
})

describe('in production', () => {
  let open: TestDoor
  beforeAll(async () => {
    open = await testDoor({ addresses: { urls: ['https://desk.example'], production: true }, trustedProxies: ['127.0.0.1'] })
  })
  afterAll(() => open.end())
  const far = { 'x-forwarded-for': '203.0.113.9' }
  const https = { ...far, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'desk.example' }
  const enter = ({ email, password }: TestPerson, headers: Record<string, string>) =>
    open.send('POST', session, { apiKey: null, body: JSON.stringify({ email, password }), headers })

  test('a password over plain HTTP from another machine is refused with what to set', async () => {
    const answer = await enter(await testMember(open, 'staff'), far)
    expect(answer).toMatchObject({ status: 403, json: { code: 'auth.plain_http' } })
    expect(answer.json.detail).toMatch(/TLS_CERT.*TRUSTED_PROXIES/)
  })

  test('a session is no more welcome there', async () => {
    const answer = await open.send('GET', '/api/v1/locations', { apiKey: null, headers: { ...far, cookie: `docket=${'a'.repeat(32)}` } })
    expect(answer).toMatchObject({ status: 403, json: { code: 'auth.plain_http' } })
  })

  test('over HTTPS the cookie is for this host alone', async () => {
    const { status, headers } = await enter(await testMember(open, 'staff'), { ...https, origin: 'https://desk.example' })
    expect(status).toBe(200)
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-docket=\w{32,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure$/)
    const cookie = cookieOf(headers)
    expect((await open.send('GET', session, { apiKey: null, headers: { ...https, cookie } })).status).toBe(200)
    expect((await open.send('GET', session, { apiKey: null, headers: { ...https, cookie: cookie.replace('__Host-', '') } })).status).toBe(
      401,
    )
  })

  test('only the addresses of the settings are trusted', async () => {
    const person = await testMember(open, 'staff')
    expect((await enter(person, { ...https, origin: open.url })).status).toBe(403)
    expect((await enter(person, { ...https, origin: 'https://desk.example' })).status).toBe(200)
  })
})
