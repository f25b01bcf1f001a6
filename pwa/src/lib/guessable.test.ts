import { expect, it } from 'vitest'
import { isGuessable } from './guessable'

for (const room of ['a', 'test', 'room1', 'Room-12', 'family', 'team-standup', 'anna-and-bob', 'meeting2026', '123456', '20261231', 'wangxiaoming', 'hello-world', 'aaaaaaaaaaaaaaaaaaaa', 'yodel-test-room']) {
  it(`warns of ${room}`, () => expect(isGuessable(room)).toBe(true))
}

for (const room of ['x7Kq2mPz9RtW', '018f3c1e-7b2a-7c3d-9e4f-5a6b7c8d9e0f', 'kolun-tadir-mobez-sapik', 'bcd-fghj-klmn-pqrs-tvw', 'Zq4nL8vX1sKd']) {
  it(`is content with ${room}`, () => expect(isGuessable(room)).toBe(false))
}
