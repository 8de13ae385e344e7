import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { isAlive } from '#platform/is-alive.ts'
import { kill, until } from '../fixtures/docket-process.ts'
import { type Docket, victims } from './docket.ts'
import { aWhile, type LoadOptions, openFolder, readyAfter, underLoad, type Verdict } from './under-load.ts'

export interface PowerOptions extends LoadOptions {
  cuts: number
  say?(line: string): void
}

export interface PowerReport extends Verdict {
  /** From each power cut, all processes gone and the disk as it was left, until Docket was started by hand and ready. */
  readyAfterMs: number[]
}

/**
 * Cuts the power under load: the data folder lies on a disk of its own (an ext4 image), whose file system is told to forget at once what
 * was not flushed; then every process is killed and the disk mounted again. Killing processes alone never shows a missing flush, because
 * what they have written lives on in the kernel. Throws where {@link whyNoPowerCuts} says why.
 */
export async function cutPower({ cuts, say = () => {}, ...load }: PowerOptions): Promise<PowerReport> {
  const disk = openDisk()
  const readyAfterMs: number[] = []
  try {
    const verdict = await underLoad(load, join(disk.folder, 'data'), async (scene) => {
      for (let n = 0; n < cuts; n++) {
        await aWhile(scene.random)
        const answers = scene.ledger.answers.size
        const processes = processesOf(scene.docket)
        disk.forgetUnflushed()
        await killEverything(processes, scene.docket, disk.unmount)
        disk.mount()
        const ms = await readyAfter(scene.docket.url, scene.startAgain)
        readyAfterMs.push(ms)
        say(`${n + 1}. power cut after ${answers} answers, ready ${ms} ms after the next start`)
      }
      await aWhile(scene.random)
    })
    return { ...verdict, readyAfterMs }
  } finally {
    disk.remove()
  }
}

/** What power cuts need and this machine does not have; null where they can be made. */
export function whyNoPowerCuts(): string | null {
  if (process.platform !== 'linux') return 'power cuts need Linux'
  if (process.getuid?.() !== 0) return 'power cuts need root, who may mount a disk'
  const missing = ['mkfs.ext4', 'mount', 'umount', 'python3'].filter((program) => spawnSync('which', [program]).status !== 0)
  if (missing.length > 0) return `power cuts need ${missing.join(', ')}`
  try {
    const disk = openDisk()
    disk.unmount()
    disk.remove()
    return null
  } catch (error) {
    return `power cuts need a loop device: ${error instanceof Error ? error.message : error}`
  }
}

// The supervisor first: nobody is then there to start another again.
const processesOf = (docket: Docket): number[] => [docket.process.child.pid ?? 0, ...victims.map(docket.pidOf)]

async function killEverything(processes: number[], docket: Docket, unmount: () => boolean): Promise<void> {
  // The database may have died of its disk already.
  for (const pid of processes) if (isAlive(pid)) kill(pid)
  await docket.process.exit
  // Sessions of the database need a moment to notice that it has gone.
  await until(unmount, () => 'The disk is still in use.')
}

// EXT4_IOC_SHUTDOWN of Linux (fs/ext4/ioctl.h) with EXT4_GOING_FLAGS_NOLOGFLUSH: the journal is not flushed either.
const shutDown = 'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))'

interface Disk {
  folder: string
  /** From now on nothing reaches the disk any more, and what was not flushed never will. */
  forgetUnflushed(): void
  /** Whether it could be unmounted; not while somebody uses it. */
  unmount(): boolean
  mount(): void
  remove(): void
}

function openDisk(): Disk {
  const { folder: parent, remove } = openFolder()
  const [image, folder] = [join(parent, 'disk.img'), join(parent, 'disk')]
  const mount = () => run('mount', '-o', 'loop', image, folder)
  const unmount = () => spawnSync('umount', [folder]).status === 0
  try {
    run('truncate', '--size', '2G', image)
    run('mkfs.ext4', '-q', image)
    run('mkdir', folder)
    mount()
  } catch (error) {
    remove()
    throw error
  }
  return {
    folder,
    forgetUnflushed: () => run('python3', '-c', shutDown, folder),
    unmount,
    mount,
    remove: () => {
      unmount()
      remove()
    },
  }
}

function run(program: string, ...args: string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr.trim()}`)
}
