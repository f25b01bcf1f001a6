// A server of a test's own: the real binary, on a free port, with a data directory that goes away with it. It can be
// stopped, killed, frozen, and started again as it was.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { yodelPath } from './paths'
import { within } from './until'

/** design.md: it stops gracefully within 10 s. */
const stopTimeoutMs = 10_000

/** Where a server runs: on loopback unless a test has a network of its own. */
export interface Place {
  address: string
  /** Absent: a free one. */
  port?: number
  /** What the command line begins with there. */
  enter: readonly string[]
}

const loopback: Place = { address: '127.0.0.1', enter: [] }

export class Server {
  readonly #place: Place
  readonly #flags: readonly string[]
  readonly #dataDir: string
  #child: ChildProcess | null = null
  #ended: Promise<number | null> = Promise.resolve(null)
  #port: number
  #url = ''
  log = ''

  private constructor(place: Place, flags: readonly string[], dataDir: string) {
    this.#place = place
    this.#port = place.port ?? 0
    this.#flags = flags
    this.#dataDir = dataDir
  }

  static start(...flags: string[]): Promise<Server> {
    return Server.startAt(loopback, ...flags)
  }

  static async startAt(place: Place, ...flags: string[]): Promise<Server> {
    const server = new Server(place, flags, await mkdtemp(join(tmpdir(), 'yodel-e2e-')))
    try {
      await server.start()
    } catch (error) {
      await server.dispose().catch(() => undefined)
      throw error
    }
    return server
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return this.#url
  }

  /** Again on the port and with the data it had. */
  async start(): Promise<void> {
    const { address, enter } = this.#place
    const [command, ...args] = [...enter, yodelPath, 'serve', `--listen=${address}:${this.#port}`, `--data-dir=${this.#dataDir}`, ...this.#flags]
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.log += text })
    const line = new Promise<string>(resolve => createInterface({ input: child.stdout }).once('line', resolve))
    const died = this.#ended.then(code => { throw new Error(`the server ended with ${code} before it served:\n${this.log}`) })
    const url = (await within('the server says that it serves', Promise.race([line, died]))).split(' ').find(word => word.includes(`//${address}:`))
    if (url === undefined) throw new Error(`the server does not name ${address}`)
    this.#url = url
    this.#port = Number(/\d+$/.exec(url)) // new URL() leaves out a scheme's own
  }

  /** SIGKILL: no goodbye, nothing written that was not written before. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await within('the server is dead', this.#ended)
    this.#child = null
  }

  /** Connections are accepted by the kernel, and nobody answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Asks it to stop; anything but a clean end within its time is an error. */
  async stop(): Promise<void> {
    if (!this.#child) return
    this.#child.kill('SIGTERM')
    const code = await within('the server stops after SIGTERM', this.#ended, stopTimeoutMs)
    this.#child = null
    if (code !== 0) throw new Error(`the server ended with ${code} after SIGTERM:\n${this.log}`)
  }

  async dispose(): Promise<void> {
    try {
      this.thaw()
      await this.stop()
    } finally {
      this.#child?.kill('SIGKILL')
      await rm(this.#dataDir, { recursive: true, force: true })
    }
  }
}
