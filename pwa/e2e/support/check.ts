// What the page /check says.
import type { Person } from './person'
import { until } from './until'

/** What the page says of each way once it has come to a verdict. */
export async function visit(person: Person, url: string): Promise<{ code: string, states: Record<string, string> }> {
  await person.window.goto(`${url}/check`)
  const code = await until(`${person.name} reads a verdict`, () => person.attribute('verdict', 'data-code'), seen => seen !== null, 30_000)
  return { code: code!, states: await states(person) }
}

export function states(person: Person): Promise<Record<string, string>> {
  return person.window.evaluate(() => Object.fromEntries(Array.from(document.querySelectorAll<HTMLElement>('li[data-testid^=check-]'), ({ dataset }) => [dataset['testid']!.slice('check-'.length), dataset['state']!])))
}
