// The only way out is a proxy that allows CONNECT to port 443: no UDP, no names, no route. They see and hear each other.
import { expect, test } from 'vitest'
import { useHouse } from '../support/house'
import { received } from '../support/media'
import type { Person } from '../support/person'
import { relayByTLS } from '../support/relay'
import { pause, until } from '../support/until'
import { bufferingFront } from './heldback'
import { call, goes, measured, throughTCP, Town } from './town'

const house = useHouse()
/** Ten times what media takes that finds a way. */
const hopelessMs = 5_000

async function talk(what: string, [caller, callee]: readonly [Person, Person]): Promise<void> {
  await Promise.all([caller.enter('valley'), callee.enter('valley')])
  measured(what, await call(caller, callee))
}

test('both are in the office', async () => {
  const town = await Town.build(house)
  const people = [await town.clerk('Anna'), await town.clerk('Ben')] as const
  expect(await town.leadsOut(), 'desks from which a route leads to the server').toEqual([])
  await talk('squid, CONNECT to 443', people)
  for (const person of people) await goes(person, throughTCP)
})

test('event streams do not get through at all', async () => {
  const town = await Town.build(house, '--heartbeat=2s', '--turn-host=10.77.0.1:443')
  await bufferingFront(town)
  const people = [await town.clerk('Anna'), await town.clerk('Ben')] as const
  await talk('squid, and a front that holds streams back', people)
  for (const person of people) await goes(person, throughTCP)
  for (const person of people) await person.takes('long-poll')
})

test('the proxy wants a name and a password', async () => {
  const town = await Town.build(house)
  const [username, password] = ['clerk', 'larch and stone']
  await town.open({ user: { name: username, password } })
  const people = [await town.clerk('Anna', { login: { username, password } }), await town.clerk('Ben', { login: { username, password } })] as const
  await talk('squid that wants a password', people)
  for (const person of people) await goes(person, throughTCP)
})

test('Firefox calls Chromium', async () => {
  const town = await Town.build(house)
  const people = [await town.clerkWithFirefox('Fiona'), await town.clerk('Carl')] as const
  await talk('squid, Firefox calls Chromium', people)
  for (const person of people) await goes(person, throughTCP)
})

test('one of the two is at home, where UDP gets through', async () => {
  const town = await Town.build(house)
  const [anna, ben] = [await town.resident('Anna'), await town.clerk('Ben')]
  await talk('squid on one side, UDP on the other', [anna, ben])
  await goes(anna, ['relay-udp'])
  await goes(ben, throughTCP)
})

test('no proxy, but UDP is dropped without a word', async () => {
  const town = await Town.build(house)
  await town.network.block(true)
  const people = [await town.resident('Anna'), await town.resident('Ben')] as const
  await talk('no proxy, UDP dropped without a word', people)
  for (const person of people) await goes(person, throughTCP)
})

test('nothing but `turns:` is left', async () => {
  const town = await Town.build(house)
  const people = [await town.clerk('Anna', { scripts: [relayByTLS] }), await town.clerk('Ben', { scripts: [relayByTLS] })] as const
  await talk('squid, relayed by turns: alone', people)
  for (const person of people) await goes(person, ['relay-tls'])
})

test('the proxy looks into TLS: people ring and answer, all that they say arrives, and media finds no way', async () => {
  const town = await Town.build(house)
  await town.openWithInspection()
  const [anna, ben] = [await town.clerk('Anna'), await town.clerk('Ben')]
  await Promise.all([anna.enter('valley'), ben.enter('valley')])
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  for (const person of [anna, ben]) await until(`${person.name} has agreed on a session`, () => sessions(person), states => states.join() === 'agreed')
  await pause(hopelessMs)
  for (const person of [anna, ben]) expect(await received(person), `what reaches ${person.name}`).toMatchObject({ connections: 1, framesDecoded: 0, audioPackets: 0 })
})

/** Of each connection whether its negotiation is over. */
function sessions(person: Person): Promise<string[]> {
  return person.window.evaluate(() => (globalThis.__yodel?.peerConnections() ?? [])
    .map(({ signalingState, currentRemoteDescription }) => signalingState === 'stable' && currentRemoteDescription ? 'agreed' : signalingState))
}
