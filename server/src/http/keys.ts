import type { ApiKey } from '#contract/keys.ts'
import { type ApiKey as KnownKey, listApiKeys } from '#modules/identity/index.ts'
import type { Engine } from '#usecases/engine.ts'
import { createApiKeys } from '#usecases/keys/create-api-keys.ts'
import { createKioskTokens } from '#usecases/keys/create-kiosk-tokens.ts'
import { revokeApiKeys } from '#usecases/keys/revoke-api-keys.ts'
import { isWithinPlaces } from '#usecases/people/may-give.ts'
import { only } from './only.ts'
import type { Handlers } from './serve.ts'

/** The ways in for machines. */
export function keyHandlers(engine: Engine) {
  return {
    createApiKey: async ({ call, body }) => {
      const saved = only(await createApiKeys(engine, call, [body]))
      return saved.ok ? { status: 201, body: { id: saved.value.id, secret: saved.value.secret } } : { refused: saved.reason }
    },

    createKioskToken: async ({ call, body }) => {
      const saved = only(await createKioskTokens(engine, call, [body]))
      return saved.ok ? { status: 201, body: { id: saved.value.id, secret: saved.value.secret } } : { refused: saved.reason }
    },

    listApiKeys: async ({ call }) => {
      const keys = await engine.pools.view(call.workspaceId, (db) => listApiKeys(db, call.workspaceId))
      return { status: 200, body: { keys: keys.filter(({ locationIds }) => isWithinPlaces(call, locationIds)).map(keyReply) } }
    },

    revokeApiKey: async ({ call, params }) => {
      const saved = only(await revokeApiKeys(engine, call, [params.id]))
      return saved.ok ? { status: 200, body: { id: saved.value.id, already: saved.already } } : { refused: saved.reason }
    },
  } satisfies Partial<Handlers>
}

function keyReply({
  id,
  kind,
  registerId,
  name,
  role,
  permissions,
  locationIds,
  expiresAt,
  revokedAt,
  lastUsedAt,
  createdAt,
  madeBy,
}: KnownKey): ApiKey {
  return { id, kind, registerId, name, role, permissions, locationIds, expiresAt, revokedAt, lastUsedAt, createdAt, madeBy }
}
