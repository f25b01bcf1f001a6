// A server of a test's own: the real binary, on a free port, with a data directory that goes away with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { yodelPath } from './paths'
import { within } from './until'

/** design.md: it stops gracefully within 10 s. */
const stopTimeoutMs = 10_000

export class Server {
  readonly #flags: readonly string[]
  readonly #dataDir: string
  #child: ChildProcess | null = null
  #ended: Promise<number | null> = Promise.resolve(null)
  #port = 0
  log = ''

  private constructor(flags: readonly string[], dataDir: string) {
    this.#flags = flags
    this.#dataDir = dataDir
  }

  static async start(...flags: string[]): Promise<Server> {
    const server = new Server(flags, await mkdtemp(join(tmpdir(), 'yodel-e2e-')))
    await server.start()
    return server
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Again on the port and with the data it had. */
  async start(): Promise<void> {
    const child = spawn(yodelPath, ['serve', `--listen=127.0.0.1:${this.#port}`, `--data-dir=${this.#dataDir}`, ...this.#flags], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.log += text })
    const line = new Promise<string>(resolve => createInterface({ input: child.stdout }).once('line', resolve))
    const died = this.#ended.then(code => { throw new Error(`the server ended with ${code} before it served:\n${this.log}`) })
    const address = /127\.0\.0\.1:(\d+)/.exec(await within('the server says that it serves', Promise.race([line, died])))
    if (!address) throw new Error('the server names no loopback address')
    this.#port = Number(address[1])
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
      await this.stop()
    } finally {
      this.#child?.kill('SIGKILL')
      await rm(this.#dataDir, { recursive: true, force: true })
    }
  }
}
