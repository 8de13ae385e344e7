import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepRunning, type Running } from './keep-running.ts'

/** A part whose process ends when it is told to; `starts` counts, `fails` makes the next starts fail. */
function part(): { start(): Promise<Running>; end(reason: string): void; starts: number; fails: number; running: number } {
  let end = (_reason: string) => {}
  const it = {
    starts: 0,
    fails: 0,
    running: 0,
    end: (reason: string) => end(reason),
    start: async (): Promise<Running> => {
      it.starts++
      if (it.fails-- > 0) throw new Error('no room')
      it.running++
      const ended = new Promise<string>((done) => {
        end = (reason) => {
          it.running--
          end = () => {}
          done(reason)
        }
      })
      return { pid: it.starts, ended, stop: async () => end('asked to') }
    },
  }
  return it
}

test('a part that ends is started again, and it is said why', async () => {
  const [it, said] = [part(), [] as string[]]
  const kept = await keepRunning('The clock', it.start, (line) => said.push(line))
  it.end('killed by SIGKILL')
  await wait(20)
  expect([it.running, said]).toEqual([1, ['The clock (process 1) ended: killed by SIGKILL', 'The clock runs again (process 2).']])
  await kept.stop()
})

test('a part that keeps failing is started more and more slowly', async () => {
  const [it, said] = [part(), [] as string[]]
  const kept = await keepRunning('The clock', it.start, (line) => said.push(line))
  it.fails = 2
  it.end('exit code 1')
  await wait(800)
  await kept.stop()
  expect(said.filter((line) => line.includes('again in'))).toEqual(['Starting it again in 0.2 s.', 'Starting it again in 0.4 s.'])
})

test('a part that held out for a while is started again at once, however often it ended before', async () => {
  const [it, said] = [part(), [] as string[]]
  const kept = await keepRunning('The clock', it.start, (line) => said.push(line))
  it.end('killed by SIGKILL')
  await wait(2_100)
  it.end('killed by SIGKILL')
  await wait(50)
  await kept.stop()
  expect([it.starts, said.filter((line) => line.includes('again in'))]).toEqual([3, []])
})

test('a first start that fails is the caller’s', async () => {
  const it = part()
  it.fails = 1
  await expect(keepRunning('The clock', it.start, () => {})).rejects.toThrow('no room')
})

test('stopped, it stays stopped', async () => {
  const it = part()
  const kept = await keepRunning('The clock', it.start, () => {})
  await kept.stop()
  await wait(20)
  expect([it.running, it.starts]).toEqual([0, 1])
})

test('stopped while it waits to start again, it does not wait any longer and does not start', async () => {
  const it = part()
  const kept = await keepRunning('The clock', it.start, () => {})
  it.fails = 100
  it.end('exit code 1')
  await wait(1_000)
  const starts = it.starts
  await kept.stop()
  await wait(20)
  expect(it.starts).toBe(starts)
})

test('stopped in the middle of a start, what was started is ended', async () => {
  const it = part()
  let open = () => {}
  let slow = false
  const start = async () => {
    if (slow) await new Promise<void>((done) => (open = done))
    return it.start()
  }
  const kept = await keepRunning('The clock', start, () => {})
  slow = true
  it.end('exit code 1')
  await wait(20)
  const stopped = kept.stop()
  open()
  await stopped
  expect(it.running).toBe(0)
})
