// Whatever stands between people and the server: events come, by one way or another, and a call is set up. Only the
// signaling goes through it here; between two browsers of one machine picture and sound go past it.
import { expect, test } from 'vitest'
import { meet } from '../faults/company'
import { timeFirstFrame } from '../support/firstframe'
import { useHouse } from '../support/house'
import { median } from '../support/measurements'
import { Speaker } from '../support/speaker'
import { settledOn } from '../support/watch'
import { putBetween } from './between'
import { matrix, rowNames } from './matrix'
import { noteRow } from './measured'
import { call, hangUp } from './town'

const house = useHouse({ watched: true })
const words = 11

test.each(rowNames)('%s', async (name) => {
  const { rung } = matrix[name]
  const { url, server, options = {}, via } = await putBetween[name](house)
  const [anna, ben] = await Promise.all(['Anna', 'Ben'].map(each => house.chromium({ url }, each, { ...options, scripts: [timeFirstFrame] })))
  await meet(anna!, ben!)
  if (via) expect(await ben!.window.evaluate(async () => (await fetch('/healthz')).headers.get('via'))).toMatch(via)
  const waited = await call(anna!, ben!)
  expect(await Promise.all([settledOn(anna!), settledOn(ben!)]), 'where events come from at last').toEqual([rung, rung])

  const speaker = await Speaker.from(anna!, ben!, server)
  const late: number[] = []
  for (let said = 0; said < words; said++) {
    const posted = Date.now()
    late.push(await speaker.told() - posted)
  }
  await speaker.everythingIsHeard()
  expect(await ben!.attribute('transport', 'data-rung'), 'where they come from after that').toBe(rung)
  await hangUp(anna!, ben!)
  noteRow(name, { lateMs: median(late), waitedMs: waited })
})
