// Makes room sessions, and hands one from the page whose tap joined it to the page that shows it.
import { inject, type InjectionKey } from 'vue'
import type { RoomSession } from '../call/view'

export interface Sessions {
  /** A session that the room page will take: made in the tap, because the tap unlocks sound. */
  prepare(room: string): RoomSession
  /** The prepared session of this room, or a new one. A prepared one of another room is stopped. */
  take(room: string): RoomSession
}

export const sessionsKey: InjectionKey<Sessions> = Symbol('sessions')

export function makeSessions(create: (room: string) => RoomSession): Sessions {
  let prepared: RoomSession | null = null
  return {
    prepare(room) {
      prepared?.dispose()
      prepared = create(room)
      return prepared
    },
    take(room) {
      const session = prepared
      prepared = null
      if (session?.view.room === room) return session
      session?.dispose()
      return create(room)
    },
  }
}

export function useSessions(): Sessions {
  const sessions = inject(sessionsKey)
  if (sessions === undefined) throw new Error('sessions are provided in main.ts')
  return sessions
}
