// What tests measured: a file for each thing in a folder of .work/, so that a table can be made when all of them, in
// whichever process, are over.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evidenceDir } from './paths'

const at = (kind: string) => join(evidenceDir, 'measured', kind)

/** One line more about a thing. */
export function note(kind: string, thing: string, line: string): void {
  mkdirSync(at(kind), { recursive: true })
  appendFileSync(join(at(kind), thing), `${line}\n`)
}

/** All lines of this run, by thing. */
export function notes(kind: string): Map<string, string[]> {
  const things = existsSync(at(kind)) ? readdirSync(at(kind)) : []
  return new Map(things.map(thing => [thing, readFileSync(join(at(kind), thing), 'utf8').trim().split('\n')]))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
