// The project's own fault proxy (scripts/faultproxy) between browsers and a server.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { within } from './until'

/** Which exchanges are meant, and what befalls them: package fault tells all of it, with the same names. */
export interface Match {
  method?: string
  path?: string
  class?: readonly ('stream' | 'get-stream' | 'post-stream' | 'long-poll' | 'short')[]
  type?: string
}
export interface Rules {
  upstreamDown?: 'reset' | '502'
  refuse?: readonly { match?: Match, as: 'bad-gateway' | 'forbidden' | 'portal', times?: number }[]
  drop?: readonly { match?: Match, how: 'rst' | 'fin', times?: number }[]
  buffer?: readonly { match?: Match, untilBytes?: number, untilEvents?: number, passHead?: boolean }[]
}

/** What happened since the start. */
export interface Stats {
  /** Answers thrown away. */
  dropped: number
  /** Answers of which something was held back. */
  buffered: number
}

export class FaultProxy {
  readonly #control: string
  readonly #stop: () => Promise<void>

  private constructor(readonly url: string, control: string, stop: () => Promise<void>) {
    this.#control = control
    this.#stop = stop
  }

  static async before(server: { port: number }): Promise<FaultProxy> {
    const child = spawn(faultProxyPath(), ['--listen=127.0.0.1:0', `--upstream=127.0.0.1:${server.port}`, '--control=127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => resolve())
    })
    const line = await within('the fault proxy says where it is', Promise.race([
      new Promise<string>(resolve => createInterface({ input: child.stdout }).once('line', resolve)),
      ended.then(() => { throw new Error('the fault proxy ended before it served') }),
    ]))
    const [listen, control] = line.match(/127\.0\.0\.1:\d+/g) ?? []
    if (listen === undefined || control === undefined) throw new Error(`the fault proxy says only ${line}`)
    return new FaultProxy(`http://${listen}`, `http://${control}`, () => {
      child.kill('SIGTERM')
      return within('the fault proxy ends', ended)
    })
  }

  /** From now on; {} lets everything pass. */
  async rules(rules: Rules): Promise<void> {
    await this.#ask('PUT', '/rules', rules)
  }

  /** Cuts what is open now. */
  async cut(match: Match, how: 'rst' | 'fin'): Promise<number> {
    return (await this.#ask('POST', '/cut', { match, how }) as { cut: number }).cut
  }

  async stats(): Promise<Stats> {
    return await this.#ask('GET', '/stats') as Stats
  }

  close(): Promise<void> {
    return this.#stop()
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.#control + path, { method, ...(body && { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Error(`the fault proxy answers ${response.status} to ${method} ${path}: ${await response.text()}`)
    const text = await response.text()
    return text === '' ? null : JSON.parse(text) as unknown
  }
}

function faultProxyPath(): string {
  const path = process.env['FAULTPROXY'] // built by prerequisites.ts
  if (path === undefined) throw new Error('FAULTPROXY is not set')
  return path
}
