import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// What OWASP asks for at least: 19 MiB, two passes.
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
const derived = promisify(argon2)

/** A password as it is kept: argon2id with its cost and salt, in PHC form. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await tagOf(password, salt, cost)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(salt)}$${plain(tag)}`
}

/** Whether a password is the one that was kept; false also for what no password was kept as. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(kept)
  if (!found) return false
  const [, memory, passes, parallelism, salt = '', tag = ''] = found
  const wanted = Buffer.from(tag, 'base64')
  const given = await tagOf(password, Buffer.from(salt, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  })
  return timingSafeEqual(given, wanted)
}

// One way of writing a letter with its accent, whichever keyboard it came from.
const tagOf = (password: string, nonce: Buffer, how: typeof cost) =>
  inTurn(() => derived('argon2id', { message: password.normalize('NFC'), nonce, ...how }))

let last: Promise<unknown> = Promise.resolve()

/** One password at a time: a crowd at the door takes one core at most, and leaves the others to those at work. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work)
  last = done.catch(() => {})
  return done
}

const plain = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
