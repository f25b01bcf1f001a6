// A Chromium of somebody who has told their machine to trust a certificate authority: in the database of NSS, where
// Chromium on Linux looks. No flag makes it look away from anything.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { launchOptions } from './chromium'
import type { Place } from './server'

const run = promisify(execFile)

/** This machine's own address in its network: one that a browser does not call secure by itself. */
export function inTheNetwork(): Place {
  const own = Object.values(networkInterfaces()).flatMap(links => links ?? []).find(link => link.family === 'IPv4' && !link.internal)
  if (own === undefined) throw new Error('this test needs a network: this machine has no address but loopback')
  return { address: own.address, enter: [] }
}

/** Closing the browser leaves its folder to `clean`. */
export async function trustingChromium(certificate: Uint8Array): Promise<{ browser: Browser, clean: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'yodel-home-'))
  const database = join(home, '.pki', 'nssdb')
  await mkdir(database, { recursive: true })
  const file = join(home, 'yodel-ca.crt')
  await writeFile(file, certificate)
  await run('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'])
  await run('certutil', ['-d', `sql:${database}`, '-A', '-n', 'Yodel', '-t', 'C,,', '-i', file])
  const browser = await chromium.launch({ ...launchOptions(), env: { ...process.env, HOME: home } as Record<string, string> })
  return { browser, clean: () => rm(home, { recursive: true, force: true }) }
}
