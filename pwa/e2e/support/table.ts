// Tables that a whole run writes into both READMEs, each between marks of its own. The words of a table have to be those
// of the tests that ran; its figures differ from run to run, and only UPDATE_README writes them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { repository } from './paths'

export type Language = 'en' | 'zh'
export type Words = Record<Language, string>

export const readmes: [Language, string][] = [['en', 'README.md'], ['zh', 'README.zh-CN.md']]

export interface Table {
  /** What its marks begin with, and where in e2e/ the tests are that measure. */
  name: string
  folder: string
  /** Head, rule and rows, in Markdown. */
  lines(language: Language): readonly string[]
  /** So many cells of a row are words; the rest are figures. */
  wordy: number
  /** A run that was broken off writes nothing. */
  isWhole: boolean
}

export function compareOrWrite(table: Table, language: Language, file: string): void {
  const { path, before, printed, after } = parts(table, file)
  const lines = table.lines(language)
  if (process.env['UPDATE_README'] && table.isWhole) writeFileSync(path, `${before}\n${lines.join('\n')}\n\n${after}`)
  else expect(words(table, printed.trim().split('\n'))).toEqual(words(table, lines))
}

/** A README apart at the marks of a table. */
function parts({ name, folder }: Table, file: string): { path: string, before: string, printed: string, after: string } {
  const [begin, end] = [`<!-- ${name} begin: UPDATE_README=1 npm run e2e -- e2e/${folder} writes what is below -->\n`, `<!-- ${name} end -->\n`]
  const path = join(repository, file)
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to === -1) throw new Error(`${file} lacks the marks of its table:\n${begin}${end}`)
  return { path, before: text.slice(0, from + begin.length), printed: text.slice(from + begin.length, to), after: text.slice(to) }
}

/** Rows without their figures. */
function words({ wordy }: Table, lines: readonly string[]): string[][] {
  return lines.filter(line => !line.startsWith('|--')).map(line => line.split('|').slice(1, 1 + wordy).map(cell => cell.trim()))
}
