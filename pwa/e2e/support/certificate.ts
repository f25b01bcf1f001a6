// A certificate that vouches for itself, and what tells Chromium to believe it.
import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Certificate and key in one file. */
  readonly both: string
  /** For Chromium: pages and `turns:` alike believe this key. */
  readonly flag: string
  close(): Promise<void>
}

/** `names` are as openssl wants them: DNS:call.test, IP:192.0.2.1. It may sign others, too. */
export async function certificateFor(...names: string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'yodel-cert-'))
  const [cert, key, both] = [join(folder, 'cert.pem'), join(folder, 'key.pem'), join(folder, 'both.pem')]
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=Yodel test', '-keyout', key, '-out', cert,
    '-addext', `subjectAltName=${names.join(',')}`, '-addext', 'keyUsage=digitalSignature,keyCertSign',
  ])
  await writeFile(both, await readFile(cert, 'utf8') + await readFile(key, 'utf8'))
  await Promise.all([chmod(folder, 0o755), chmod(key, 0o644)]) // some proxies read it as another user
  const spki = new X509Certificate(await readFile(cert)).publicKey.export({ type: 'spki', format: 'der' })
  return {
    cert,
    key,
    both,
    flag: `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
