// Two or three who negotiate with each other over a server that keeps each one's order and no more: whatever is restarted,
// reloaded, missed, turned on and off meanwhile, in the end each pair has agreed on one thing, and nothing is pending.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mishaps, NegotiationWorld, type Story } from './testing/negotiation-world'
import { propertySeed } from './testing/property-seed'

const mishap = fc.record({
  who: fc.nat(2),
  whom: fc.nat(2),
  what: fc.constantFrom(...mishaps),
  afterMs: fc.oneof(fc.nat(30), fc.nat(500), fc.nat(8_000)),
})
const circumstances = {
  people: fc.integer({ min: 2, max: 3 }),
  chance: fc.nat(),
  slowestMs: fc.constantFrom(5, 80, 4_000),
  lossRate: fc.constantFrom(0, 0.2),
  slowestOperationMs: fc.constantFrom(0, 10, 60),
  mends: fc.boolean(),
}

async function expectAgreement(story: Story): Promise<void> {
  const world = new NegotiationWorld(story)
  await world.play()
  expect(world.broken).toEqual([])
  if (story.program === null) expect(world.network.mistakes).toEqual([]) // the contract alone does not tell which offer an answer is to
  expect(world.disagreements()).toEqual([])
  expect(await world.tryOut()).toEqual([])
  expect(world.disagreements()).toEqual([])
}

const seed = propertySeed()

test(`whatever happens to their pages, each pair agrees in the end (seed ${seed})`, async () => {
  const story = fc.record({ ...circumstances, program: fc.constant(null), lateRate: fc.constantFrom(0, 0.2), mishaps: fc.array(mishap, { maxLength: 12 }) })
  await fc.assert(fc.asyncProperty(story, expectAgreement), { seed, numRuns: 150 })
}, 120_000)

test(`a program that knows the contract alone agrees with the app (seed ${seed})`, async () => {
  const story = fc.record({ ...circumstances, slowestMs: fc.constantFrom(5, 80), lossRate: fc.constant(0), program: fc.nat(2), lateRate: fc.constant(0), mishaps: fc.array(mishap, { maxLength: 6 }) })
  await fc.assert(fc.asyncProperty(story, expectAgreement), { seed, numRuns: 75 })
}, 120_000)
