import { describe, expect, test } from 'vitest'
import { Claim, claimsKey } from './claim'

const shared = () => {
  const items = new Map<string, string>()
  return { items, getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => void items.set(key, value), removeItem: (key: string) => void items.delete(key) }
}

describe('of two pages with one seat', () => {
  test('the later one has it, until the other is asked to take it back', () => {
    const storage = shared()
    const [first, second] = [new Claim(storage, 'page-1'), new Claim(storage, 'page-2')]
    first.make('ana')
    expect([first, second].map((page) => page.isLost('ana'))).toEqual([false, true])
    second.make('ana')
    expect([first, second].map((page) => page.isLost('ana'))).toEqual([true, false])
    first.make('ana')
    expect([first, second].map((page) => page.isLost('ana'))).toEqual([false, true])
  })

  test('neither is disturbed by somebody else in the same browser', () => {
    const storage = shared()
    const [ana, bo] = [new Claim(storage, 'page-1'), new Claim(storage, 'page-2')]
    ana.make('ana')
    bo.make('bo')
    expect([ana.isLost('ana'), bo.isLost('bo')]).toEqual([false, false])
  })
})

test('a seat that nobody claimed is not lost', () => {
  expect(new Claim(shared(), 'page-1').isLost('ana')).toBe(false)
  expect(new Claim(null, 'page-1').isLost('ana')).toBe(false)
})

test('what is kept does not grow for ever', () => {
  const storage = shared()
  for (let i = 0; i < 100; i++) new Claim(storage, `page-${i}`).make(`peer-${i}`)
  expect(storage.items.get(claimsKey)!.split(' ')).toHaveLength(16)
  expect(new Claim(storage, 'another').isLost('peer-99')).toBe(true)
})

test('where storage is forbidden, the server alone tells', () => {
  const forbidden = () => { throw new DOMException('no', 'SecurityError') }
  const claim = new Claim({ getItem: forbidden, setItem: forbidden, removeItem: forbidden }, 'page-1')
  claim.make('ana')
  expect(claim.isLost('ana')).toBe(false)
})
