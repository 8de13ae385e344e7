// biome-ignore-all format: read it by column
// The arrows: doors (http, jobs, cli) → usecases, views → modules → platform; contract lies below all.
// Read by scripts/arrows.ts, which also fails when files or imports went unread.

const proof = '(\\.test\\.ts$|^server/src/testing/|^e2e/|^bench/)'

/** Whoever lies in `from` may import what lies in `may`, packages, and nothing else of the project. */
const only = (name, comment, from, may) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: proof },
  to: { path: '^(contract|server|sdk|e2e|bench|scripts)/', pathNot: may.join('|') },
})

module.exports = {
  forbidden: [
    only('contract-is-below-all', 'What both sides share knows neither side.', '^contract/', ['^contract/']),
    only('sdk-knows-the-contract', 'The client is typed from the contract and nothing else.', '^sdk/', ['^sdk/', '^contract/']),
    only('platform-is-the-floor', 'The floor knows no domain word.', '^server/src/platform/', ['^server/src/platform/', '^contract/']),
    only('modules-stand-on-the-floor', 'Nouns know the floor, the contract and themselves.', '^server/src/modules/', ['^server/src/(platform|modules)/', '^contract/']),
    only('usecases-point-down', 'Verbs use nouns and the floor; of the file formats they know the common shape.', '^server/src/usecases/', ['^server/src/(platform|modules|usecases)/', '^server/src/imports/(history|document-net)\\.ts$', '^contract/']),
    only('views-point-down', 'Questions use nouns and the floor, and ask who asks.', '^server/src/views/', ['^server/src/(platform|modules|views)/', '^server/src/usecases/call\\.ts$', '^contract/']),
    only('doors-point-down', 'A door parses, calls a verb or a question, and answers; it does not go through another door.', '^server/src/(http|jobs)/', ['^server/src/(platform|modules|usecases|views|$1)/', '^contract/']),
    only('the-cli-is-a-door', 'It also reads files, runs the database where nobody does, and is handed the whole by wiring.ts.', '^server/src/cli/', ['^server/src/(platform|modules|usecases|views|imports|cli)/', '^server/blueprints/', '^server/src/supervisor/keep-database\\.ts$', '^server/src/wiring\\.ts$', '^contract/']),
    only('imports-are-strangers', 'A file format knows the contract and the floor.', '^server/src/imports/', ['^server/src/(platform|imports)/', '^contract/']),
    only('supervisor-knows-the-floor', 'What starts the server knows nothing that the server does.', '^server/src/supervisor/', ['^server/src/(platform|supervisor)/']),
    {
      name: 'modules-never-meet',
      comment: 'Two nouns meet in a verb, never in each other; types count too.',
      severity: 'error',
      from: { path: '^server/src/modules/([^/]+)/' },
      to: { path: '^server/src/modules/', pathNot: '^server/src/modules/$1/' },
    },
    {
      name: 'a-module-is-its-index',
      comment: 'From outside, a module is its index.ts.',
      severity: 'error',
      from: { path: '^(contract|server|sdk|e2e|bench)/', pathNot: '^server/src/modules/' },
      to: { path: '^server/src/modules/[^/]+/', pathNot: '^server/src/modules/[^/]+/index\\.ts$' },
    },
    {
      name: 'proof-stays-out',
      comment: 'What runs at a customer does not lean on test code.',
      severity: 'error',
      from: { path: '^(contract|server|sdk)/', pathNot: proof },
      to: { path: proof },
    },
    {
      name: 'no-development-packages',
      comment: 'What runs at a customer uses packages of "dependencies" only.',
      severity: 'error',
      from: { path: '^(contract|server|sdk)/', pathNot: proof },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-jsx-in-the-server', comment: 'Node runs no .tsx; Vitest does, so a test would not tell.', severity: 'error', from: { path: '^(server|contract|sdk)/' }, to: { path: '\\.[jt]sx$' } },
    { name: 'no-circles', comment: 'A circle has no top to read from (types may point back).', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'nothing-unresolved', comment: 'An import that leads nowhere is an arrow that is not checked.', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^node:' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
