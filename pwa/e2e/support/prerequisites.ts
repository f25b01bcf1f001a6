// What has to be there before the first test: the binary with the app inside, and both browsers.
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { chromiumPath, evidenceDir, firefoxPath, yodelPath } from './paths'

export default async function prerequisites(): Promise<void> {
  const missing = [
    [yodelPath, 'make build'],
    [chromiumPath, 'apt-get install chromium (or set CHROMIUM)'],
    [firefoxPath, 'apt-get install firefox-esr (or set FIREFOX)'],
  ].filter(([path]) => path !== undefined && !existsSync(path))
  if (missing.length > 0) throw new Error(missing.map(([path, remedy]) => `${path} is missing: ${remedy}`).join('\n'))
  await rm(evidenceDir, { recursive: true, force: true })
}
