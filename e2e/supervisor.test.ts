import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { embeddedPostgresUrl } from '#platform/embedded-postgres.ts'
import { isAlive } from '#platform/is-alive.ts'
import { onServer, testDatabase } from '#server/testing/test-database.ts'
import {
  ask,
  type DocketProcess,
  freePort,
  freshFolder,
  kill,
  postmasterPid,
  startDocket,
  startProgram,
  until,
  untilGone,
} from './fixtures/docket-process.ts'

const isRoot = process.getuid?.() === 0
const project = fileURLToPath(new URL('../', import.meta.url))

let folder: string
let remove: () => void
let port: number
let started: DocketProcess[]

beforeEach(async () => {
  ;({ folder, remove } = freshFolder())
  port = await freePort()
  started = []
})

afterEach(async () => {
  for (const { child, exit } of started.toReversed()) {
    child.kill('SIGTERM')
    await exit
  }
  remove()
})

function start(env: NodeJS.ProcessEnv = {}, options: Parameters<typeof startDocket>[1] = {}): DocketProcess {
  const docket = startDocket({ DOCKET_DATA: folder, PORT: String(port), ...env }, options)
  started.push(docket)
  return docket
}

/** Waits until a server answers on a port, and says which process that is. */
async function answering(at = port): Promise<number> {
  let pid: number | undefined
  const answers = async () => {
    pid = (await ask(at))?.pid
    return pid !== undefined
  }
  await until(answers, () => `No server answers. What was said:\n${started.map((docket) => docket.said()).join('\n---\n')}`)
  if (pid === undefined) throw new Error('No server answers.')
  return pid
}

/** The process id of the running database. */
function databasePid(): number {
  const pid = postmasterPid(folder)
  if (!pid) throw new Error('The database does not run.')
  return pid
}

test('it starts in a folder with spaces, and the server is no superuser', async () => {
  await start().says('is ready at')
  expect(await ask(port)).toEqual({ pid: expect.any(Number), user: 'docket' })
})

test('asked to stop, it ends with 0 and leaves no process behind', async () => {
  const docket = start()
  await docket.says('is ready at')
  const pids = [await answering(), databasePid()]
  docket.child.kill('SIGTERM')
  expect([await docket.exit, pids.map(isAlive), existsSync(join(folder, 'postgres', 'postmaster.pid'))]).toEqual([0, [false, false], false])
})

test('asked to stop while it starts, it ends with 0 and leaves no database behind', async () => {
  const docket = start()
  await until(
    () => postmasterPid(folder) !== undefined,
    () => 'The database was not started.',
  )
  const pid = databasePid()
  docket.child.kill('SIGINT')
  expect([await docket.exit, isAlive(pid)]).toEqual([0, false])
})

test('a port that is taken is named, with the way out, before anything is started', async () => {
  const other = createServer().listen(port, '127.0.0.1')
  const docket = start()
  expect([await docket.exit, docket.said(), postmasterPid(folder)]).toEqual([
    78,
    expect.stringContaining(`PORT=${port + 1} npm start`),
    undefined,
  ])
  other.close()
})

test('a second start says who runs it and where, and is content', async () => {
  const first = start()
  await first.says('is ready at')
  const second = start()
  expect([await second.exit, second.said()]).toEqual([0, expect.stringContaining(`process ${first.child.pid}`)])
})

test('a second start that wants another port is told to stop the first', async () => {
  const first = start()
  await first.says('is ready at')
  const second = start({ PORT: String(await freePort()) })
  expect([await second.exit, second.said()]).toEqual([1, expect.stringContaining(`kill ${first.child.pid}`)])
})

test('a server that is killed is started again, and it is said why', async () => {
  const docket = start()
  await docket.says('is ready at')
  kill(await answering())
  await docket.says('killed by SIGKILL')
  await answering()
})

test('a database that is killed is started again, and the server goes on with it', async () => {
  const docket = start()
  await docket.says('is ready at')
  const server = await answering()
  kill(databasePid())
  await docket.says('The database runs again')
  expect(await answering()).toBe(server)
})

test('when the supervisor is killed, its server ends by itself and the next start takes the database over', async () => {
  const docket = start()
  await docket.says('is ready at')
  const [server, database] = [await answering(), databasePid()]
  docket.child.kill('SIGKILL')
  await untilGone(server)
  const next = start()
  await next.says('is ready at')
  expect([databasePid(), next.said()]).toEqual([database, expect.stringContaining(`Took over the database server (process ${database})`)])
})

test('a database left behind that was started otherwise is stopped, not fought', async () => {
  const docket = start()
  await docket.says('is ready at')
  const database = databasePid()
  docket.child.kill('SIGKILL')
  await docket.exit
  writeFileSync(join(folder, 'postgres', 'postmaster.opts'), 'postgres "-D" "as an older version did"\n')
  const next = start()
  await next.says('is ready at')
  expect([isAlive(database), next.said()]).toEqual([false, expect.stringContaining('Stopping the database server')])
})

test('a postmaster.pid whose number belongs to somebody else by now stops nobody', async () => {
  const first = start()
  await first.says('is ready at')
  first.child.kill('SIGTERM')
  await first.exit
  writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n${folder}/postgres\n0\n5432\n\n\n0 0\nready   \n`)
  await start().says('is ready at')
  expect(isAlive(process.pid)).toBe(true)
})

test('two roles started apart share the database, and the second keeps it when the first stops', async () => {
  const http = start({}, { args: ['--role=http'] })
  await http.says('is ready at')
  const jobs = start({}, { args: ['--role=jobs'] })
  await jobs.says('The server (jobs) is ready')
  http.child.kill('SIGTERM')
  await http.exit
  await jobs.says('running it from here')
  await until(databaseAnswers, () => `The database did not come back:\n${jobs.said()}`)
})

async function databaseAnswers(): Promise<boolean> {
  const client = new pg.Client({ connectionString: embeddedPostgresUrl(folder) })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

test('two roles started together are two processes', async () => {
  const docket = start({}, { args: ['--role=http', '--role=jobs'] })
  await docket.says('Stop it with Ctrl-C')
  const pids = [...docket.said().matchAll(/The server \((?:http|jobs)\) is ready.*process (\d+)/g)].map((match) => match[1])
  expect(new Set(pids).size).toBe(2)
})

test('a database on a path too long for a socket is reached by a port', async () => {
  const long = join(folder, 'a'.repeat(100))
  mkdirSync(long, { recursive: true })
  await start({ DOCKET_DATA: long }).says('is ready at')
  expect(JSON.parse(readFileSync(join(long, 'database.json'), 'utf8'))).toMatchObject({ byTcp: true })
})

test('a database of one’s own that would lose commits is refused', async () => {
  const database = await testDatabase()
  const name = new URL(database.url).pathname.slice(1)
  await onServer(database.url, `alter database ${name} set synchronous_commit = off`)
  const docket = start({ DATABASE_URL: database.url, DOCKET_ALLOW_NO_CHECKSUMS: '1' })
  const code = await docket.exit
  await database.drop()
  expect([code, docket.said()]).toEqual([78, expect.stringContaining('synchronous_commit is off')])
})

test('several settings that are wrong are all named at once', async () => {
  const docket = start({ PORT: 'eight', LOG_LEVEL: 'loud' })
  expect([await docket.exit, docket.said()]).toEqual([78, expect.stringMatching(/PORT is "eight"[\s\S]*LOG_LEVEL is "loud"/)])
})

test.runIf(isRoot)('an ordinary user runs it as well', async () => {
  const nobody = { uid: 65_534, gid: 65_534 }
  mkdirSync(folder, { mode: 0o700 })
  chownSync(folder, nobody.uid, nobody.gid)
  await start({ HOME: folder }, nobody).says('is ready at')
  expect((await ask(port))?.user).toBe('docket')
})

/** A clone of this project; the packages, hundreds of megabytes, as hard links. */
function cloneProject(clone: string): void {
  mkdirSync(clone, { recursive: true })
  const copy = (how: string, ...parts: string[]) =>
    spawnSync('cp', [how, ...parts.map((part) => join(project, part)), clone], { encoding: 'utf8' }).stderr
  expect([
    copy('-a', 'package.json', 'package-lock.json', 'start.mjs', 'scripts', 'contract', 'server', 'e2e'),
    copy('-al', 'node_modules'),
  ]).toEqual(['', ''])
}

test.runIf(isRoot)('root runs it from a clone that only root can enter, and is told where the database went', async () => {
  const clone = join(folder, 'only root')
  cloneProject(clone)
  chmodSync(clone, 0o700)
  const docket = start({ DOCKET_DATA: join(clone, '.docket') }, { entry: join(clone, 'e2e/fixtures/supervise-tiny-server.ts') })
  await docket.says('is ready at')
  const where = /The database lies in (\/var\/lib\/docket\/\S+)\/postgres/.exec(docket.said())?.[1] ?? ''
  docket.child.kill('SIGTERM')
  await docket.exit
  const [found, copy] = [existsSync(join(where, 'postgres', 'PG_VERSION')), docket.said().includes('Copying PostgreSQL')]
  spawnSync('rm', ['-rf', where.startsWith('/var/lib/docket/') ? where : '/nonexistent'])
  expect([found, copy]).toEqual([true, true])
})

test('npm start runs it, and when npm is ended nothing stays behind', async () => {
  const clone = join(folder, 'clone')
  cloneProject(clone)
  copyFileSync(join(clone, 'e2e/fixtures/tiny-server.ts'), join(clone, 'server/src/main.ts'))
  const npm = startProgram('npm', ['start'], clone, { PORT: String(port), DOCKET_DATA: folder, DATABASE_URL: '' })
  started.push(npm)
  const pids = [await answering(), databasePid()]
  npm.child.kill('SIGTERM')
  await Promise.all(pids.map(untilGone))
})
