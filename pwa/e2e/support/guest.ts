// Somebody without a browser: the contract by fetch, as a program of anybody's own would speak it.

interface Seat { peer: { id: string }, token: string, lastEventId: string }
export interface GuestCall { id: string, state: string, reason?: string, participants: string[] }

export class Guest {
  private constructor(readonly url: string, readonly room: string, readonly seat: Seat) {}

  static async join(url: string, room: string, name: string, passcode?: string): Promise<Guest> {
    const seat = await ask<Seat>(`${url}/api/v1/rooms/${room}/peers`, { name, ...(passcode !== undefined && { passcode }) })
    return new Guest(url, room, seat)
  }

  ring(): Promise<GuestCall> {
    return this.#post('calls', {})
  }

  accept(call: string): Promise<GuestCall> {
    return this.#post(`calls/${call}/accept`, {})
  }

  decline(call: string, reason: 'declined' | 'busy'): Promise<GuestCall> {
    return this.#post(`calls/${call}/decline`, { reason })
  }

  hangup(call: string): Promise<GuestCall> {
    return this.#post(`calls/${call}/hangup`, {})
  }

  /** Gives the seat up. */
  async leave(): Promise<void> {
    const { peer, token } = this.seat
    const response = await fetch(`${this.url}/api/v1/rooms/${this.room}/peers/${peer.id}`, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`${response.status} to ${peer.id} who leaves`)
  }

  /** What the room tells its members. */
  async look(): Promise<{ peerCount: number, call: GuestCall | null }> {
    return ask(`${this.url}/api/v1/rooms/${this.room}`, null, this.seat.token)
  }

  #post<T>(path: string, body: object): Promise<T> {
    return ask(`${this.url}/api/v1/rooms/${this.room}/${path}`, body, this.seat.token)
  }
}

export function makeRoom(url: string, wanted: { room: string, passcode?: string, callCapacity?: number }): Promise<unknown> {
  return ask(`${url}/api/v1/rooms`, wanted)
}

/** POST with a body, GET without. */
async function ask<T>(url: string, body: object | null, token?: string): Promise<T> {
  const response = await fetch(url, {
    ...(body !== null && { method: 'POST', body: JSON.stringify(body) }),
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  })
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${await response.text()}`)
  return await response.json() as T
}
