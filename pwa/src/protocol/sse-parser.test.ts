import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SseParser, type Frame } from './sse-parser'

const encode = (text: string) => new TextEncoder().encode(text)
const parse = (...chunks: (string | Uint8Array)[]): Frame[] => {
  const parser = new SseParser()
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? encode(chunk) : chunk))
}
const data = (...chunks: (string | Uint8Array)[]) => parse(...chunks).map((frame) => frame.data)

describe('lines', () => {
  test.each([['LF', '\n'], ['CR', '\r'], ['CRLF', '\r\n']])('end with %s', (_, end) => {
    expect(data(`data: a${end}data: b${end}${end}data: c${end}${end}`)).toEqual(['a\nb', 'c'])
  })

  test('of all three kinds in one stream', () => {
    expect(data('data:1\rdata:2\ndata:3\r\n\ndata:4\r\r\ndata:5\n\r')).toEqual(['1\n2\n3', '4', '5'])
  })

  test('an event is complete with the CR, whatever follows', () => {
    expect(data('data: a\r', '\r')).toEqual(['a'])
    expect(data('data: a\r\n\r')).toEqual(['a'])
  })

  test('CR and LF of one line end may come apart', () => {
    expect(data('data: a\r', '\ndata: b\r', '\n\r', '\ndata: c\r\n', '\r\n')).toEqual(['a\nb', 'c'])
  })

  test('a chunk without a byte between CR and LF changes nothing', () => {
    expect(data('data: a\r', '', '\ndata: b\r\n\r\n')).toEqual(['a\nb'])
  })

  test('what other programs call line ends is text', () => {
    expect(data('data: a\u2028b\u0085c\vd\n\n')).toEqual(['a\u2028b\u0085c\vd'])
  })
})

describe('data', () => {
  test('of several lines is joined by LF', () => {
    expect(data('data\ndata\n\n', 'data: 1\ndata:\ndata: 2\n\n')).toEqual(['\n', '1\n\n2'])
  })

  test('only one space after the colon belongs to the form', () => {
    expect(data('data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\ndata: e:f\n\n')).toEqual(['a', 'b', ' c', '\td', 'e:f'])
  })

  test('empty data is an event, no data is none', () => {
    expect(data('data:\n\n', 'event: x\n\n', 'id: 1\n\n', '\n\n', 'data\n\n')).toEqual(['', ''])
  })

  test('what has not ended with an empty line is not told', () => {
    expect(data('data: a\n\ndata: b\n')).toEqual(['a'])
    expect(data('data: a\n\ndata: b')).toEqual(['a'])
  })

  test('NUL in it is text', () => {
    expect(data('data: a\0b\n\n')).toEqual(['a\0b'])
  })
})

describe('fields', () => {
  test('unknown ones, wrong case, leading space and comments are passed over', () => {
    expect(data(':\n:x\n: data: no\nDATA: no\n data: no\nfoo: no\ndatax: no\ndata : no\nretry: 3000\nretry: x\ndata: yes\n\n')).toEqual(['yes'])
  })

  test('the type is of one event, and the last one wins', () => {
    expect(parse('event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent: c\n\ndata: 3\n\nevent:\ndata: 4\n\n').map(({ type }) => type))
      .toEqual(['b', 'message', 'message', 'message'])
  })

  test('the id stays until there is another, and one with NUL is none', () => {
    expect(parse('id: 1\ndata: a\n\ndata: b\n\nid: 2\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n').map(({ lastEventId }) => lastEventId))
      .toEqual(['1', '1', '2', ''])
  })
})

describe('characters', () => {
  test('a byte order mark is dropped once, at the beginning', () => {
    expect(data('\ufeffdata: a\n\n')).toEqual(['a'])
    expect(data('\ufeff\ufeffdata: a\n\ndata: b\n\n')).toEqual(['b'])
    expect(data('data: a\n\n\ufeffdata: b\n\n')).toEqual(['a'])
    expect(data(Uint8Array.of(0xef), Uint8Array.of(0xbb), Uint8Array.of(0xbf), 'data: a\n\n')).toEqual(['a'])
  })

  test('may come in pieces', () => {
    const bytes = encode('data: 您好 👋\n\n')
    expect(data(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['您好 👋'])
  })

  test('what is not UTF-8 becomes U+FFFD and spoils nothing else', () => {
    expect(data('data: a', Uint8Array.of(0xff, 0xc3), '\n\ndata: b\n\n')).toEqual(['a\ufffd\ufffd', 'b'])
  })
})

test('a prelude and a long event come through', () => {
  const long = JSON.stringify({ sdp: 'v=0\r\n'.repeat(10_000) })
  expect(data(`:${' '.repeat(2_048)}\n\n`, `event: offer\nid: e-1\ndata: ${long}\n\n`)).toEqual([long])
})

test('wherever it is cut, it reads the same', () => {
  const piece = fc.constantFrom('data', 'event', 'id', ':', ' ', '\n', '\r', '\r\n', '\n\n', 'x', 'é', '您', '👋', '\ufeff', 'data: a\n\n', 'id: 7\ndata: b\r\n\r\n')
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(5), { maxLength: 60 }), (pieces, sizes) => {
    const bytes = encode(pieces.join(''))
    const chunks: Uint8Array[] = []
    let at = 0
    for (const size of sizes) {
      chunks.push(bytes.subarray(at, at + size))
      at += size
    }
    expect(parse(...chunks, bytes.subarray(at))).toEqual(parse(bytes))
  }))
})
