import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { settingsMarkdown } from '#platform/settings.ts'

// Writes the table of settings into README.md, between the two marks that say so.
const readme = fileURLToPath(new URL('../README.md', import.meta.url))
const [before, after] = ['<!-- settings: npm run settings -->', '<!-- end of settings -->']
const text = readFileSync(readme, 'utf8')
if (!text.includes(before) || !text.includes(after)) throw new Error(`README.md needs the marks ${before} and ${after}.`)
const [head = '', rest = ''] = text.split(before)
const [, tail = ''] = rest.split(after)
writeFileSync(readme, `${head}${before}\n${settingsMarkdown()}\n${after}${tail}`)
