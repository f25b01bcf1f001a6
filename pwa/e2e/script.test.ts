// A shell script rings a browser: scripts/ring.sh, curl and a POSIX shell alone.
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { useHouse } from './support/house'
import { hasLetGo } from './support/media'
import { ringScript } from './support/paths'
import { until, within } from './support/until'

const house = useHouse()

/** Runs the script; `printed` grows while it runs. */
function ring(...args: string[]) {
  const run = { printed: '', ended: Promise.resolve<number | null>(null), stop: () => undefined as unknown }
  const child = spawn('sh', [ringScript, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { run.printed += text })
  run.ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  run.stop = () => child.kill('SIGTERM')
  return run
}

test('a script rings, a browser accepts, and the script hangs up', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const script = ring(server.url, 'valley', 'Doorbell')
  house.later(async () => script.stop())
  await anna.is('ringing')
  await until('Anna reads who rings', () => anna.window.evaluate(() => document.body.innerText), text => text.includes('Doorbell'))
  await anna.tap('accept')
  expect(await within('the script ends', script.ended)).toBe(0)
  expect(script.printed).toMatch(/answered by Anna\s+hung up/)
  await anna.is('ended')
  await hasLetGo(anna)
})

test('a script whose ring is refused says so', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const script = ring(server.url, 'valley')
  house.later(async () => script.stop())
  await anna.is('ringing')
  await anna.tap('decline')
  expect(await within('the script ends', script.ended)).toBe(1)
  expect(script.printed).toContain('declined')
  await anna.is('idle')
})
