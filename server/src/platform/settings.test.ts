import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readSettings, settingsMarkdown } from './settings.ts'
import { StartRefused } from './start-refused.ts'

const thisFile = fileURLToPath(import.meta.url)

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

test('the database that the supervisor hands over wins', () => {
  expect(readSettings({ DATABASE_URL: 'postgres://a@b/c', DOCKET_DATABASE_URL: 'postgres://d@e/f' }).databaseUrl).toBe('postgres://d@e/f')
})

test('lists are split at commas', () => {
  expect(readSettings({ TRUSTED_PROXIES: '10.0.0.7, fd00::/8' }).trustedProxies).toEqual(['10.0.0.7', 'fd00::/8'])
})

test('HTTPS takes a certificate and its key', () => {
  expect(readSettings({ TLS_CERT: thisFile, TLS_KEY: thisFile }).tls).toEqual({ certFile: thisFile, keyFile: thisFile })
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
