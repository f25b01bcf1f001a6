import { expect, test } from 'vitest'
import { Patience } from './patience'

/** What a request asked about every 100 ms gets before it is given up. */
function waits(patience: Patience): number {
  for (let ms = 0; ; ms += 100) if (patience.endsAfter(ms)) return ms
}

test('is less than a second, and twice as long each time, for the network may be slow', () => {
  const patience = new Patience()
  expect(Array.from({ length: 6 }, () => waits(patience))).toEqual([900, 1_800, 3_600, 7_200, 8_000, 8_000])
})

test('is short again once there was an answer', () => {
  const patience = new Patience()
  waits(patience)
  patience.reset()
  expect(waits(patience)).toBe(900)
})
