import { expect, test } from 'vitest'
import cases from '../../../server/doctor/testdata/verdicts.json?raw'
import type { State, Way } from './findings'
import { judge, type Verdict } from './verdict'

type Case = Omit<Verdict, 'by'> & { name: string, found: Partial<Record<Way, State>>, by?: Verdict['by'] }

test.each(JSON.parse(cases) as Case[])('$name', ({ found, code, by, asks }) => {
  expect(judge(found)).toEqual({ code, by: by ?? null, asks })
})
