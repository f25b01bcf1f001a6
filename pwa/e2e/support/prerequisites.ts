// What has to be there before the first test: the binary with the app inside, both browsers, the fault proxy, and what
// breaks networks.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumPath, evidenceDir, firefoxPath, repository, yodelPath } from './paths'

const tools = {
  ip: 'iproute2', iptables: 'iptables', turnserver: 'coturn', openssl: 'openssl',
  nginx: 'nginx-light', haproxy: 'haproxy', caddy: 'caddy', squid: 'squid-openssl', tinyproxy: 'tinyproxy', certutil: 'libnss3-tools',
}

export default async function prerequisites(): Promise<() => Promise<void>> {
  const missing = [
    [yodelPath, 'make build'],
    [chromiumPath, 'apt-get install chromium (or set CHROMIUM)'],
    [firefoxPath, 'apt-get install firefox-esr (or set FIREFOX)'],
  ].filter(([path]) => path !== undefined && !existsSync(path))
  for (const [tool, name] of Object.entries(tools)) if (!onPath(tool)) missing.push([tool, `apt-get install ${name}`])
  if (missing.length > 0) throw new Error(missing.map(([path, remedy]) => `${path} is missing: ${remedy}`).join('\n'))
  await rm(evidenceDir, { recursive: true, force: true })

  const folder = await mkdtemp(join(tmpdir(), 'yodel-tools-'))
  process.env['FAULTPROXY'] = join(folder, 'faultproxy')
  await promisify(execFile)('go', ['build', '-o', folder, './scripts/faultproxy'], { cwd: repository })
  return () => rm(folder, { recursive: true, force: true })
}

function onPath(tool: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return [...folders, '/usr/sbin', '/sbin'].some(folder => existsSync(join(folder, tool)))
}
