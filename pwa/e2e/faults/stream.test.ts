// What is on its way is cut off: streams, and answers to what the server has done.
import { expect, test } from 'vitest'
import { FaultProxy } from '../support/faultproxy'
import { hasLetGo } from '../support/media'
import { useHouse } from '../support/house'
import { wasTold } from '../support/watch'
import { bothHear, bothTalk, bothWell, meet, nothingIsLost, pictureWentOn, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })

async function behindProxy() {
  const server = await house.server()
  const proxy = await FaultProxy.before(server)
  house.later(() => proxy.close())
  const [anna, ben] = await Promise.all([house.chromium(proxy, 'Anna'), house.chromium(proxy, 'Ben')])
  await meet(anna, ben)
  return { server, proxy, anna, ben }
}

test('the event stream is cut ten times during a call', async () => {
  const { server, proxy, anna, ben } = await behindProxy()
  const company = await talk(anna, ben, server)
  const began = Date.now()
  bothTalk(company)
  for (let times = 0; times < 10; times++) {
    expect(await proxy.cut({ class: ['stream'] }, times % 2 === 0 ? 'rst' : 'fin'), 'streams cut').toBe(2)
    measured('stream-cut', await bothHear(company, Date.now()))
  }
  await nothingIsLost(company)
  await pictureWentOn(company, began)
  await bothWell(company, began)
  for (const person of [anna, ben]) expect(await wasTold(person, began, ({ searching }) => searching), `whether ${person.name} was told of it`).toBe(false)
})

test('the answers to call, accept and hang up are dropped after the server has acted', async () => {
  const { proxy, anna, ben } = await behindProxy()
  // Twice each: a browser repeats a request by itself where a connection that it used before is reset.
  const drop = ['/calls$', '/accept$', '/hangup$'].map(path => ({ match: { method: 'POST', path }, how: 'rst', times: 2 } as const))
  await proxy.rules({ drop })
  const dropped = async () => (await proxy.stats())['dropped']
  let began = Date.now()
  await anna.tap('call')
  await ben.is('ringing')
  await anna.is('calling')
  measured('replies-dropped', Date.now() - began)
  began = Date.now()
  await ben.tap('accept')
  measured('replies-dropped', await bothWell({ anna, ben }, began))
  began = Date.now()
  await anna.tap('hangup')
  await Promise.all([anna.is('ended'), ben.is('ended')])
  measured('replies-dropped', Date.now() - began)
  await Promise.all([hasLetGo(anna), hasLetGo(ben)])
  expect(await dropped(), 'answers that were dropped').toBe(6)
})
