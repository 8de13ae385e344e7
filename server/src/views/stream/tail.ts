import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '#contract/limits.ts'
import type { Change, StreamData, StreamEvent } from '#contract/stream.ts'
import { type Pools, TransientDbError } from '#platform/db.ts'
import type { Sieve } from './let-through.ts'
import { headOf, readStretches, type Stretch } from './read-changes.ts'
import { type Eyes, whatIsTold } from './what-is-told.ts'

/** Somebody who is told what changes in a workspace. */
export interface Follower {
  workspaceId: string
  /** What was asked for and may be followed. */
  topics: readonly string[]
  /** What they see now; null while nobody knows: then they are told nothing and catch up later. */
  eyes(): Eyes | null
  /** Takes an event; must not wait. */
  tell(event: StreamEvent): void
  /** Nothing more will be told, because something is wrong on our side. */
  fail(error: unknown): void
}

export interface Following {
  /** What was shown is no longer what they may see: tells them to read it anew. */
  reload(): void
  /** Up to where everything was told, though there was nothing to tell; null while something still is to be. */
  position(): number | null
  stop(): void
}

export interface Tail {
  /** Follows a workspace after a position, or from now on where that is null. Null when as many as may follow it do so already. */
  follow(follower: Follower, after: number | null | 'unknown'): Following | null
}

interface Room {
  /** What has been read of the log; null until the first follower came to know. */
  position: number | null
  followers: Set<Seat>
  /** When it was last looked how far running jobs are. */
  progressAt: number
}

interface Seat {
  follower: Follower
  /** All up to here has been told, or is made up for by a reload. */
  position: number
  /** Told with the others; false while it catches up. */
  attached: boolean
  /** When to tell that there was too much to tell. */
  reloadAt: number | null
  reloadedAt: number
  stopped: boolean
}

const busyMs = 50
const idleMs = 200
/** More than this at once nobody follows with their eyes: they are told to look again, at most once in this time. */
const changesAtOnce = 100
const changesCaughtUp = 500
const calmMs = 1_000
/** When everybody comes back at once, those who are told live still have a connection, and so has the rest of the process. */
const greetedAtOnce = 2
/** How often it is told how far a running job is. */
const progressMs = 1_000

/** Follows the log for everybody in this process: reads each workspace's events once, however many follow it, and nothing where nobody does. */
export function openTail(pools: Pools): Tail {
  const rooms = new Map<string, Room>()
  const inTurn = turns(greetedAtOnce)
  let running = false
  return { follow }

  function follow(follower: Follower, after: number | null | 'unknown'): Following | null {
    const { workspaceId } = follower
    const room = rooms.get(workspaceId) ?? { position: null, followers: new Set(), progressAt: 0 }
    if (room.followers.size >= limits.streamsAWorkspace) return null
    rooms.set(workspaceId, room)
    const seat: Seat = { follower, position: 0, attached: false, reloadAt: null, reloadedAt: 0, stopped: false }
    room.followers.add(seat)
    void guarded(seat, () => greet(room, seat, after))
    if (!running) void run()
    return {
      reload: () => {
        if (seat.attached) tellReload(seat, 'rights')
      },
      position: () => (seat.attached && seat.reloadAt === null ? seat.position : null),
      stop: () => {
        seat.stopped = true
        room.followers.delete(seat)
        if (room.followers.size === 0 && rooms.get(workspaceId) === room) rooms.delete(workspaceId)
      },
    }
  }

  /** Says where things stand, then makes up for what was missed. */
  async function greet(room: Room, seat: Seat, after: number | null | 'unknown'): Promise<void> {
    const { follower } = seat
    const head = await inTurn(() => headOf(pools, follower.workspaceId, typeof after === 'number' ? after : null))
    if (seat.stopped) return
    seat.position = head.isTold && typeof after === 'number' ? after : head.position
    follower.tell({ event: 'hello', data: { position: seat.position, topics: [...follower.topics] } })
    room.position ??= head.position
    if (after !== null && !head.isTold) tellReload(seat, 'too_old')
    await catchUp(room, seat)
  }

  /** Reads for one follower alone what the others were told already, until it is where they are. */
  async function catchUp(room: Room, seat: Seat): Promise<void> {
    const { follower } = seat
    const missed = new Map<string, Change>()
    const eyes = await eyesOf(seat)
    let unclear = false
    while (eyes && !seat.stopped) {
      if (seat.position >= (room.position ?? 0)) {
        const now = follower.eyes()
        if (!now) {
          await eyesOf(seat)
          continue
        }
        // From there to where it is attached nothing waits: no commit is missed between.
        if (now !== eyes) tellReload(seat, 'rights')
        else if (unclear || missed.size > changesCaughtUp) tellReload(seat, 'too_many')
        else if (missed.size > 0) follower.tell({ event: 'changes', data: { position: seat.position, changes: [...missed.values()] } })
        seat.attached = true
        return
      }
      const { stretches, failed } = await inTurn(() =>
        readStretches(pools, [{ workspaceId: follower.workspaceId, after: seat.position, progress: true, sieves: sievesOf([seat]) }]),
      )
      const [[stretch], [failure]] = [stretches, failed]
      if (failure) throw failure.error
      if (!stretch) throw new Error(`Nothing follows ${seat.position}, though ${room.position} was read`)
      const told = whatIsTold(eyes, stretch)
      if (!told) unclear = true
      for (const change of told ?? []) missed.set(keyOf(change), change)
      // Whoever has to read anew need not be told what led there.
      seat.position = unclear || missed.size > changesCaughtUp ? Math.max(stretch.to, room.position ?? 0) : stretch.to
    }
  }

  /** An obstacle that passes is tried again by the next look; any other ends the following. */
  async function guarded(seat: Seat, work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof TransientDbError)) return seat.follower.fail(error)
        if (seat.stopped) return
        await sleep(calmMs)
      }
    }
  }

  async function run(): Promise<void> {
    running = true
    let pauseMs = busyMs
    while (rooms.size > 0) {
      try {
        pauseMs = (await look()) ? busyMs : Math.min(idleMs, pauseMs + busyMs)
      } catch (error) {
        lose(seats(), error)
        pauseMs = idleMs
      }
      await sleep(pauseMs)
    }
    running = false
  }

  /** What could not be read is tried again by the next look; where that would not help, those who wait for it are let go. */
  function lose(waiting: Iterable<Seat>, error: unknown): void {
    if (!(error instanceof TransientDbError)) for (const seat of waiting) seat.follower.fail(error)
  }

  function* seats(): Generator<Seat> {
    for (const { followers } of rooms.values()) yield* followers
  }

  /** Reads once what is new in every workspace that is followed and tells it. True when there was something. */
  async function look(): Promise<boolean> {
    const began = performance.now()
    const wanted = [...rooms].flatMap(([workspaceId, { position, progressAt, followers }]) =>
      position === null ? [] : { workspaceId, after: position, progress: began - progressAt > progressMs, sieves: sievesOf(followers) },
    )
    if (wanted.length === 0) return false
    const { stretches, failed } = await readStretches(pools, wanted)
    for (const { workspaceId, error } of failed) lose(rooms.get(workspaceId)?.followers ?? [], error)
    for (const stretch of stretches) {
      const room = rooms.get(stretch.workspaceId)
      if (!room) continue
      if (stretch.jobs.length > 0) room.progressAt = began
      deliver(room, stretch)
    }
    const now = performance.now()
    for (const seat of seats()) {
      if (seat.attached && seat.reloadAt !== null && now >= seat.reloadAt) tellReload(seat, 'too_many')
    }
    return stretches.length > 0
  }

  function deliver(room: Room, stretch: Stretch): void {
    // A room that emptied and filled meanwhile begins elsewhere.
    if (room.position !== stretch.from) return
    room.position = stretch.to
    const told = new Map<string, { event: 'changes'; data: StreamData['changes'] } | null>()
    for (const seat of room.followers) {
      if (!seat.attached) continue
      const eyes = seat.follower.eyes()
      if (!eyes) {
        seat.attached = false
        void guarded(seat, () => catchUp(room, seat))
        continue
      }
      if (seat.position >= stretch.to) continue
      // Whoever came from another process may be ahead by a few commits: what they know is told again, and says nothing new.
      seat.position = stretch.to
      if (seat.reloadAt !== null) continue
      const key = JSON.stringify(eyes)
      if (!told.has(key)) {
        const changes = whatIsTold(eyes, stretch)
        told.set(key, changes && { event: 'changes', data: { position: stretch.to, changes } })
      }
      const event = told.get(key)
      if (!event || event.data.changes.length > changesAtOnce) seat.reloadAt = Math.max(performance.now(), seat.reloadedAt + calmMs)
      else if (event.data.changes.length > 0) seat.follower.tell(event)
    }
  }

  /** What the follower sees, as soon as somebody knows; null when it has gone meanwhile. */
  async function eyesOf(seat: Seat): Promise<Eyes | null> {
    for (; !seat.stopped; await sleep(busyMs)) {
      const eyes = seat.follower.eyes()
      if (eyes) return eyes
    }
    return null
  }

  function tellReload(seat: Seat, because: 'too_old' | 'too_many' | 'rights'): void {
    seat.reloadAt = null
    seat.reloadedAt = performance.now()
    seat.follower.tell({ event: 'reload', data: { position: seat.position, because } })
  }
}

/** Lets so many pieces of work be under way at once; the others wait for their turn. */
function turns(atOnce: number) {
  const waiting: (() => void)[] = []
  let underWay = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (underWay < atOnce) underWay++
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else underWay--
    }
  }
}

/** The filters of those who follow, each once. */
function sievesOf(seats: Iterable<Seat>): Map<string, Sieve> {
  return new Map([...seats].flatMap(({ follower }) => follower.eyes()?.sieve ?? []).map((sieve) => [sieve.key, sieve]))
}

/** Of several changes of one thing the last is told. */
function keyOf(change: Change): string {
  return change.subject === 'stock' ? `stock ${change.itemId} ${change.locationId} ${change.lotId}` : `${change.subject} ${change.id}`
}
