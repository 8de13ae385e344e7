import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readSettings, settingsMarkdown } from './settings.ts'
import { StartRefused } from './start-refused.ts'

const thisFile = fileURLToPath(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'docket-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const newKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

// Made for this test: a certificate that nobody trusts, and its key.
const certFile = fileOf(
  'cert.pem',
  `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUZL6peYV4JT7xXjiw4kuvL3mq+gEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDA4MzMxM1oYDzIxMjYxMDI3
MDgzMzEzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARZw3XT5voDWCv3ST8Qbh53UfIWI38vW5REI/x59bpiBucRWN/chXoH
Fna7JfQY9RBAuXgwAkTzWWOjH/1AgcCoo1MwUTAdBgNVHQ4EFgQUUDFiW9pRl25g
ccLG02jStZPQLGswHwYDVR0jBBgwFoAUUDFiW9pRl25gccLG02jStZPQLGswDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEApUr5J1fS7GTYnKcZDMvz
PfJBhGfogFcxALKaDgB6p8ACIG6A2HLBuM3WENFr6BGrSd8H+AEIo7os6D5iiutA
5WuB
-----END CERTIFICATE-----
`,
)
const keyFile = fileOf(
  'key.pem',
  `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRgPzkM6nIi2h+X2a
Yra4cJAFKu4y9SlERfQRIznb8KyhRANCAARZw3XT5voDWCv3ST8Qbh53UfIWI38v
W5REI/x59bpiBucRWN/chXoHFna7JfQY9RBAuXgwAkTzWWOjH/1AgcCo
-----END PRIVATE KEY-----
`,
)

test('without any setting everything has its default', () => {
  expect(readSettings({})).toMatchObject({
    port: 8787,
    host: '127.0.0.1',
    databaseUrl: undefined,
    allowNoChecksums: false,
    dataFolder: fileURLToPath(new URL('../../../.docket', import.meta.url)),
    tls: undefined,
    trustedProxies: [],
    rateLimit: 10_000,
    orderBatchSize: 256,
    orderRetryAttempts: 10,
    logLevel: 'info',
    role: 'all',
  })
})

test('settings cannot be changed afterwards', () => {
  expect(Object.isFrozen(readSettings({}))).toBe(true)
})

// biome-ignore format: read it by column
test.each<[NodeJS.ProcessEnv, string]>([
  [{},                                                        'new'],
  [{ DOCKET_DATABASE_URL: 'postgres://a@b/c' },               'new'],
  [{ DATABASE_URL: 'postgres://a@b/c' },                      'never'],
  [{ DATABASE_URL: 'postgres://a@b/c', DOCKET_DEMO: '1' },    'always'],
  [{ DOCKET_DEMO: '0' },                                      'never'],
])('with %o there is a demo: %s', (env, demo) => {
  expect(readSettings(env).demo).toBe(demo)
})

test('the database that the supervisor hands over wins', () => {
  expect(readSettings({ DATABASE_URL: 'postgres://a@b/c', DOCKET_DATABASE_URL: 'postgres://d@e/f' }).databaseUrl).toBe('postgres://d@e/f')
})

test('lists are split at commas', () => {
  expect(readSettings({ TRUSTED_PROXIES: '10.0.0.7, fd00::/8' }).trustedProxies).toEqual(['10.0.0.7', 'fd00::/8'])
})

test('HTTPS takes a certificate and its key', () => {
  expect(readSettings({ TLS_CERT: certFile, TLS_KEY: keyFile }).tls).toEqual({ certFile, keyFile })
})

test.each<[string, string, string]>([
  ['no PEM', thisFile, keyFile],
  ['a folder', folder, keyFile],
  ['the key of another certificate', certFile, fileOf('other.pem', newKey())],
])('for HTTPS %s is refused in one sentence, beside the other problems', (_, cert, key) => {
  expect(() => readSettings({ PORT: 'x', TLS_CERT: cert, TLS_KEY: key })).toThrow(
    /PORT is "x".*\n- TLS_CERT and TLS_KEY are no certificate with its private key \(.+\)\. Give two PEM files that belong together\.$/,
  )
})

// biome-ignore format: read it by column
test.each<[NodeJS.ProcessEnv, RegExp]>([
  [{ PORT: '0' },                                /PORT is "0"/],
  [{ PORT: '80.5' },                             /PORT is "80\.5"/],
  [{ DATABASE_URL: 'mysql://u:secret@h/d' },     /DATABASE_URL is not an address like postgres/],
  [{ TLS_CERT: thisFile },                       /TLS_CERT is set but TLS_KEY is not/],
  [{ TLS_KEY: thisFile },                        /TLS_KEY is set but TLS_CERT is not/],
  [{ TLS_CERT: '/nowhere', TLS_KEY: thisFile },  /TLS_CERT names \/nowhere, which does not exist/],
  [{ TRUSTED_PROXIES: 'proxy.local' },           /TRUSTED_PROXIES holds "proxy\.local"/],
  [{ TRUSTED_PROXIES: '10.0.0.0/33' },           /TRUSTED_PROXIES holds "10\.0\.0\.0\/33"/],
  [{ DOCKET_ALLOW_NO_CHECKSUMS: 'yes' },         /DOCKET_ALLOW_NO_CHECKSUMS is "yes"/],
  [{ ORDER_BATCH_SIZE: '5000' },                 /ORDER_BATCH_SIZE is "5000"/],
  [{ LOG_LEVEL: 'loud' },                        /LOG_LEVEL is "loud"; it may be fatal/],
  [{ DOCKET_ROLE: 'half' },                      /DOCKET_ROLE is "half"; it may be all, http, jobs/],
])('%o is refused with the reason', (env, reason) => {
  expect(() => readSettings(env)).toThrow(reason)
})

test('what is wrong is said all at once', () => {
  expect(() => readSettings({ PORT: 'x', LOG_LEVEL: 'y', DOCKET_ROLE: 'z' })).toThrow(/PORT[\s\S]*LOG_LEVEL[\s\S]*DOCKET_ROLE/)
})

test('a wrong setting is a refusal to start, and secrets are not repeated in it', () => {
  let refused: unknown
  try {
    readSettings({ DATABASE_URL: 'mysql://u:secret@h/d' })
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(StartRefused)
  expect(String(refused)).not.toContain('secret')
})

test('README shows the table as it is (npm run settings)', () => {
  expect(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')).toContain(settingsMarkdown())
})
