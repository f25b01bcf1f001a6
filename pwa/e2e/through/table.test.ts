// The table of what may stand in between: runs after all of the matrix, and compares the rows of both READMEs with it.
import { expect, test } from 'vitest'
import { compareOrWrite, type Language, readmes, type Table } from '../support/table'
import { matrix, type Rung, rowNames } from './matrix'
import { measuredRows } from './measured'

const head: Record<Language, string> = {
  en: '| what stands between | events come by | late by | Accept → first picture |',
  zh: '| 中间是什么 | 事件经由 | 延迟 | 接听 → 首帧画面 |',
}
const rungs: Record<Language, Record<Rung, string>> = {
  en: { 'sse': 'Server-Sent Events', 'post-stream': 'stream by POST', 'long-poll': 'long-poll' },
  zh: { 'sse': 'Server-Sent Events', 'post-stream': 'POST 流', 'long-poll': '长轮询' },
}

const ran = measuredRows()

const table: Table = {
  name: 'proxies',
  folder: 'through',
  wordy: 2,
  isWhole: rowNames.every(name => ran.has(name)),
  lines(language) {
    const rows = rowNames.map((name) => {
      const { between, rung } = matrix[name]
      const { lateMs, waitedMs } = ran.get(name) ?? { lateMs: NaN, waitedMs: NaN }
      return `| ${between[language]} | ${rungs[language][rung]} | ${Math.round(lateMs)} ms | ${Math.round(waitedMs)} ms |`
    })
    return [head[language], '|---|---|---:|---:|', ...rows]
  },
}

test('every proxy was tried and measured', () => {
  console.log(table.lines('en').join('\n'))
  expect([...ran.keys()].sort()).toEqual([...rowNames].sort())
})

test.each(readmes)('the table in %s (%s) has the proxies that were tried', (language, file) => {
  compareOrWrite(table, language, file)
})
