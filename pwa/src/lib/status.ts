// The words of a stage and of an ending.
import type { RoomView } from '../call/view'
import type { Messages } from '../locales/en'

export function statusText(view: RoomView, t: Messages): string {
  if (view.stage === 'ended') return outcomeText(view, t)
  if (view.stage === 'ringing' && view.call?.video === false) return t.status.ringingVoice
  return t.status[view.stage]
}

export function outcomeText(view: Pick<RoomView, 'outcome' | 'mine'>, t: Messages): string {
  if (view.outcome === null) return t.outcome.hangup
  return view.outcome === 'cancelled' && !view.mine ? t.outcome.cancelledByOther : t.outcome[view.outcome]
}
