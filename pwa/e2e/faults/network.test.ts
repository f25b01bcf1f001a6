// The network changes under a call, in network namespaces: a browser's only link moves, goes away, or lets no media through.
import { expect, test } from 'vitest'
import { useHouse } from '../support/house'
import { turnIn } from '../support/turn'
import { pause, until } from '../support/until'
import { hiccupLooks, longestStill, sights, wasTold } from '../support/watch'
import { bothHear, bothTalk, bothWell, meet, nothingIsLost, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })
const changes = 4
const interruptions = 3
const offlineMs = 5_000
const blockedMs = 8_000

async function roaming(way: 'direct' | 'relay-only' | 'relayed inside', ...flags: string[]) {
  const network = await house.network()
  if (way === 'relay-only') {
    const turn = await turnIn(network)
    house.later(() => turn.close())
    flags.push(...turn.flags)
  }
  if (way !== 'direct') await network.keepPeopleApart()
  const server = await house.serverIn(network, ...flags)
  const [first, second] = [await network.roamer(), await network.roamer()]
  const [anna, ben] = await Promise.all([house.chromiumOf(first, server, 'Anna'), house.chromiumOf(second, server, 'Ben')])
  await meet(anna, ben)
  const company = await talk(anna, ben, null)
  const path = way === 'direct' ? 'direct' : 'relay-udp'
  await until('the path is known', () => anna.attribute('path', 'data-path'), seen => seen === path)
  return { network, server, first, company }
}

test.each([['direct', 'moved-direct'], ['relay-only', 'moved-relay']] as const)('Wi-Fi to mobile and back, %s', async (way, scenario) => {
  const { first, company } = await roaming(way)
  for (let times = 0; times < changes; times++) {
    await first.move()
    const moved = Date.now()
    measured(scenario, await bothWell(company, moved, 30_000))
    expect(await longestStill(company.anna, moved), 'looks at a picture that stood still').toBeGreaterThan(hiccupLooks)
    await bothHear(company, moved)
  }
  await nothingIsLost(company)
})

test('the server that relays is killed and restarted: the picture moves again', async () => {
  const { server, company } = await roaming('relayed inside')
  for (let times = 0; times < interruptions; times++) {
    bothTalk(company)
    await server.kill()
    await server.start()
    const restarted = Date.now()
    measured('killed-relaying', await bothWell(company, restarted, 30_000))
    await bothHear(company, restarted)
    await nothingIsLost(company)
  }
})

test('no network at all for 5 s, and back', async () => {
  const { first, company } = await roaming('direct')
  const { anna } = company
  for (let times = 0; times < interruptions; times++) {
    const began = Date.now()
    await first.disconnect()
    bothTalk(company)
    await pause(offlineMs)
    expect(await anna.window.evaluate(() => navigator.onLine), 'what Anna’s browser thinks of the network').toBe(false)
    expect(await wasTold(anna, began, ({ state }) => state === 'reconnecting'), 'Anna was told that it is reconnecting').toBe(true)
    await first.connect('wifi')
    measured('offline', await bothWell(company, Date.now(), 30_000))
    await nothingIsLost(company)
  }
})

test('UDP is blocked in mid-call: picture and sound go on over TCP', async () => {
  const { network, company } = await roaming('direct')
  await network.block(true)
  bothTalk(company)
  const blocked = Date.now()
  measured('udp-blocked', await bothWell(company, blocked, 30_000))
  for (const person of [company.anna, company.ben]) {
    await until(`the path of ${person.name}`, () => person.attribute('path', 'data-path'), seen => seen === 'relay-tcp')
  }
  await bothHear(company, blocked)
  await nothingIsLost(company)
})

test('media is blocked for 8 s while signaling goes on: both are told, and it comes back', async () => {
  const { network, company } = await roaming('direct', '--turn=off') // else it would find a way
  for (let times = 0; times < interruptions; times++) {
    const began = Date.now()
    await network.block(true)
    bothTalk(company)
    await pause(blockedMs)
    for (const person of [company.anna, company.ben]) {
      const seen = (await sights(person, began)).filter(({ at }) => at > began + blockedMs / 2)
      expect(new Set(seen.map(({ state }) => state)), `what ${person.name} was told in the second half`).toEqual(new Set(['reconnecting']))
    }
    await network.block(false)
    measured('media-blocked', await bothWell(company, Date.now(), 30_000))
    await nothingIsLost(company)
  }
})
