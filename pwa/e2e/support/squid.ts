// squid, the proxy of many an office.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Certificate } from './certificate'
import { type Daemon, listens, startDaemon } from './daemon'

export const squidPort = 3128

/** What an office allows as a rule: a tunnel to port 443 and nothing else. For one that opens it: what is inside, too. */
export const connectOnly = 'acl SAFE port 443\nhttp_access allow CONNECT SAFE\nhttp_access deny all\n'

export interface SquidOptions {
  enter?: readonly string[]
  port?: number
  /** What else its port is told. */
  portOptions?: string
  /** Names it knows beside those of the machine: `10.77.0.1 call.test`. */
  hosts?: string
  /** Who is let in has to say so. */
  user?: { name: string, password: string }
  /** May need files of its own. */
  rules: string | ((folder: string) => Promise<string>)
}

const certgen = '/usr/lib/squid/security_file_certgen'

/** It opens TLS, looks inside, and vouches for what it passes on by an authority that browsers of the office believe. */
export function intercepting({ cert, key }: Certificate, rules: string): Pick<SquidOptions, 'portOptions' | 'rules'> {
  return {
    portOptions: `ssl-bump generate-host-certificates=on cert=${cert} key=${key}`,
    async rules(folder) {
      const database = join(folder, 'certificates')
      await run(certgen, ['-c', '-s', database, '-M', '4MB'])
      await run('chmod', ['-R', 'a+rwX', database])
      return `sslcrtd_program ${certgen} -s ${database} -M 4MB\nssl_bump bump all\nsslproxy_cert_error allow all\ntls_outgoing_options flags=DONT_VERIFY_PEER\n${rules}`
    },
  }
}

const run = promisify(execFile)
const basicAuth = '/usr/lib/squid/basic_ncsa_auth'

export function startSquid({ enter = [], port = squidPort, portOptions = '', hosts = '', user, rules }: SquidOptions): Promise<Daemon> {
  return startDaemon({
    name: 'squid',
    enter,
    async command(folder) {
      const at = (name: string) => join(folder, name)
      await writeFile(at('hosts'), `${hosts}\n`)
      if (user) await writeFile(at('users'), `${user.name}:${await hashed(user.password)}\n`)
      const login = user ? `auth_param basic program ${basicAuth} ${at('users')}\nacl KNOWN proxy_auth REQUIRED\nhttp_access deny !KNOWN\n` : ''
      await writeFile(at('squid.conf'), `http_port ${port} ${portOptions}\nhosts_file ${at('hosts')}\npid_filename none\naccess_log none\ncache deny all\nshutdown_lifetime 0 seconds\ncache_log ${at('log')}\ncoredump_dir ${folder}\n${login}${typeof rules === 'string' ? rules : await rules(folder)}`)
      return ['squid', '-N', '-d', '1', '-f', at('squid.conf')]
    },
    isReady: () => listens(`:${port}`, enter),
  })
}

async function hashed(password: string): Promise<string> {
  return (await run('openssl', ['passwd', '-apr1', password])).stdout.trim()
}
