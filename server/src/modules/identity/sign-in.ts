import { createHmac } from 'node:crypto'
import type { Pools } from '#platform/db.ts'
import { findCredential } from './accounts.ts'
import { hashPassword, isPassword } from './password.ts'

/** A device that asks to be let in, as its list of sessions shows it. */
export interface Device {
  address: string
  userAgent: string
}

export interface SignIn {
  /** A new session's token for e-mail and password; null where they do not belong together, after the same work whatever is wrong. */
  signIn(given: { email: string; password: string }, device: Device): Promise<{ token: string } | null>
  /** A new session of somebody who has proved who they are in another way. */
  begin(userId: string, device: Device): Promise<{ token: string }>
  signOut(token: string): Promise<void>
  /** Ends every session of the person and answers a new one's token; null where the current password is another. */
  changePassword(token: string, given: { current: string; wanted: string }, device: Device): Promise<{ token: string } | null>
}

/** A session lasts this long at most, whether it is used or not. */
export const sessionMaxSeconds = 7 * 24 * 3_600
const cookieName = 'docket'
const addressHeader = 'x-docket-address'

/**
 * Sessions and new passwords by better-auth, asked from inside: its routes, cookies and caches are not used. It is loaded when somebody
 * first signs in. `secret` signs what is handed to it, 32 bytes.
 */
export function openSignIn(pools: Pools, secret: Buffer): SignIn {
  const key = secret.toString('base64')
  let loaded: ReturnType<typeof load> | null = null
  const auth = () => {
    loaded ??= load(pools, key)
    return loaded
  }
  return {
    signIn: async ({ email, password }, device) => {
      // Not better-auth's own way: it takes fewer e-mail addresses than there are, none with an accent or an ampersand.
      const { userId, kept } = (await pools.system((tx) => findCredential(tx, email))) ?? {}
      if (userId === undefined || !kept) {
        await hashPassword(password)
        return null
      }
      return (await isPassword(password, kept)) ? begin(userId, device) : null
    },
    begin,
    signOut: async (token) => {
      const { api } = await auth()
      await api.signOut({ headers: headersOf(null, signed(token)) })
    },
    changePassword: async (token, { current, wanted }, device) => {
      const { api, isRefusal } = await auth()
      try {
        const body = { currentPassword: current, newPassword: wanted, revokeOtherSessions: true }
        const changed = await api.changePassword({ body, headers: headersOf(device, signed(token)) })
        if (changed.token === null) throw new Error('A changed password made no new session')
        return { token: changed.token }
      } catch (error) {
        if (isRefusal(error)) return null
        throw error
      }
    },
  }

  async function begin(userId: string, { address, userAgent }: Device): Promise<{ token: string }> {
    const { internalAdapter } = await (await auth()).context
    const { token } = await internalAdapter.createSession(userId, false, { ipAddress: address, userAgent: plain(userAgent) })
    return { token }
  }

  function signed(token: string): string {
    const signature = createHmac('sha256', key).update(token).digest('base64')
    return `${cookieName}=${encodeURIComponent(`${token}.${signature}`)}`
  }
}

async function load(pools: Pools, secret: string) {
  const [{ betterAuth }, { APIError }, { signInStore }] = await Promise.all([
    import('better-auth/minimal'),
    import('better-auth/api'),
    import('./sign-in-store.ts'),
  ])
  const { api, $context: context } = betterAuth({
    secret,
    // Nothing of ours is at this address: its routes are not served.
    baseURL: 'http://docket.invalid',
    database: signInStore(pools),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: 1_000,
      password: { hash: hashPassword, verify: ({ hash, password }) => isPassword(password, hash) },
    },
    session: { expiresIn: sessionMaxSeconds, disableSessionRefresh: true, cookieCache: { enabled: false } },
    advanced: {
      useSecureCookies: false,
      cookies: { session_token: { name: cookieName } },
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
    },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  return { api, context, isRefusal: (error: unknown) => error instanceof APIError && error.statusCode < 500 }
}

function headersOf(device: Device | null, cookie?: string): Headers {
  return new Headers({
    ...(device ? { [addressHeader]: device.address, 'user-agent': plain(device.userAgent) } : {}),
    ...(cookie === undefined ? {} : { cookie }),
  })
}

const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300)
