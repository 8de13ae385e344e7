import { createHash, randomBytes } from 'node:crypto'

/** A new API key: `dk_` and 256 random bits in base64url. */
export const newSecret = (): string => `dk_${randomBytes(32).toString('base64url')}`

/** What the link of an invitation carries: `di_` and 256 random bits in base64url. */
export const newInvitationToken = (): string => `di_${randomBytes(32).toString('base64url')}`

/** What is kept of them. 256 random bits cannot be guessed from their hash, so no slow hash is needed. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** Whether a text can be one of our API keys at all. */
export const isSecret = (text: string): boolean => /^dk_[A-Za-z0-9_-]{43}$/.test(text)
