// A real TURN server, coturn, at the router of a test's network.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Network, routerAddress } from './namespaces'
import { until, within } from './until'

const secret = 'larch and stone'
const port = 3478

export interface Turn {
  /** What tells our server of it. */
  readonly flags: readonly string[]
  close(): Promise<void>
}

export async function turnIn(network: Network): Promise<Turn> {
  const folder = await mkdtemp(join(tmpdir(), 'yodel-turn-'))
  const [command, ...enter] = network.place.enter
  const child = spawn(command!, [
    ...enter, 'turnserver', '-n', '--no-cli', '--no-tls', '--no-dtls', `--listening-ip=${routerAddress}`, `--listening-port=${port}`, `--relay-ip=${routerAddress}`,
    '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=yodel.test', '--log-file=stdout', `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`,
  ], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
  const died = ended.then(() => { throw new Error(`the TURN server ended before it served:\n${log}`) })
  died.catch(() => undefined)
  const listens = async () => (await network.router('ss -lun')).includes(`${routerAddress}:${port}`)
  await Promise.race([until('the TURN server listens', listens), died])
  return {
    flags: [`--turn-url=turn:${routerAddress}:${port}?transport=udp`, `--turn-secret=${secret}`],
    async close() {
      child.kill('SIGTERM')
      await within('the TURN server stops', ended).catch(() => child.kill('SIGKILL'))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
