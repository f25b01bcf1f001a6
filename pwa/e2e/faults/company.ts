// What every scenario begins with: two people in a call, each hearing what the other says meanwhile; and what it ends with.
import { expect } from 'vitest'
import { hearsAndSees } from '../support/media'
import type { Person } from '../support/person'
import { Speaker } from '../support/speaker'
import { isWell, longestStill, problemsShown } from '../support/watch'

export interface Company {
  anna: Person
  ben: Person
  /** What Anna says, Ben hears; and the other way round. */
  annasWords: Speaker
  bensWords: Speaker
}

export async function meet(anna: Person, ben: Person): Promise<void> {
  await Promise.all([anna.enter('valley'), ben.enter('valley')])
}

export async function ring(anna: Person, ben: Person): Promise<void> {
  await anna.tap('call')
  await ben.is('ringing')
}

/** Both are in the room; Anna calls, Ben answers, and both see and hear each other. `server`: where words are posted; by the pages if null. */
export async function talk(anna: Person, ben: Person, server: { url: string } | null): Promise<Company> {
  await ring(anna, ben)
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  await Promise.all([anna.is('connected'), ben.is('connected')])
  return speaking(anna, ben, server)
}

export async function speaking(anna: Person, ben: Person, server: { url: string } | null): Promise<Company> {
  const [annasWords, bensWords] = await Promise.all([Speaker.from(anna, ben, server), Speaker.from(ben, anna, server)])
  return { anna, ben, annasWords, bensWords }
}

/** How long from `since` until both see the picture move and are told nothing else; and nobody was shown a problem on the way. */
export async function bothWell({ anna, ben }: Pick<Company, 'anna' | 'ben'>, since: number, timeoutMs?: number): Promise<number> {
  const times = await Promise.all([isWell(anna, since, timeoutMs), isWell(ben, since, timeoutMs)])
  for (const person of [anna, ben]) expect(await problemsShown(person, since), `problems that ${person.name} was shown`).toEqual([])
  return Math.max(...times) - since
}

/** How long from `since` until each heard a word that was said after it. */
export async function bothHear({ annasWords, bensWords }: Company, since: number, timeoutMs?: number): Promise<number> {
  return Math.max(...await Promise.all([annasWords.told(timeoutMs), bensWords.told(timeoutMs)])) - since
}

export function bothTalk({ annasWords, bensWords }: Company): void {
  annasWords.talk()
  bensWords.talk()
}

/** Of what both said, each word was heard once and in order. */
export async function nothingIsLost({ annasWords, bensWords }: Company): Promise<void> {
  await Promise.all([annasWords.everythingIsHeard(), bensWords.everythingIsHeard()])
}

/** Ten looks are a second: what is less nobody talks about. */
const noticeableLooks = 10

export async function pictureWentOn({ anna, ben }: Company, since: number): Promise<void> {
  for (const person of [anna, ben]) expect(await longestStill(person, since), `looks for which the picture of ${person.name} stood still`).toBeLessThan(noticeableLooks)
}
