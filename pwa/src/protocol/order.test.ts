import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Order } from './order'

const begun = (position = 'e-0') => {
  const order = new Order()
  order.begin(position)
  return order
}

test('an event is new once', () => {
  const order = begun()
  expect(['e-1', 'e-2', 'e-1', 'e-2', 'e-3'].map((id) => order.take(id))).toEqual([true, true, false, false, true])
  expect(order.position).toBe('e-3')
  expect(order.taken).toBe(3)
})

test('a way that is behind does not move the position', () => {
  const order = begun()
  order.take('e-1')
  order.advance('e-0', 'e-0x')
  expect(order.position).toBe('e-1')
})

test('what lies between for others is passed over', () => {
  const order = begun()
  order.take('e-1')
  order.advance('e-1', 'e-9')
  expect(order.position).toBe('e-9')
})

test('thousands are remembered, and all of them while one way may still have to tell them', () => {
  const order = begun()
  order.overlapping = true
  for (let i = 0; i < 10_000; i++) order.take(`e-${i}`)
  expect(order.take('e-0')).toBe(false)
  order.overlapping = false
  expect(order.take('e-9999')).toBe(false)
  expect(order.take('e-6000')).toBe(false)
  expect(order.take('e-5000')).toBe(true)
})

test('however two ways take turns, are cut and begin anew: each event once, in its place', () => {
  const step = fc.record({
    way: fc.constantFrom(0, 1),
    /** How many events it tells; before that it may be opened anew, at the position of the moment, with some told again. */
    tells: fc.nat(5),
    anew: fc.boolean(),
    again: fc.nat(3),
  })
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const order = begun()
    const next = [1, 1] // of each way, the number of the event that it tells next
    const told: number[] = []
    for (const { way, tells, anew, again } of steps) {
      if (anew) next[way] = Math.max(1, Number(order.position.slice(2)) + 1 - again)
      for (let i = 0; i < tells; i++) {
        const number = next[way]!++
        if (order.take(`e-${number}`)) told.push(number)
      }
    }
    expect(told).toEqual(told.map((_, i) => i + 1))
  }))
})
