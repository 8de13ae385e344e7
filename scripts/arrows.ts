import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'

// Checks the arrows of .dependency-cruiser.cjs in a folder (default: this one), and that every file and every import was read:
// a check that reads nothing passes everything.
const folder = resolve(process.argv[2] ?? '.')
process.chdir(folder)
const roots = ['contract', 'server', 'sdk', 'e2e', 'bench', 'scripts'].filter((root) => existsSync(root))
const config: { forbidden: IForbiddenRuleType[]; options: ICruiseOptions } = createRequire(import.meta.url)(
  join(folder, '.dependency-cruiser.cjs'),
)

const { output } = await cruise(roots, { ...config.options, validate: true, ruleSet: { forbidden: config.forbidden } })
if (typeof output === 'string') throw new Error('dependency-cruiser answered with text instead of a result.')

const problems = [...brokenArrows(output), ...unread(output)]
for (const problem of problems) process.stderr.write(`${problem}\n`)
const files = output.modules.filter((module) => module.source.endsWith('.ts')).length
process.stdout.write(`Arrows: ${files} files read, ${problems.length} problems.\n`)
process.exit(problems.length > 0 ? 1 : 0)

function brokenArrows({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to, comment }) => `${from} → ${to} (${rule.name}${comment ? `: ${comment}` : ''})`)
}

function unread({ modules }: ICruiseResult): string[] {
  const read = new Map(modules.map((module) => [module.source, new Set(module.dependencies.map((dependency) => dependency.module))]))
  return roots
    .flatMap((root) => globSync(`${root}/**/*.{ts,tsx,mjs}`))
    .flatMap((file) => {
      const found = read.get(file.replaceAll('\\', '/'))
      if (!found) return [`${file} was not read.`]
      return importsIn(file)
        .filter((name) => !found.has(name))
        .map((name) => `${file}: the import of ${name} was not read.`)
    })
}

/** What a file says it imports, read with the plainest means: another reader's word against dependency-cruiser's. */
function importsIn(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const said = text.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]/gm)
  return [...said].map((match) => match[1] ?? '').filter((name) => !name.startsWith('node:'))
}
