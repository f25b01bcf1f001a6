import { expect, it } from 'vitest'
import { checkName } from './name'

it('takes names of any script', () => {
  for (const name of ['Anna', '王小明', 'Ünal', '👩‍🚀', 'x'.repeat(64)]) expect(checkName(name)).toBeNull()
})

it('asks for one', () => expect(checkName('  ')).toBe('name-missing'))

it('refuses what the server would refuse', () => {
  for (const name of ['a\u0007b', 'a\u202eb', 'x'.repeat(65)]) expect(checkName(name)).toBe('name-invalid')
})
