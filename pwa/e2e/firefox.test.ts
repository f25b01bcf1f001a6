// Chromium and Firefox, each way round.
import { test } from 'vitest'
import { useHouse } from './support/house'
import { hasLetGo, hearsAndSees } from './support/media'
import type { Person } from './support/person'

const house = useHouse()

async function talk(caller: Person, callee: Person): Promise<void> {
  await caller.tap('call')
  await callee.is('ringing')
  await callee.tap('accept')
  await Promise.all([caller.is('connected'), callee.is('connected')])
  await Promise.all([hearsAndSees(caller), hearsAndSees(callee)])
}

async function part(ender: Person, other: Person): Promise<void> {
  await ender.tap('hangup')
  await other.is('ended')
  await Promise.all([hasLetGo(ender), hasLetGo(other)])
}

test('Firefox calls, Chromium answers; and the other way round in the same room', async () => {
  const server = await house.server()
  const fiona = await (await house.firefox(server, 'Fiona')).enter('valley')
  const carl = await (await house.chromium(server, 'Carl')).enter('valley')
  await talk(fiona, carl)
  await part(carl, fiona)
  await talk(carl, fiona)
  await part(fiona, carl)
})

test('Chromium calls first, and Firefox answers', async () => {
  const server = await house.server()
  const carl = await (await house.chromium(server, 'Carl')).enter('valley')
  const fiona = await (await house.firefox(server, 'Fiona')).enter('valley')
  await talk(carl, fiona)
  await part(fiona, carl)
})
