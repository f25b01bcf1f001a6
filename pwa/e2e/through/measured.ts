// What these tests measured, for the tables.
import { median, note, notes } from '../support/measurements'
import type { RowName } from './matrix'

const kind = 'proxies'

/** How late events come, and how long people wait for a first picture. */
export interface Measured { lateMs: number, waitedMs: number }

export function noteRow(row: RowName, measured: Measured): void {
  note(kind, row, JSON.stringify(measured))
  console.log(`${row}: events late by ${measured.lateMs} ms, first picture after ${Math.round(measured.waitedMs)} ms`)
}

/** All of this run. */
export function measuredRows(): Map<string, Measured> {
  return new Map(Array.from(notes(kind), ([row, lines]) => {
    const all = lines.map(line => JSON.parse(line) as Measured)
    return [row, { lateMs: median(all.map(({ lateMs }) => lateMs)), waitedMs: median(all.map(({ waitedMs }) => waitedMs)) }]
  }))
}
