// What the scenarios measured: a file each in .work/, so that the table can be made when all of them, in whichever
// process, are over.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evidenceDir } from '../support/paths'
import type { ScenarioName } from './scenarios'

const folder = join(evidenceDir, 'measured')

/** One recovery; a scenario may have several. */
export function measured(scenario: ScenarioName, ms: number): void {
  mkdirSync(folder, { recursive: true })
  appendFileSync(join(folder, scenario), `${Math.round(ms)}\n`)
  console.log(`recovered after ${seconds(ms)}`)
}

/** All of this run, in ms. */
export function measurements(): Map<string, number[]> {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return new Map(names.map(name => [name, readFileSync(join(folder, name), 'utf8').trim().split('\n').map(Number)]))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
