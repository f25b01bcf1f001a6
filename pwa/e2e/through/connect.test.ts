// The only way out is a proxy that allows CONNECT to port 443: no UDP, no names, no route. They see and hear each other,
// nearly as soon as people with nothing between them.
import { expect, test } from 'vitest'
import { useHouse } from '../support/house'
import type { Person } from '../support/person'
import { median } from '../support/measurements'
import { relayByTLS } from '../support/relay'
import { bufferingFront } from './front'
import { call, goes, hangUp, measured, throughTCP, Town } from './town'

const house = useHouse()
const calls = 7
/** A first call finds everything cold: browsers, connections, the machine itself. */
const warmUp = 1
const timesDirect = 1.5

async function meet(people: readonly [Person, Person]): Promise<readonly [Person, Person]> {
  await Promise.all(people.map(person => person.enter('valley')))
  return people
}

async function talk(what: string, [caller, callee]: readonly [Person, Person]): Promise<void> {
  await meet([caller, callee])
  measured(what, await call(caller, callee))
}

test('two in an office wait little longer for a picture than two at home', async () => {
  const town = await Town.build(house)
  const clerks = await meet([await town.clerk('Anna'), await town.clerk('Ben')])
  expect(await town.leadsOut(), 'routes of the desks that lead to the server').toEqual([])
  const residents = [await town.resident('Cleo'), await town.resident('Dan')] as const
  await Promise.all(residents.map(person => person.enter('hill')))
  const times = { connect: [] as number[], direct: [] as number[] }
  for (let done = 0; done < warmUp + calls; done++) {
    for (const [way, [caller, callee], paths] of [['connect', clerks, throughTCP], ['direct', residents, ['direct']]] as const) {
      const waited = await call(caller, callee)
      if (done >= warmUp) times[way].push(waited)
      for (const person of [caller, callee]) await goes(person, paths)
      await hangUp(caller, callee)
    }
  }
  const [connect, direct] = [median(times.connect), median(times.direct)]
  measured('nothing between', direct)
  measured('squid, CONNECT to 443', connect)
  expect(connect / direct, 'times what a direct call takes').toBeLessThan(timesDirect)
})

test('event streams do not get through at all', async () => {
  const town = await Town.build(house, '--heartbeat=2s', '--turn-host=10.77.0.1:443')
  await bufferingFront(town)
  const people = [await town.clerk('Anna'), await town.clerk('Ben')] as const
  await talk('the same, and a front that holds streams back', people)
  for (const person of people) await goes(person, throughTCP)
  for (const person of people) await person.takes('long-poll')
})

test('the proxy wants a name and a password', async () => {
  const town = await Town.build(house)
  const [username, password] = ['clerk', 'larch and stone']
  await town.open({ user: { name: username, password } })
  const people = [await town.clerk('Anna', { login: { username, password } }), await town.clerk('Ben', { login: { username, password } })] as const
  await talk('the same, with basic auth', people)
  for (const person of people) await goes(person, throughTCP)
})

test('Firefox calls Chromium', async () => {
  const town = await Town.build(house)
  const people = [await town.clerkWithFirefox('Fiona'), await town.clerk('Carl')] as const
  await talk('the same, Firefox calls Chromium', people)
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
  await talk('squid, CONNECT to 443, relay by turns: alone', people)
  for (const person of people) await goes(person, ['relay-tls'])
})
