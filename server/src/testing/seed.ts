import fc from 'fast-check'

/** The seed of this test run; the same for every file, printed once, repeated with `DOCKET_SEED=<seed> npm test`. */
export const seed = Number(process.env.DOCKET_SEED ?? 1)

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
