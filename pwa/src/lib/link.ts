// What people type or paste into the room field, made into a room id.

/** 1 to 64 of A-Z a-z 0-9 _ -, as the contract says. */
export const roomPattern = /^[A-Za-z0-9_-]{1,64}$/

export type RoomInput =
  | { readonly kind: 'empty' }
  | { readonly kind: 'room', readonly room: string }
  | { readonly kind: 'invalid' }

/**
 * Understands a bare room id, a whole link (https://host/r/abc?x#y), and what is left of one (host/r/abc, /r/abc), also in
 * the middle of a message (“Call me: https://…”). The host is not looked at: the room is opened here.
 */
export function parseRoomInput(text: string): RoomInput {
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'empty' }
  if (roomPattern.test(trimmed)) return { kind: 'room', room: trimmed }
  const id = /(?:^|\/)r\/([^/?#\s]+)/.exec(trimmed)?.[1]
  const room = id === undefined ? '' : decode(id)
  return roomPattern.test(room) ? { kind: 'room', room } : { kind: 'invalid' }
}

/** The link to hand on. */
export function roomLink(room: string, origin: string): string {
  return `${origin}/r/${room}`
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
