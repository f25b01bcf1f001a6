// A real TURN server, coturn, at the router of a test's network.
import { join } from 'node:path'
import { type Daemon, startDaemon } from './daemon'
import { type Network, routerAddress } from './namespaces'

const secret = 'larch and stone'
const port = 3478

export interface Turn extends Daemon {
  /** What tells our server of it. */
  readonly flags: readonly string[]
}

export async function turnIn(network: Network): Promise<Turn> {
  const daemon = await startDaemon({
    name: 'turnserver',
    enter: network.place.enter,
    command: async folder => [
      'turnserver', '-n', '--no-cli', '--no-tls', '--no-dtls', `--listening-ip=${routerAddress}`, `--listening-port=${port}`, `--relay-ip=${routerAddress}`,
      '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=yodel.test', '--log-file=stdout', `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`,
    ],
    isReady: async () => (await network.router('ss -lun')).includes(`${routerAddress}:${port}`),
  })
  return { ...daemon, flags: [`--turn-url=turn:${routerAddress}:${port}?transport=udp`, `--turn-secret=${secret}`] }
}
