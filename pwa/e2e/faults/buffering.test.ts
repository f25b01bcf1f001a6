// Proxies that hold streams back: the app finds out by measurement, takes another way, and comes back when it may.
import { expect, test } from 'vitest'
import { FaultProxy, type Match } from '../support/faultproxy'
import { useHouse } from '../support/house'
import { seconds } from '../support/measurements'
import { bufferingNginx } from '../support/nginx'
import type { Person } from '../support/person'
import { bothHear, bothTalk, bothWell, meet, nothingIsLost, pictureWentOn, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })
/** Often enough to find out soon; what is found out, and how, does not depend on it. */
const heartbeat = '--heartbeat=2s'
const holdBack = (match: Match) => ({ buffer: [{ match }] })

async function proxied() {
  const server = await house.server(heartbeat)
  const proxy = await FaultProxy.before(server)
  house.later(() => proxy.close())
  const [anna, ben] = await Promise.all([house.chromium(proxy, 'Anna'), house.chromium(proxy, 'Ben')])
  return { server, proxy, anna, ben }
}

const rung = (person: Person) => person.attribute('transport', 'data-rung')

async function travel(people: readonly Person[], by: string, timeoutMs?: number): Promise<number> {
  await Promise.all(people.map(person => person.takes(by, timeoutMs)))
  return Date.now()
}

/** From the tap until the other side rings. */
async function ringsAtOnce(anna: Person, ben: Person): Promise<number> {
  const began = Date.now()
  await anna.tap('call')
  await ben.is('ringing', 8_000)
  return Date.now() - began
}

const heldBack = [
  ['streams by GET', 'get-buffered', { class: ['get-stream'] }, 'post-stream'],
  ['every streamed body', 'all-buffered', { class: ['stream'] }, 'long-poll'],
] as const

test.each(heldBack)('a proxy holds back %s from the beginning: a call rings at once, and works', async (_, _scenario, match, by) => {
  const { proxy, anna, ben } = await proxied()
  await proxy.rules(holdBack(match))
  await meet(anna, ben)
  console.log(`it rang after ${seconds(await ringsAtOnce(anna, ben))}`)
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await travel([anna, ben], by)
  expect((await proxy.stats()).buffered, 'answers held back').toBeGreaterThan(0)
  await ben.tap('hangup')
  await anna.is('ended')
})

test.each(heldBack)('a proxy begins to hold back %s in mid-call, and stops: down the ladder and up again, twice, without a loss', async (_, scenario, match, by) => {
  const { server, proxy, anna, ben } = await proxied()
  await meet(anna, ben)
  const company = await talk(anna, ben, server)
  expect([await rung(anna), await rung(ben)]).toEqual(['sse', 'sse'])
  const began = Date.now()
  for (let times = 0; times < 2; times++) {
    await proxy.rules(holdBack(match))
    measured(scenario, await bothHear(company, Date.now()))
    bothTalk(company)
    await travel([anna, ben], by)
    await nothingIsLost(company)

    await proxy.rules({})
    const stopped = Date.now()
    bothTalk(company)
    // It would look again by itself in a minute; a sign that the network changed makes it look soon.
    for (const person of [anna, ben]) await person.window.evaluate(() => window.dispatchEvent(new Event('online')))
    measured('up-again', await travel([anna, ben], 'sse', 60_000) - stopped)
    await nothingIsLost(company)
  }
  await pictureWentOn(company, began)
  await bothWell(company, began)
})

test('a real nginx buffers all it can, whatever the headers say: they call, talk and hang up', async () => {
  const server = await house.server(heartbeat)
  const nginx = await bufferingNginx(server)
  house.later(() => nginx.close())
  const [anna, ben] = await Promise.all([house.chromium(nginx, 'Anna'), house.chromium(nginx, 'Ben')])
  await meet(anna, ben)
  measured('nginx', await ringsAtOnce(anna, ben))
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await travel([anna, ben], 'long-poll')
  await ben.tap('hangup')
  await anna.is('ended')
})
