// How long people wait from the tap on Accept until they see each other. All clocks are of one machine.
import type { Person } from './person'
import { until } from './until'

declare global {
  /** ms since 1970: when Accept was tapped last, and when each remote video element showed its first picture. */
  var waiting: { tapped: number, pictures: number[] } | undefined
}

/** To be run in a page before its own scripts. */
export function timeFirstFrame(): void {
  const waiting = { tapped: 0, pictures: [] as number[] }
  globalThis.waiting = waiting
  const seen = new WeakSet<Element>()
  const look = () => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-testid=remote-video]')) {
      if (seen.has(video)) continue
      seen.add(video)
      video.requestVideoFrameCallback(now => waiting.pictures.push(performance.timeOrigin + now))
    }
  }
  addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-testid=accept]')) waiting.tapped = performance.timeOrigin + event.timeStamp
  }, true)
  new MutationObserver(look).observe(document, { childList: true, subtree: true })
}

const waitOf = (person: Person) => person.window.evaluate(() => globalThis.waiting ?? { tapped: 0, pictures: [] })

/** From the callee's tap until both see a picture, in ms. */
export async function firstFrame(caller: Person, callee: Person): Promise<number> {
  const { tapped } = await waitOf(callee)
  const pictures = await Promise.all([caller, callee].map(async (person) => {
    const { pictures } = await until(`${person.name} sees a first picture`, () => waitOf(person), ({ pictures }) => pictures.some(at => at > tapped))
    return pictures.find(at => at > tapped)!
  }))
  return Math.max(...pictures) - tapped
}
