import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { StartRefused } from './start-refused.ts'

export const roles = ['all', 'http', 'jobs'] as const
/** What a server process does: everything, only the API, or only jobs and timers. */
export type Role = (typeof roles)[number]
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** The environment, parsed once; read-only afterwards. Paths are absolute. */
export type Settings = Readonly<{
  port: number
  host: string
  /** Missing: the embedded PostgreSQL of the data folder. */
  databaseUrl: string | undefined
  allowNoChecksums: boolean
  dataFolder: string
  tls: Readonly<{ certFile: string; keyFile: string }> | undefined
  /** Addresses and networks (`10.0.0.0/8`) whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[]
  /** Origins that browsers may send changes from, besides the address listened on; `https://desk.example`. */
  urls: readonly string[]
  /** True where NODE_ENV says so: only origins of `urls` count, and nobody signs in over plain HTTP from another host. */
  production: boolean
  /** 32 bytes; missing: those of `master.key` in the data folder. */
  masterKey: Buffer | undefined
  /** Requests a second and API key. */
  rateLimit: number
  orderBatchSize: number
  orderRetryAttempts: number
  logLevel: (typeof logLevels)[number]
  role: Role
  /** Whether there are workspaces to look at: `new` where nobody has made one of their own. */
  demo: 'never' | 'new' | 'always'
}>

/** A value, or what is wrong with the text; the sentence goes on after the setting's name. */
type Parsed<T> = { value: T } | { wrong: string }
type Setting<T> = { default: string; meaning: string; parse(text: string): Parsed<T> }
const setting = <T>(row: Setting<T>): Setting<T> => row

const projectFolder = fileURLToPath(new URL('../../../', import.meta.url))

// Every setting there is; `npm run settings` puts the table into README and a test compares the two.
// biome-ignore format: read it by column
export const settingsTable = {
  PORT:                      setting({ default: '8787',      parse: whole(1, 65_535),    meaning: 'Port of the API and the screens.' }),
  HOST:                      setting({ default: '127.0.0.1', parse: text,                meaning: 'Address to listen on; `0.0.0.0` for every network card.' }),
  DATABASE_URL:              setting({ default: '',          parse: postgresUrl,         meaning: 'A PostgreSQL ≥ 15 of your own, by a direct or session-mode connection. Without it Docket brings its own.' }),
  DOCKET_ALLOW_NO_CHECKSUMS: setting({ default: '',          parse: flag,                meaning: '`1` accepts a database of your own without data checksums: a page damaged on disk is then read as if it were right.' }),
  DOCKET_DATA:               setting({ default: '.docket',   parse: path,                meaning: 'Folder of the embedded database and the keys.' }),
  TLS_CERT:                  setting({ default: '',          parse: file,                meaning: 'Certificate chain (PEM file) for HTTPS; together with `TLS_KEY`.' }),
  TLS_KEY:                   setting({ default: '',          parse: file,                meaning: 'Private key (PEM file) of `TLS_CERT`.' }),
  TRUSTED_PROXIES:           setting({ default: '',          parse: list(network),       meaning: 'Addresses or networks, separated by commas, whose `X-Forwarded-*` headers are believed.' }),
  DOCKET_URLS:               setting({ default: '',          parse: list(origin),        meaning: 'Addresses people open Docket at, separated by commas (`https://desk.example`): browsers may send changes from these alone. Outside production localhost and the address it listens on count, too.' }),
  DOCKET_MASTER_KEY:         setting({ default: '',          parse: key,                 meaning: '32 bytes in base64 or hex from which every key is derived. Without it they are made at the first start and kept in `master.key` of the data folder.' }),
  NODE_ENV:                  setting({ default: '',          parse: text,                meaning: '`production`: only `DOCKET_URLS` are trusted origins, and signing in over plain HTTP from another host is refused.' }),
  RATE_LIMIT:                setting({ default: '10000',     parse: whole(1, 1_000_000), meaning: 'Requests a second that one API key may send; a batch weighs a quarter an order.' }),
  ORDER_BATCH_SIZE:          setting({ default: '256',       parse: whole(1, 1_000),     meaning: 'Most commands that share one commit.' }),
  ORDER_RETRY_ATTEMPTS:      setting({ default: '10',        parse: whole(0, 100),       meaning: 'How often work that is owed is tried before it is parked for a person to look at.' }),
  LOG_LEVEL:                 setting({ default: 'info',      parse: oneOf(logLevels),    meaning: 'One of fatal, error, warn, info, debug, trace, silent.' }),
  DOCKET_DEMO:               setting({ default: '',          parse: perhaps,             meaning: 'Three workspaces to look at, with orders that keep coming until you make one of your own. `1`: in any case, `0`: not at all; otherwise where Docket brings its own database and holds nobody else\'s work.' }),
  DOCKET_ROLE:               setting({ default: 'all',       parse: oneOf(roles),        meaning: 'What this process does: `all`, `http` or `jobs`. `npm start -- --role=http` sets it.' }),
}

/** The table as README shows it. */
export function settingsMarkdown(): string {
  const rows = Object.entries(settingsTable).map(
    ([name, { default: usual, meaning }]) => `| \`${name}\` | ${usual && `\`${usual}\``} | ${meaning} |`,
  )
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

type Name = keyof typeof settingsTable
type Values = { [N in Name]: (typeof settingsTable)[N] extends Setting<infer T> ? T : never }

/**
 * Reads the settings from an environment. An empty variable counts as missing. The supervisor hands the address of the
 * embedded database to its server in `DOCKET_DATABASE_URL`, which then wins over `DATABASE_URL`.
 * Throws `StartRefused` with every problem at once.
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = []
  const values = readAll({ ...env, DATABASE_URL: env.DOCKET_DATABASE_URL || env.DATABASE_URL }, problems)
  if (Boolean(values.TLS_CERT) !== Boolean(values.TLS_KEY)) {
    const [there, missing] = values.TLS_CERT ? ['TLS_CERT', 'TLS_KEY'] : ['TLS_KEY', 'TLS_CERT']
    problems.push(`${there} is set but ${missing} is not: HTTPS needs both. Set ${missing}, or remove ${there} to serve HTTP.`)
  }
  if (values.TLS_CERT && values.TLS_KEY) {
    const wrong = whyNoPair(values.TLS_CERT, values.TLS_KEY)
    if (wrong !== undefined)
      problems.push(`TLS_CERT and TLS_KEY are no certificate with its private key (${wrong}). Give two PEM files that belong together.`)
  }
  if (problems.length > 0)
    throw new StartRefused(['Docket cannot start with these settings:', ...problems.map((problem) => `- ${problem}`)].join('\n'))
  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    databaseUrl: values.DATABASE_URL,
    allowNoChecksums: values.DOCKET_ALLOW_NO_CHECKSUMS,
    dataFolder: values.DOCKET_DATA,
    tls: values.TLS_CERT && values.TLS_KEY ? { certFile: values.TLS_CERT, keyFile: values.TLS_KEY } : undefined,
    trustedProxies: values.TRUSTED_PROXIES,
    urls: values.DOCKET_URLS,
    production: values.NODE_ENV === 'production',
    masterKey: values.DOCKET_MASTER_KEY,
    rateLimit: values.RATE_LIMIT,
    orderBatchSize: values.ORDER_BATCH_SIZE,
    orderRetryAttempts: values.ORDER_RETRY_ATTEMPTS,
    logLevel: values.LOG_LEVEL,
    role: values.DOCKET_ROLE,
    demo: demoOf(values.DOCKET_DEMO, env),
  })
}

/** On its own account only where the database came along. */
function demoOf(wanted: boolean | undefined, { DATABASE_URL }: NodeJS.ProcessEnv): Settings['demo'] {
  if (wanted === undefined) return DATABASE_URL?.trim() ? 'never' : 'new'
  return wanted ? 'always' : 'never'
}

function readAll(env: NodeJS.ProcessEnv, problems: string[]): Values {
  const read = Object.entries(settingsTable).map(([name, { default: usual, parse }]) => {
    const parsed: Parsed<unknown> = parse(env[name]?.trim() || usual)
    if ('value' in parsed) return [name, parsed.value]
    problems.push(`${name} ${parsed.wrong}`)
    return [name, undefined]
  })
  // Complete where no problem was noted, and looked at by nobody otherwise.
  return Object.fromEntries(read) as Values
}

function whyNoPair(certFile: string, keyFile: string): string | undefined {
  try {
    createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function text(given: string): Parsed<string> {
  return { value: given }
}

function whole(min: number, max: number): (given: string) => Parsed<number> {
  return (given) => {
    const value = Number(given)
    if (/^\d+$/.test(given) && value >= min && value <= max) return { value }
    return { wrong: `is "${given}", which is not a whole number from ${min} to ${max}.` }
  }
}

function oneOf<T extends string>(allowed: readonly T[]): (given: string) => Parsed<T> {
  return (given) => {
    const value = allowed.find((word) => word === given)
    return value === undefined ? { wrong: `is "${given}"; it may be ${allowed.join(', ')}.` } : { value }
  }
}

function flag(given: string): Parsed<boolean> {
  if (given === '' || given === '0') return { value: false }
  return given === '1' ? { value: true } : { wrong: `is "${given}"; it may be 1 or 0.` }
}

function perhaps(given: string): Parsed<boolean | undefined> {
  return given === '' ? { value: undefined } : flag(given)
}

function path(given: string): Parsed<string> {
  return { value: resolve(projectFolder, given) }
}

function file(given: string): Parsed<string | undefined> {
  if (given === '') return { value: undefined }
  const found = resolve(given)
  return existsSync(found) ? { value: found } : { wrong: `names ${found}, which does not exist. Give the path of a PEM file.` }
}

// The value may hold a password: it is never repeated.
function postgresUrl(given: string): Parsed<string | undefined> {
  if (given === '') return { value: undefined }
  const scheme = URL.canParse(given) ? new URL(given).protocol : ''
  if (scheme === 'postgres:' || scheme === 'postgresql:') return { value: given }
  return {
    wrong:
      'is not an address like postgres://user:password@host:5432/database. Special characters in the password are written as %40 and the like.',
  }
}

function list(one: (given: string) => Parsed<string>): (given: string) => Parsed<string[]> {
  return (given) => {
    const parts = given.split(',').map((part) => part.trim())
    const parsed = parts.filter((part) => part !== '').map(one)
    const wrong = parsed.find((part) => 'wrong' in part)
    return wrong ?? { value: parsed.flatMap((part) => ('value' in part ? [part.value] : [])) }
  }
}

function network(given: string): Parsed<string> {
  const [address = '', bits] = given.split('/')
  const family = isIP(address)
  try {
    if (family !== 0) {
      if (bits !== undefined) new BlockList().addSubnet(address, /^\d+$/.test(bits) ? Number(bits) : -1, family === 6 ? 'ipv6' : 'ipv4')
      return { value: given }
    }
  } catch {
    // The length of the network is out of range: said below.
  }
  return { wrong: `holds "${given}", which is no address like 10.0.0.7 and no network like 10.0.0.0/8. Names are not accepted.` }
}

function origin(given: string): Parsed<string> {
  const url = URL.canParse(given) ? new URL(given) : null
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && url.pathname === '/' && url.search === '' && url.username === '')
    return { value: url.origin }
  return { wrong: `holds "${given}", which is no origin like https://desk.example.` }
}

// What it holds is a secret: it is never repeated.
function key(given: string): Parsed<Buffer | undefined> {
  if (given === '') return { value: undefined }
  const bytes = /^[0-9a-f]{64}$/i.test(given) ? Buffer.from(given, 'hex') : Buffer.from(given, 'base64')
  return bytes.length === 32 ? { value: bytes } : { wrong: 'is not 32 bytes in base64 or hex. Make some with: openssl rand -base64 32' }
}
