// Firefox and Chromium in a call: streams are cut, and the server dies.
import { expect, test } from 'vitest'
import { FaultProxy } from '../support/faultproxy'
import { useHouse } from '../support/house'
import { bothHear, bothTalk, bothWell, meet, nothingIsLost, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })

test('Firefox calls Chromium; their streams are cut, and the server is killed and restarted', async () => {
  const server = await house.server()
  const proxy = await FaultProxy.before(server)
  house.later(() => proxy.close())
  const [fiona, carl] = await Promise.all([house.firefox(proxy, 'Fiona'), house.chromium(proxy, 'Carl')])
  await meet(fiona, carl)
  const company = await talk(fiona, carl, server)
  const began = Date.now()
  bothTalk(company)
  for (let times = 0; times < 3; times++) {
    expect(await proxy.cut({ class: ['stream'] }, 'rst'), 'streams cut').toBe(2)
    measured('firefox', await bothHear(company, Date.now()))
  }
  await server.kill()
  await server.start()
  const restarted = Date.now()
  measured('firefox', await bothHear(company, restarted))
  await bothWell(company, began)
  await nothingIsLost(company)
})
