import { expect, test } from 'vitest'
import { type Health, type Sight, Watchdog } from './watchdog'

const well: Sight = { atMs: 0, arrived: true, flowed: true, sending: true, ice: 'open' }
const silent: Partial<Sight> = { arrived: false }
const apart: Partial<Sight> = { ice: 'disconnected' }

/** Looks every `everyMs`, each as described; answers what the last one says. */
function after(looks: readonly Partial<Sight>[], everyMs = 250): Health {
  const watchdog = new Watchdog()
  looks.forEach((look, turn) => watchdog.look({ ...well, atMs: turn * everyMs, ...look }))
  return watchdog.health
}
const times = (count: number, look: Partial<Sight>): Partial<Sight>[] => Array.from({ length: count }, () => look)

test.each<[string, Health, Partial<Sight>[]]>([
  ['media comes', 'well', times(9, {})],
  ['nothing for less than a second', 'well', [{}, ...times(3, silent)]],
  ['nothing for a second from somebody who is sending', 'silent', [{}, ...times(4, silent)]],
  ['and then something', 'well', [{}, ...times(4, silent), {}]],
  ['a burst each second is not silence', 'well', [{}, ...times(3, silent), {}, ...times(3, silent)]],
  ['nothing of somebody who is muted, with the camera off, or on hold', 'well', [{}, ...times(40, { arrived: false, sending: false })]],
  ['unmuted, they have a second to be heard', 'well', [{}, ...times(40, { arrived: false, sending: false }), ...times(3, silent)]],
  ['nothing where nothing ever came: ICE has its own time for that', 'well', times(40, { arrived: false, flowed: false, ice: 'looking' })],
  ['disconnected for a moment', 'well', [{}, ...times(4, apart), {}]],
  ['disconnected for a second', 'apart', [{}, ...times(5, apart)]],
  ['disconnected for a second, from somebody who is not sending', 'apart', [{}, ...times(5, { ...apart, ...silent, sending: false })]],
  ['disconnected and silent', 'silent', [{}, ...times(3, silent), { ...silent, ...apart }]],
  ['failed', 'failed', [{}, { ice: 'failed' }]],
])('%s: %s', (_, health, looks) => {
  expect(after(looks)).toBe(health)
})

test('looks that a page in the background makes once a second see what came in between', () => {
  expect(after(times(9, {}), 1_000)).toBe('well')
  expect(after([{}, silent], 1_000)).toBe('silent')
})

test('what was slept through says nothing', () => {
  expect(after([{}, silent, silent], 3_600_000)).toBe('well')
  const watchdog = new Watchdog()
  for (const atMs of [0, 250, 60_000]) watchdog.look({ ...well, ...silent, ...apart, atMs })
  expect(watchdog.health).toBe('well')
  for (const atMs of [60_500, 61_000]) watchdog.look({ ...well, ...silent, ...apart, atMs })
  expect(watchdog.health).toBe('silent')
})

test('a clock that is put back is not silence', () => {
  const watchdog = new Watchdog()
  for (const atMs of [10_000, 10_250, 3_000, 3_250]) watchdog.look({ ...well, ...silent, atMs })
  expect(watchdog.health).toBe('well')
})
