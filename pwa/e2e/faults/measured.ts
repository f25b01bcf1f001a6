// What the scenarios measured.
import { note, notes, seconds } from '../support/measurements'
import type { ScenarioName } from './scenarios'

const kind = 'faults'

/** One recovery; a scenario may have several. */
export function measured(scenario: ScenarioName, ms: number): void {
  note(kind, scenario, String(Math.round(ms)))
  console.log(`recovered after ${seconds(ms)}`)
}

/** All of this run, in ms. */
export function measurements(): Map<string, number[]> {
  return new Map(Array.from(notes(kind), ([scenario, lines]) => [scenario, lines.map(Number)]))
}
