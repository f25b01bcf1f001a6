// People whose only way out is squid see each other nearly as soon as people with nothing between them. Runs alone.
import { expect, test } from 'vitest'
import { useHouse } from '../support/house'
import { median } from '../support/measurements'
import { call, goes, hangUp, measured, throughTCP, Town } from './town'

const house = useHouse()
const calls = 7
/** A first call finds everything cold: browsers, connections, the machine itself. */
const warmUp = 1
const timesDirect = 1.5

test('two in an office wait little longer for a picture than two at home', async () => {
  const town = await Town.build(house)
  const clerks = [await town.clerk('Anna'), await town.clerk('Ben')] as const
  const residents = [await town.resident('Cleo'), await town.resident('Dan')] as const
  await Promise.all([...clerks.map(person => person.enter('valley')), ...residents.map(person => person.enter('hill'))])
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
