// As much of SDP as the model of a connection (strict-pc.ts) has to say: who speaks, in answer to what, with which ICE
// credentials, and a line for each kind of media.

export type Direction = 'sendrecv' | 'recvonly' | 'sendonly' | 'inactive'
export type Kind = 'audio' | 'video'

export interface MediaLine {
  readonly mid: string
  readonly kind: Kind
  readonly direction: Direction
  /** Empty where nothing is sent, as without a=msid. */
  readonly msid: string
}

export interface Session {
  readonly type: 'offer' | 'answer'
  readonly id: string
  /** The offer that an answer is to. No real SDP tells; it is for the test that wants to know. */
  readonly answers: string
  /** Stands in for the DTLS certificate, of which each connection has its own. */
  readonly fingerprint: string
  readonly ufrag: string
  readonly lines: readonly MediaLine[]
}

export function write({ id, answers, fingerprint, ufrag, lines }: Session): string {
  const head = ['v=0', `o=- ${id} 1 IN IP4 127.0.0.1`, `s=${answers || '-'}`, `a=fingerprint:sha-256 ${fingerprint}`]
  const media = lines.flatMap(({ mid, kind, direction, msid }) => [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 96`, `a=mid:${mid}`, `a=ice-ufrag:${ufrag}`, ...(msid ? [`a=msid:${msid}`] : []), `a=${direction}`,
  ])
  return [...head, ...media, ''].join('\r\n')
}

export function read({ type, sdp }: { type: 'offer' | 'answer', sdp: string }): Session {
  const [head = '', ...media] = sdp.split('m=')
  const answers = find(head, /^s=(\S+)/m)
  return {
    type, id: find(head, /^o=- (\S+)/m), answers: answers === '-' ? '' : answers,
    fingerprint: find(head, /^a=fingerprint:sha-256 (\S+)/m), ufrag: find(sdp, /^a=ice-ufrag:(\S+)/m),
    lines: media.map((text) => ({
      kind: find(text, /^(\S+)/) as Kind, mid: find(text, /^a=mid:(\S+)/m), msid: find(text, /^a=msid:(\S+)/m),
      direction: find(text, /^a=(sendrecv|sendonly|recvonly|inactive)/m) as Direction,
    })),
  }
}

function find(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? ''
}

export const sends = (direction: Direction | null): boolean => direction === 'sendrecv' || direction === 'sendonly'
export const receives = (direction: Direction | null): boolean => direction === 'sendrecv' || direction === 'recvonly'

/** The same line seen from the other side. */
export function reversed(direction: Direction): Direction {
  return directionOf(receives(direction), sends(direction))
}

export function intersection(a: Direction, b: Direction): Direction {
  return directionOf(sends(a) && sends(b), receives(a) && receives(b))
}

function directionOf(send: boolean, receive: boolean): Direction {
  return send ? receive ? 'sendrecv' : 'sendonly' : receive ? 'recvonly' : 'inactive'
}
