import { defineConfig } from 'vitest/config'
import { type Mutant, planted } from './e2e/fixtures/mutants.ts'

// One seed a run: printed by the global setup, repeated with DOCKET_SEED=<seed>.
process.env.DOCKET_SEED ??= String(Math.floor(Math.random() * 2 ** 31))

// A fault to be found: `npm run matrix` plants one at a time.
const mutant = process.env.DOCKET_MUTANT === undefined ? null : (JSON.parse(process.env.DOCKET_MUTANT) as Mutant)
const plant = {
  name: 'plant-mutant',
  enforce: 'pre' as const,
  transform: (code: string, id: string) => (mutant && id.endsWith(`/${mutant.file}`) ? planted(code, mutant) : undefined),
}

export default defineConfig({
  plugins: mutant ? [plant] : [],
  test: {
    include: ['contract/**/*.test.ts', 'server/**/*.test.ts', 'sdk/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['server/src/testing/global-setup.ts'],
    setupFiles: ['server/src/testing/seed.ts'],
    env: { DOCKET_SEED: process.env.DOCKET_SEED },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['contract/src/**/*.ts', 'server/src/modules/**/*.ts', 'server/src/usecases/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90, branches: 90 },
    },
  },
})
