import { expect, it } from 'vitest'
import { initials, toneOf } from './initials'

const cases: Record<string, string> = { 'Anna Berg': 'AB', 'anna': 'A', 'Anna Maria van der Berg': 'AB', '王小明': '小明', '李雷': '李雷', '👩‍🚀 Ada': '👩‍🚀A', '  ': '?', 'élodie': 'É' }
for (const [name, expected] of Object.entries(cases)) {
  it(`writes ${expected} for “${name}”`, () => expect(initials(name)).toBe(expected))
}

it('keeps a person’s tone', () => {
  expect(toneOf('peer-1', 6)).toBe(toneOf('peer-1', 6))
  expect(toneOf('peer-1', 6)).toBeLessThan(6)
})
