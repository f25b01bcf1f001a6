// A session's view as a ref. Whole views are replaced, never changed, so a shallow ref is enough.
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue'
import type { RoomSession, RoomView } from '../call/view'

export function useRoom(session: RoomSession): Readonly<ShallowRef<RoomView>> {
  const view = shallowRef(session.view)
  onScopeDispose(session.subscribe(next => { view.value = next }))
  return view
}
