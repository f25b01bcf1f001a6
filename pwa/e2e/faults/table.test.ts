// The table “What we break on purpose”: runs after all scenarios, prints what they measured, and compares the rows of both
// READMEs with them.
import { expect, test } from 'vitest'
import { median, seconds } from '../support/measurements'
import { compareOrWrite, type Language, readmes, type Table } from '../support/table'
import { measurements } from './measured'
import { type Scenario, type ScenarioName, scenarios, targets } from './scenarios'

const head: Record<Language, string> = {
  en: '| what we break | what happens | times | time to recover, median |',
  zh: '| 故意弄坏什么 | 会怎样 | 次数 | 恢复用时（中位数） |',
}

const ran = measurements()
const names = Object.keys(scenarios) as ScenarioName[]

const table: Table = {
  name: 'faults',
  folder: 'faults',
  wordy: 2,
  isWhole: names.every(name => (ran.get(name) ?? []).length > 0),
  lines(language) {
    const rows = names.map((name) => {
      const { fault, outcome }: Scenario = scenarios[name]
      const times = ran.get(name) ?? []
      return `| ${fault[language]} | ${outcome[language]} | ${times.length} | ${seconds(median(times))} |`
    })
    return [head[language], '|---|---|---:|---:|', ...rows]
  },
}

test('every scenario ran and was measured', () => {
  console.log(table.lines('en').join('\n'))
  expect([...ran.keys()].sort()).toEqual([...names].sort())
})

test.each(readmes)('the table in %s (%s) has the scenarios that ran', (language, file) => {
  compareOrWrite(table, language, file)
})

test.each(targets)('$what: the median is under $underMs ms', ({ scenario, underMs }) => {
  const ms = median(ran.get(scenario) ?? [])
  console.log(`${seconds(ms)}, target ${seconds(underMs)}`)
  expect(ms).toBeLessThan(underMs)
})
