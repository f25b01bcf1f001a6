// What networks of a test's own are made with: network namespaces, which only root may make. What a crashed run left
// behind is swept away by the next.
import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumPath } from './paths'
import { until } from './until'

const run = promisify(execFile)
const prefix = 'yodel-'
let networks = 0

/** For a network of this process, and for the names of the namespaces in it to begin with. */
export function networkName(): string {
  return `${prefix}${process.pid}-${networks++}`
}

export function needRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('this test puts browsers into network namespaces, which only root may: run it as root')
}

/** What a command line begins with to run in a namespace. */
export const inside = (namespace: string) => ['ip', 'netns', 'exec', namespace] as const

/** Runs a command without any quotes in it. */
export async function command(line: string): Promise<string> {
  const [program, ...args] = line.split(' ')
  return (await run(program!, args)).stdout
}

/** A namespace with nothing but loopback. */
export async function addNamespace(namespace: string): Promise<void> {
  await command(`ip netns add ${namespace}`)
  await command(`ip -n ${namespace} link set lo up`)
  // Chromium waits for 2 s after the last change of an address before it tells WebRTC; a new IPv6 address is not final for another.
  await command(`ip netns exec ${namespace} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1`)
}

/** An executable that is Chromium inside the namespace. */
export async function chromiumIn(namespace: string, folder: string): Promise<string> {
  const path = join(folder, namespace)
  await writeFile(path, `#!/bin/sh\nexec ${inside(namespace).join(' ')} ${chromiumPath} "$@"\n`)
  await chmod(path, 0o755)
  return path
}

/** Removes the namespaces of runs that are no more, and whatever still runs in them. */
export async function sweep(): Promise<void> {
  for (const line of (await command('ip netns list')).split('\n')) {
    const [namespace = ''] = line.split(' ')
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(namespace) ?? []
    if (pid !== undefined && !lives(Number(pid))) await removeNamespace(namespace)
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export async function removeNamespace(namespace: string): Promise<void> {
  const pids = async () => (await command(`ip netns pids ${namespace}`).catch(() => '')).split('\n').filter(Boolean).map(Number)
  for (const pid of await pids()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone in between.
    }
  }
  await until(`nobody is left in ${namespace}`, pids, left => left.length === 0)
  await command(`ip netns delete ${namespace}`).catch(() => undefined) // another run swept at the same time
}
