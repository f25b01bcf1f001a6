// Which way events shall travel: down one rung when a stream is held back, up again when a better one has proved itself. Pure.
import type { Rung } from './transport'

export interface Ladder {
  /** What we hold on to. */
  readonly rung: Rung
  /** A better one on trial, while long-poll carries. */
  readonly trial: Rung | null
  /** How long until the next trial. */
  readonly trialAfterMs: number
}

export type LadderEvent =
  | 'held' // the stream that is open does not tell in time
  | 'proven' // it does
  | 'try' // time for a better one
  | 'interrupted' // the trial told nothing: the page woke up, or the network broke
  | 'network-changed'

export const rungs: readonly Rung[] = ['sse', 'post-stream', 'long-poll']

const firstTrialMs = 60_000
const rarestTrialMs = 600_000

export function beginLadder(rung: Rung): Ladder {
  return { rung, trial: null, trialAfterMs: firstTrialMs }
}

export function climb(ladder: Ladder, event: LadderEvent): Ladder {
  const { rung, trial, trialAfterMs } = ladder
  switch (event) {
    case 'held': return trial ? nextTrial(ladder, trial) : beginLadder(below(rung))
    case 'proven': return trial ? beginLadder(trial) : ladder
    case 'try': return rung === 'sse' ? ladder : { ...ladder, trial: 'sse' }
    case 'interrupted': return { rung, trial: null, trialAfterMs }
    case 'network-changed': return { ...ladder, trialAfterMs: firstTrialMs }
    default: return event satisfies never
  }
}

/** The rung of the connection to have; for `long-poll` there is no stream. */
export function wantedRung({ rung, trial }: Ladder): Rung {
  return trial ?? rung
}

/** The second best may do where the best does not. */
function nextTrial({ rung, trialAfterMs }: Ladder, failed: Rung): Ladder {
  const next = below(failed)
  return next === rung || next === 'long-poll'
    ? { rung, trial: null, trialAfterMs: Math.min(rarestTrialMs, trialAfterMs * 2) }
    : { rung, trial: next, trialAfterMs }
}

function below(rung: Rung): Rung {
  return rungs[rungs.indexOf(rung) + 1] ?? 'long-poll'
}
