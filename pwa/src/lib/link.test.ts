import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRoomInput, roomLink } from './link'

describe('what is typed or pasted into the room field', () => {
  const understood: Record<string, string> = {
    'alm-hut': 'alm-hut',
    '  alm-hut \n': 'alm-hut',
    'https://yodel.example/r/abc?name=Anna': 'abc',
    'https://yodel.example/r/abc#top': 'abc',
    'http://192.168.1.7:8443/r/A_b-9/': 'A_b-9',
    'yodel.example/r/abc': 'abc',
    '/r/abc': 'abc',
    'r/abc': 'abc',
    'Call me: https://yodel.example/r/abc please': 'abc',
    'https://yodel.example/r/%61bc': 'abc',
  }
  for (const [text, room] of Object.entries(understood)) {
    it(`takes “${text.trim()}” for ${room}`, () => expect(parseRoomInput(text)).toEqual({ kind: 'room', room }))
  }

  it('knows an empty field', () => expect(parseRoomInput('  ')).toEqual({ kind: 'empty' }))

  for (const text of ['my room', 'café', 'a'.repeat(65), 'https://yodel.example/', 'https://yodel.example/r/a%2Fb', 'https://yodel.example/r/%zz', '房间']) {
    it(`refuses “${text.slice(0, 40)}”`, () => expect(parseRoomInput(text)).toEqual({ kind: 'invalid' }))
  }

  it('reads back every link it makes', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), room => {
      expect(parseRoomInput(`${roomLink(room, 'https://yodel.example')}?name=x`)).toEqual({ kind: 'room', room })
    }))
  })

  it('never throws, and never lets a wrong room id through', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => {
      const parsed = parseRoomInput(text)
      if (parsed.kind === 'room') expect(parsed.room).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    }))
  })
})
