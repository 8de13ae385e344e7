import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { newPassword } from '#contract/people.ts'
import { UsageError } from './command.ts'

/** The password that standard input holds, or a made one. */
export async function readPassword(fromStdin: boolean): Promise<{ password: string; isMade: boolean }> {
  if (!fromStdin) return { password: randomBytes(15).toString('base64url'), isMade: true }
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (!newPassword.safeParse(password).success) throw new UsageError('A password has 10 to 200 characters.')
  return { password, isMade: false }
}
