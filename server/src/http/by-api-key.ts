import type { Authenticator } from '#usecases/keys/authenticate.ts'
import type { Principal } from './serve.ts'

/** Who stands behind an API key, as calls know them; null for a key that is unknown, expired or revoked. */
export function byApiKey({ authenticate }: Pick<Authenticator, 'authenticate'>): (secret: string) => Promise<Principal | null> {
  return async (secret) => {
    const found = await authenticate(secret)
    if (!found.ok) return null
    const { keyId, ...rest } = found.value
    return { ...rest, actor: { kind: 'api_key', id: keyId }, teamIds: [] }
  }
}
