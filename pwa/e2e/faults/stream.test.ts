// What is on its way is cut off: streams, and answers to what the server has done.
import { expect, test } from 'vitest'
import { FaultProxy } from '../support/faultproxy'
import { hasLetGo, hearsAndSees } from '../support/media'
import { useHouse } from '../support/house'
import { problemsShown, wasTold } from '../support/watch'
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
  /** A deed whose answer is dropped; twice if it is repeated, for a browser repeats by itself what a reset connection took. */
  const unanswered = async (path: string, deed: () => Promise<unknown>) => {
    await proxy.rules({ drop: [{ match: { method: 'POST', path }, how: 'rst', times: 2 }] })
    const { dropped: before } = await proxy.stats()
    const began = Date.now()
    await deed()
    measured('replies-dropped', Date.now() - began)
    expect((await proxy.stats()).dropped - before, `answers to ${path} that were dropped`).toBeGreaterThan(0)
  }
  await unanswered('/calls$', async () => {
    await anna.tap('call')
    await ben.is('ringing')
    await anna.is('calling')
  })
  await unanswered('/accept$', async () => {
    await ben.tap('accept')
    await Promise.all([anna.is('connected'), ben.is('connected')])
  })
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  await unanswered('/hangup$', async () => {
    await anna.tap('hangup')
    await Promise.all([anna.is('ended'), ben.is('ended')])
  })
  await Promise.all([hasLetGo(anna), hasLetGo(ben)])
  for (const person of [anna, ben]) expect(await problemsShown(person, 0), `problems that ${person.name} was shown`).toEqual([])
})
