// The table “What we break on purpose”: runs after all scenarios, prints what they measured, and compares the rows of both
// READMEs with them. The figures differ from run to run; UPDATE_README writes them, too.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { median, seconds } from '../support/measurements'
import { measurements } from './measured'
import { type Scenario, type ScenarioName, scenarios, targets } from './scenarios'

type Language = 'en' | 'zh'

const readmes: [Language, string][] = [['en', 'README.md'], ['zh', 'README.zh-CN.md']]
const head: Record<Language, string> = {
  en: '| what we break | what happens | times | time to recover, median |',
  zh: '| 故意弄坏什么 | 会怎样 | 次数 | 恢复用时（中位数） |',
}
const begin = '<!-- faults begin: UPDATE_README=1 npm run e2e -- e2e/faults writes what is below -->\n'
const end = '<!-- faults end -->\n'

const ran = measurements()
const names = Object.keys(scenarios) as ScenarioName[]

function table(language: Language): string {
  const rows = names.map((name) => {
    const { fault, outcome }: Scenario = scenarios[name]
    const times = ran.get(name) ?? []
    return `| ${fault[language]} | ${outcome[language]} | ${times.length} | ${seconds(median(times))} |`
  })
  return `\n${[head[language], '|---|---|---:|---:|', ...rows].join('\n')}\n\n`
}

/** A README apart at the marks of its table. */
function parts(file: string): { path: string, before: string, table: string, after: string } {
  const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url))
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to === -1) throw new Error(`${file} lacks the marks of its table:\n${begin}${end}`)
  return { path, before: text.slice(0, from + begin.length), table: text.slice(from + begin.length, to), after: text.slice(to) }
}

/** Rows without their figures. */
const words = (table: string) => table.trim().split('\n').filter(line => !line.startsWith('|--')).map(line => line.split('|').slice(1, 3).map(cell => cell.trim()))

test('every scenario ran and was measured', () => {
  console.log(table('en'))
  expect([...ran.keys()].sort()).toEqual([...names].sort())
})

test.each(readmes)('the table in %s (%s) has the scenarios that ran', (language, file) => {
  const { path, before, table: printed, after } = parts(file)
  const isWhole = names.every(name => (ran.get(name) ?? []).length > 0) // a run that was broken off writes nothing
  if (process.env['UPDATE_README'] && isWhole) writeFileSync(path, before + table(language) + after)
  else expect(words(printed)).toEqual(words(table(language)))
})

test.each(targets)('$what: the median is under $underMs ms', ({ scenario, underMs }) => {
  const ms = median(ran.get(scenario) ?? [])
  console.log(`${seconds(ms)}, target ${seconds(underMs)}`)
  expect(ms).toBeLessThan(underMs)
})
