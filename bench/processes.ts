import { readdirSync, readFileSync } from 'node:fs'

/** One process of a running Docket, as Linux tells of it. */
export interface Process {
  pid: number
  parent: number
  name: string
  /** What it and those of its children that have ended have computed, in milliseconds of one core. */
  cpuMs: number
}

/** A process and all that came of it; empty where there is no `/proc`. */
export function processesOf(root: number): Process[] {
  if (process.platform !== 'linux') return []
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? processAt(Number(entry)) : []))
  const found = all.filter(({ pid }) => pid === root)
  for (let at = 0; at < found.length; at++) found.push(...all.filter(({ parent }) => parent === found[at]?.pid))
  return found
}

export const isDatabase = ({ name }: Process): boolean => name === 'postgres'

const msATick = 10 // USER_HZ is 100 on every Linux that Node runs on

function processAt(pid: number): Process[] {
  try {
    // proc_pid_stat(5): "pid (name) state ppid …", the name may hold anything but its last bracket; utime, stime, cutime, cstime are fields 14 to 17.
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    const fields = rest.split(' ')
    return [{ pid, parent: Number(fields[1]), name, cpuMs: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * msATick }]
  } catch {
    return []
  }
}

/** What a process holds, in megabytes: `Rss` everything, `Pss` with a share of what it shares with others. */
export function megabytes(pid: number, size: 'Rss' | 'Pss'): number {
  const kilobytes = new RegExp(`^${size}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(kilobytes) / 1_024
}
