import type { DemoEntry } from './demo-file.ts'
import type { Demo } from './start-demo.ts'

/** How to look at the demo, line by line: one person who may do everything for each workspace, and where the rest stands. */
export function tellDemo({ url, file }: Demo, entries: readonly DemoEntry[]): string[] {
  const rows = entries.map(({ code, users: [first] }) => ({ code, email: first?.email ?? '', password: first?.password ?? '' }))
  const codes = Math.max(...rows.map(({ code }) => code.length))
  const emails = Math.max(...rows.map(({ email }) => email.length))
  return [
    `Three workspaces to look at, at ${url}; sign in as:`,
    ...rows.map(({ code, email, password }) => `  ${code.padEnd(codes)}  ${email.padEnd(emails)}  ${password}`),
    `Everybody else and the API keys stand in ${file}. Make a workspace of your own and nothing new comes in here.`,
  ]
}
