// Somebody else's server for the time of a test: started in the foreground, with a folder of its own, waited for, stopped.
import { execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until, within } from './until'

export interface Daemon {
  close(): Promise<void>
}

export interface Start {
  name: string
  /** What its command line begins with, to run it somewhere else than here. */
  enter?: readonly string[]
  /** The command line, with whatever has to be written into its folder before. */
  command(folder: string): Promise<readonly string[]>
  isReady(): Promise<boolean>
}

/** Fails with all that it wrote if it ends before it is ready. */
export async function startDaemon({ name, enter = [], command, isReady }: Start): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), `yodel-${name}-`))
  await chmod(folder, 0o777) // some take another user's part
  const [program, ...args] = [...enter, ...await command(folder)]
  const child = spawn(program!, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: folder, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
  const died = ended.then(() => { throw new Error(`${name} ended before it served:\n${log}`) })
  died.catch(() => undefined)
  const close = async () => {
    child.kill('SIGTERM')
    await within(`${name} stops`, ended).catch(() => child.kill('SIGKILL'))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([until(`${name} is ready`, isReady), died])
  } catch (error) {
    await close()
    throw new Error(`${String(error)}\n${log}`, { cause: error })
  }
  return { close }
}

/** An answer to a request means that it is ready. */
export async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok
}

/** Something listens at `:port` or `address:port`, by TCP, where `enter` leads. */
export async function listens(at: string, enter: readonly string[] = []): Promise<boolean> {
  const [program, ...args] = [...enter, 'ss', '-ltn']
  return (await promisify(execFile)(program!, args)).stdout.includes(`${at} `)
}

export function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
