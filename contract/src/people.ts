import * as z from 'zod'
import { anyText, label, minor, text, uuid, version } from './fields.ts'
import { fieldGroups, permissions, scopes } from './permissions.ts'

/** An e-mail address in lower case: one person has one spelling. */
export const email = z
  .string()
  .max(254)
  .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+\.[^\s@\p{C}]+$/u, 'input.email')
  .refine((given) => given === given.toLowerCase(), 'input.lower_case')
/** A password that is being set. */
export const newPassword = z.string().min(10).max(200)
const anyPassword = z.string().min(1).max(200)
const role = text(64)
const moment = z.string()
const locationIds = z.array(uuid).min(1).max(1_000)

// ─── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const SignIn = z.strictObject({ email: text(254), password: anyPassword })
export const ChangePassword = z.strictObject({ currentPassword: anyPassword, newPassword })

export const MoneyLimits = z.strictObject({ refundMinor: minor.min(0).optional(), discountMinor: minor.min(0).optional() })

/** Who is signed in, where they are a member, and what they may do in the workspace this was asked of. */
export const WhoAmI = z.strictObject({
  user: z.strictObject({ id: uuid, email: z.string(), name: z.string() }),
  workspaces: z.array(z.strictObject({ code: z.string(), name: z.string(), role: z.string() })),
  /** Null where there are several workspaces and none was named, or none at all. */
  here: z
    .strictObject({
      workspaceId: uuid,
      /** What the caller may do, and how far. */
      permissions: z.array(z.strictObject({ permission: z.string(), scope: z.string() })),
      /** Null = every location. */
      locationIds: z.array(uuid).nullable(),
      hides: z.array(z.string()),
      moneyLimits: MoneyLimits,
      language: z.string(),
    })
    .nullable(),
})
export type WhoAmI = z.infer<typeof WhoAmI>

/** A device that is signed in. */
export const Session = z.strictObject({
  id: uuid,
  userAgent: z.string(),
  address: z.string(),
  createdAt: moment,
  seenAt: moment,
  expiresAt: moment,
  /** The one that asks. */
  current: z.boolean(),
})
export type Session = z.infer<typeof Session>

// ─── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const memberStatuses = ['active', 'disabled'] as const

export const Member = z.strictObject({
  /** Of the person: what orders and customers name as owner and assignee. */
  id: uuid,
  email: z.string(),
  name: z.string(),
  role: z.string(),
  /** Where the role's "location" scope is; null = every location. */
  locationIds: z.array(uuid).nullable(),
  reportsTo: uuid.nullable(),
  status: z.enum(memberStatuses),
  version,
  createdAt: moment,
})
export type Member = z.infer<typeof Member>

/** What is not named stays as it is. */
export const UpdateMember = z
  .strictObject({ role, locationIds: locationIds.nullable(), reportsTo: uuid.nullable(), status: z.enum(memberStatuses) })
  .partial()
export type UpdateMember = z.infer<typeof UpdateMember>

export const InviteMember = z.strictObject({ email, role, locationIds: locationIds.optional(), reportsTo: uuid.optional() })
export type InviteMember = z.infer<typeof InviteMember>

/** The only time the link is shown; `passItOn` says what to do with it. */
export const InvitationMade = z.strictObject({ id: uuid, link: z.string(), token: z.string(), expiresAt: moment, passItOn: z.string() })

export const Invitation = z.strictObject({
  id: uuid,
  email: z.string(),
  role: z.string(),
  locationIds: z.array(uuid).nullable(),
  reportsTo: uuid.nullable(),
  invitedBy: uuid.nullable(),
  status: z.enum(['open', 'accepted', 'revoked', 'expired']),
  expiresAt: moment,
  createdAt: moment,
})
export type Invitation = z.infer<typeof Invitation>

/** Whoever is new says name and password; whoever has an account gives its password, or is signed in. */
export const AcceptInvitation = z.strictObject({
  token: z.string().regex(/^di_[\w-]{43}$/, 'input.token'),
  name: anyText(100).optional(),
  password: anyPassword.optional(),
})
export type AcceptInvitation = z.infer<typeof AcceptInvitation>

// ─── Roles ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const words = Object.keys(fieldGroups) as (keyof typeof fieldGroups)[]

export const Role = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'input.word'),
  label,
  permissions: z.array(z.strictObject({ permission: z.enum(permissions), scope: z.enum(scopes) })).max(permissions.length),
  /** Groups of fields its holders are kept from. */
  hides: z.array(z.enum(words)).max(words.length),
  moneyLimits: MoneyLimits,
})
export type Role = z.infer<typeof Role>
export const SaveRoles = z.strictObject({ roles: z.array(Role).min(1).max(100) })
export type SaveRoles = z.infer<typeof SaveRoles>

// ─── Key accounts and kiosks ──────────────────────────────────────────────────────────────────────────────────────────

/** Lets a member or an API key read the orders of customers wherever they are. */
export const KeyAccounts = z.strictObject({ principalId: uuid, customerIds: z.array(uuid).min(1).max(200) })
export type KeyAccounts = z.infer<typeof KeyAccounts>
export const KeyAccount = z.strictObject({ principalId: uuid, customerId: uuid, grantedBy: uuid, grantedAt: moment })
export type KeyAccount = z.infer<typeof KeyAccount>

export const CreateKioskToken = z.strictObject({ registerId: uuid, name: text(100) })
export type CreateKioskToken = z.infer<typeof CreateKioskToken>
