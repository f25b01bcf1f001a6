// Whatever two to four people do with their calls, whenever, and however late, lost, repeated or out of order word of it
// comes: in the end all pages show the same call in the same state, which is the server's.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CallWorld, deeds } from './testing/call-world'
import { propertySeed } from './testing/property-seed'

const story = fc.record({
  people: fc.integer({ min: 2, max: 4 }),
  capacity: fc.integer({ min: 2, max: 4 }),
  chance: fc.nat(),
  slowestMs: fc.constantFrom(5, 300, 5_000),
  lossRate: fc.constantFrom(0, 0.1, 0.4),
  lateRate: fc.constantFrom(0, 0.1),
  steps: fc.array(fc.record({
    who: fc.nat(3),
    what: fc.constantFrom('start', 'accept', ...deeds), // most calls get somewhere
    afterMs: fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat(20_000)),
  }), { minLength: 1, maxLength: 25 }),
})

const everything = [
  'idle', 'calling', 'ringing', 'connecting', 'connected', 'ended',
  ...['cancelled', 'declined', 'busy', 'timeout', 'missed', 'hangup', 'failed', 'elsewhere'].map((outcome) => `over: ${outcome}`),
]
const seed = propertySeed()

test(`all pages agree with the server in the end (seed ${seed})`, async () => {
  const seen = new Set<string>()
  await fc.assert(fc.asyncProperty(story, async (told) => {
    const world = new CallWorld(told)
    await world.play()
    for (const each of world.seen) seen.add(each)
    expect(world.broken).toEqual([])
    expect(world.disagreements()).toEqual([])
  }), { seed, numRuns: 1_500 })
  expect([...seen]).toEqual(expect.arrayContaining(everything)) // or the stories were too tame to prove anything
}, 120_000)
