import { expect, test } from 'vitest'
import cases from '../../../server/doctor/testdata/verdicts.json?raw'
import type { Reason, State, Way } from './findings'
import { judge, type Verdict } from './verdict'

type Case = Omit<Verdict, 'by' | 'shut'> & { name: string, found: Partial<Record<Way, State>>, by?: Verdict['by'], shut?: Verdict['shut'], page?: Reason }

test.each(JSON.parse(cases) as Case[])('$name', ({ found, page, code, by, shut, asks }) => {
  expect(judge(found, page)).toEqual({ code, by: by ?? null, shut: shut ?? null, asks })
})
