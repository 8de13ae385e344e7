import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { commitLane, LaneFull, type LaneLimits, type LaneWork, laneDefaults, OutcomeUnknown } from './commit-lane.ts'
import { LostCommit, TransientDbError } from './db.ts'

const answers = (items: string[]) => items.map((item) => `${item} done`)

/** A lane over work in memory: what each batch was, and what it does. */
function laneOf(work: Partial<LaneWork<string, string>>, limits: Partial<LaneLimits> = {}) {
  const batches: { workspaceId: string; items: string[]; commitId: string }[] = []
  const run = work.run ?? (async (_: string, items: string[]) => answers(items))
  const lane = commitLane<string, string>(
    {
      isCommitted: async () => false,
      failed: (item, error) => `${item} failed: ${error instanceof Error ? error.message : ''}`,
      ...work,
      run: (workspaceId, items, commitId) => {
        batches.push({ workspaceId, items, commitId })
        return run(workspaceId, items, commitId)
      },
    },
    { ...laneDefaults, ...limits },
  )
  return { submit: (workspaceId: string, ...items: string[]) => lane.submit(workspaceId, 'act', items), lane, batches }
}

/** Work that goes on until it is let go. */
function held() {
  const held: (() => void)[] = []
  let free = false
  return {
    run: async (_: string, items: string[]) => {
      if (!free) await new Promise<void>((resolve) => held.push(resolve))
      return answers(items)
    },
    /** Lets all go that are held, and whatever comes after them. */
    release() {
      free = true
      for (const letGo of held.splice(0)) letGo()
    },
    /** When so many are on their way. */
    underWay: (count: number) => vi.waitFor(() => expect(held.length).toBe(count)),
  }
}

describe('who rides together', () => {
  test('a lone request commits at once, alone', async () => {
    const { submit, batches } = laneOf({})
    expect(await submit('w', 'a', 'b')).toEqual(['a done', 'b done'])
    expect(batches).toMatchObject([{ workspaceId: 'w', items: ['a', 'b'] }])
  })

  test('what comes in the same turn shares one commit, and everyone gets his own answers', async () => {
    const { submit, batches } = laneOf({})
    expect(await Promise.all([submit('w', 'a'), submit('w', 'b', 'c'), submit('w', 'd')])).toEqual([
      ['a done'],
      ['b done', 'c done'],
      ['d done'],
    ])
    expect(batches.map((batch) => batch.items)).toEqual([['a', 'b', 'c', 'd']])
  })

  test('what comes while two are on their way shares the next', async () => {
    const work = held()
    const { submit, batches } = laneOf({ run: work.run })
    const all = [submit('w', 'a')]
    await work.underWay(1)
    all.push(submit('w', 'b'))
    await work.underWay(2)
    for (const item of ['c', 'd', 'e']) all.push(submit('w', item))
    work.release()
    await Promise.all(all)
    expect(batches.map((batch) => batch.items)).toEqual([['a'], ['b'], ['c', 'd', 'e']])
  })

  test('a request is never torn, and one that is larger than a batch goes alone', async () => {
    const { submit, batches } = laneOf({}, { batchMax: 3, inFlightMax: 1 })
    await Promise.all([submit('w', 'a', 'b'), submit('w', 'c', 'd'), submit('w', 'e', 'f', 'g', 'h'), submit('w', 'i')])
    expect(batches.map((batch) => batch.items.join(''))).toEqual(['ab', 'cd', 'efgh', 'i'])
  })

  test('workspaces and families do not mix', async () => {
    const { lane, batches } = laneOf({})
    await Promise.all([lane.submit('w', 'act', ['a']), lane.submit('v', 'act', ['b']), lane.submit('w', 'place', ['c'])])
    expect(batches.map((batch) => batch.items)).toEqual([['a'], ['b'], ['c']])
  })
})

describe('limits', () => {
  test('too many waiting are turned away, and room made again is used', async () => {
    const work = held()
    const { submit } = laneOf({ run: work.run }, { waitingMax: 2, inFlightMax: 1 })
    const first = submit('w', 'on its way')
    await work.underWay(1)
    const waiting = [submit('w', 'a'), submit('w', 'b')]
    await expect(submit('w', 'c')).rejects.toBeInstanceOf(LaneFull)
    expect(new LaneFull('x').retryAfterMs).toBeGreaterThan(0)
    work.release()
    await Promise.all([first, ...waiting])
    const last = submit('w', 'c')
    expect(await last).toEqual(['c done'])
  })

  test('one workspace with much to do does not keep another waiting', async () => {
    const work = held()
    const { submit, batches } = laneOf({ run: work.run }, { batchMax: 1, inFlightMax: 2, processMax: 2 })
    const busy = Array.from({ length: 20 }, (_, i) => submit('busy', `b${i}`))
    await work.underWay(2)
    const quiet = submit('quiet', 'q')
    work.release()
    await Promise.all([...busy, quiet])
    expect(batches.findIndex((batch) => batch.workspaceId === 'quiet')).toBeLessThan(5)
  })

  test('no more are on their way than the process may have', async () => {
    const work = held()
    const { submit } = laneOf({ run: work.run }, { processMax: 3 })
    const all = ['a', 'b', 'c', 'd', 'e'].map((workspace) => submit(workspace, 'x'))
    await work.underWay(3)
    await sleep(2)
    await work.underWay(3)
    work.release()
    await Promise.all(all)
  })
})

describe('when a batch fails', () => {
  test('a transient failure is tried again, whole and under the same commit id', async () => {
    let tries = 0
    const { submit, batches } = laneOf({
      run: async (_, items) => {
        if (tries++ < 3) throw new TransientDbError('deadlock')
        return answers(items)
      },
    })
    expect(await submit('w', 'a', 'b')).toEqual(['a done', 'b done'])
    expect([batches.length, new Set(batches.map((batch) => batch.commitId)).size]).toEqual([4, 1])
  })

  test('one that stays is given up after the deadline', async () => {
    const { submit } = laneOf({ run: () => Promise.reject(new TransientDbError('deadlock')) }, { deadlineMs: 30 })
    await expect(submit('w', 'a')).rejects.toBeInstanceOf(TransientDbError)
  })

  test('an item that breaks is found by halving; its neighbours are done, each once', async () => {
    const done: string[] = []
    const { submit } = laneOf({
      run: async (_, items) => {
        if (items.includes('bad')) throw new Error('a bug')
        done.push(...items)
        return answers(items)
      },
    })
    expect(await submit('w', 'a', 'b', 'c', 'bad', 'd', 'e')).toEqual([
      'a done',
      'b done',
      'c done',
      'bad failed: a bug',
      'd done',
      'e done',
    ])
    expect(done.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('each half has a commit of its own', async () => {
    const { submit, batches } = laneOf({ run: () => Promise.reject(new Error('a bug')) })
    await submit('w', 'a', 'b')
    expect(new Set(batches.map((batch) => batch.commitId)).size).toBe(3)
  })

  test('what somebody else made at the same moment is looked for again, and no more than three times', async () => {
    const collision = Object.assign(new Error('duplicate key'), { code: '23505' })
    let tries = 0
    const { submit } = laneOf({
      run: async (_, items) => {
        if (tries++ < 3) throw collision
        return answers(items)
      },
    })
    expect(await submit('w', 'a')).toEqual(['a done'])
    const always = laneOf({ run: () => Promise.reject(collision) })
    expect(await always.submit('w', 'a')).toEqual(['a failed: duplicate key'])
    expect(always.batches).toHaveLength(4)
  })
})

describe('when the answer of COMMIT is lost', () => {
  const lostOnce = (committed: boolean | (() => Promise<boolean>)) => {
    let tries = 0
    return laneOf(
      {
        run: async (_, items) => {
          if (tries++ === 0) throw new LostCommit(['what it would have answered'], new Error('gone'))
          return answers(items)
        },
        isCommitted: async () => (typeof committed === 'boolean' ? committed : committed()),
      },
      { deadlineMs: 200 },
    )
  }

  test('what was committed is answered and not done again', async () => {
    const { submit, batches } = lostOnce(true)
    expect(await submit('w', 'a')).toEqual(['what it would have answered'])
    expect(batches).toHaveLength(1)
  })

  test('what was not committed is done again, under the same commit id', async () => {
    const { submit, batches } = lostOnce(false)
    expect(await submit('w', 'a')).toEqual(['a done'])
    expect(batches.map((batch) => batch.commitId)).toEqual([batches[0]?.commitId, batches[0]?.commitId])
  })

  test.each([
    ['the database is away', new TransientDbError('away')],
    ['the answer to the question is lost, too', new LostCommit(true, new Error('gone'))],
    ['the question itself breaks', new Error('a bug')],
  ])('it is asked until somebody knows: %s', async (_, error) => {
    let asked = 0
    const { submit, batches } = lostOnce(async () => {
      if (asked++ < 2) throw error
      return true
    })
    expect(await submit('w', 'a')).toEqual(['what it would have answered'])
    expect(batches).toHaveLength(1)
  })

  test('when nobody knows in time, that is the answer, and nothing is done twice', async () => {
    const { submit, batches } = lostOnce(() => Promise.reject(new Error('a bug')))
    await expect(submit('w', 'a', 'b')).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(batches).toHaveLength(1)
    expect(new OutcomeUnknown('x').retryAfterMs).toBeGreaterThan(0)
  })
})
