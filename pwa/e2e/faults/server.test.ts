// The server freezes or dies, at every moment of a call.
import { describe, expect, test } from 'vitest'
import type { ChromiumPerson } from '../support/chromium'
import { useHouse } from '../support/house'
import type { Server } from '../support/server'
import { pause, until, within } from '../support/until'
import { sights } from '../support/watch'
import { bothHear, bothTalk, bothWell, meet, nothingIsLost, pictureWentOn, ring, speaking, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })
const frozenMs = 20_000

async function two(server: Server): Promise<[ChromiumPerson, ChromiumPerson]> {
  const [anna, ben] = await Promise.all([house.chromium(server, 'Anna'), house.chromium(server, 'Ben')])
  await meet(anna, ben)
  return [anna, ben]
}

test('the server freezes for 20 s: the picture goes on, and what was said meanwhile arrives', async () => {
  const server = await house.server()
  const company = await talk(...await two(server), server)
  const { anna, ben, annasWords } = company
  const began = Date.now()
  server.freeze()
  annasWords.talk(1_000)
  await anna.tap('toggle-mic')
  await pause(frozenMs)
  for (const person of [anna, ben]) {
    expect((await sights(person, began)).map(({ state }) => state).filter(state => state !== 'connected'), `what else ${person.name} was told`).toEqual([])
  }
  server.thaw()
  const thawed = Date.now()
  measured('server-frozen', await bothHear(company, thawed))
  await until('Ben sees that Anna is muted', () => ben.attribute('remote-name', 'data-muted'), muted => muted === 'true')
  await bothWell(company, thawed)
  await pictureWentOn(company, began)
  await nothingIsLost(company)
})

test('the server is killed and restarted while it rings: it goes on ringing, and the answer counts', async () => {
  const server = await house.server()
  const [anna, ben] = await two(server)
  await ring(anna, ben)
  const began = Date.now()
  await server.kill()
  await server.start()
  const restarted = Date.now()
  await ben.tap('accept')
  measured('killed-ringing', await bothWell({ anna, ben }, restarted))
  expect(new Set((await sights(anna, began)).map(({ state }) => state)), 'what Anna was told').toEqual(new Set(['calling', 'connecting', 'connected']))
  const company = await speaking(anna, ben, server)
  await nothingIsLost(company)
})

test('the server is killed while it rings and nobody answers: the call ends by the clock of its beginning', async () => {
  const server = await house.server('--ring-timeout=8s')
  const [anna, ben] = await two(server)
  await ring(anna, ben)
  const began = Date.now()
  await pause(3_000)
  await server.kill()
  await server.start()
  await Promise.all([anna.is('ended'), ben.is('ended')])
  expect(Date.now() - began, 'ms until it rang no more').toBeGreaterThan(6_000)
  expect(Date.now() - began, 'ms until it rang no more').toBeLessThan(10_000)
  await Promise.all([anna.reads('call-status', 'No answer.'), ben.reads('call-status', 'You missed a call.')])
})

/** Kills the server the moment it has answered such a request of somebody's. */
function killAfter(server: Server, person: ChromiumPerson, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let killing = false
    person.page.on('response', (response) => {
      if (killing || response.request().method() !== 'POST' || !new URL(response.url()).pathname.endsWith(path)) return
      killing = true
      server.kill().then(resolve, reject)
    })
  })
}

describe('the server is killed and restarted while a call is being set up', () => {
  test.each([
    ['accept was answered', 'Ben', '/accept'],
    ['the offer was posted', 'Anna', '/messages'],
    ['the answer was posted', 'Ben', '/messages'],
  ])('the moment %s', async (_, who, path) => {
    const server = await house.server()
    const [anna, ben] = await two(server)
    await ring(anna, ben)
    const killed = killAfter(server, who === 'Anna' ? anna : ben, path)
    await ben.tap('accept')
    await within('the server is killed', killed)
    await server.start()
    const restarted = Date.now()
    measured('killed-negotiating', Math.max(0, await bothWell({ anna, ben }, restarted)))
    const company = await speaking(anna, ben, server)
    await bothHear(company, restarted)
    await nothingIsLost(company)
  })
})

test('the server is killed and restarted three times while they talk', async () => {
  const server = await house.server()
  const company = await talk(...await two(server), server)
  const began = Date.now()
  for (let times = 0; times < 3; times++) {
    bothTalk(company)
    await server.kill()
    await server.start()
    const restarted = Date.now()
    measured('killed-talking', await bothHear(company, restarted))
    await bothWell(company, restarted)
    await nothingIsLost(company)
  }
  await pictureWentOn(company, began)
})

test('a server that keeps nothing is killed and restarted while they talk: they talk on', async () => {
  const server = await house.server('--data-dir=none')
  const { anna, ben } = await talk(...await two(server), server)
  const began = Date.now()
  await server.kill()
  await server.start()
  const restarted = Date.now()
  const well = await bothWell({ anna, ben }, restarted)
  const company = await speaking(anna, ben, server)
  measured('killed-no-journal', Math.max(well, await bothHear(company, restarted)))
  await pictureWentOn(company, began)
  await anna.tap('hangup')
  await ben.is('ended')
})
