// Where things are.
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const yodelPath = process.env['YODEL'] ?? at('../../../bin/yodel')
export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const firefoxPath = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr'
export const ringScript = at('../../../scripts/ring.sh')
/** Package-wide commands run here. */
export const repository = at('../../..')
export const evidenceDir = process.env['EVIDENCE'] ?? at('../.work')
export const screenshotsDir = at('../screenshots')
