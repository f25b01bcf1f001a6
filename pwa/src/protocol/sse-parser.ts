// Server-Sent Events out of bytes, for streams that EventSource cannot open (WHATWG HTML §9.2.5 and §9.2.6).

/** An event as EventSource would dispatch it. */
export interface Frame {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

/** Fed with a stream's chunks, wherever they were cut: in the middle of a line, of a line end, or of a character. */
export class SseParser {
  /** Drops a leading byte order mark, and makes U+FFFD of what is not UTF-8. */
  readonly #decoder = new TextDecoder()
  /** Of a line that has not ended. */
  #rest = ''
  /** The last chunk ended with CR: an LF that follows belongs to it. */
  #afterCr = false
  #type = ''
  #data = ''
  #lastEventId = ''

  /** The events that this chunk completes. */
  push(chunk: Uint8Array): Frame[] {
    const text = this.#decoder.decode(chunk, { stream: true })
    if (text === '') return []
    const fresh = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text
    this.#afterCr = fresh.endsWith('\r')
    const lines = (this.#rest + fresh).split(/\r\n|\n|\r/)
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => line === '' ? this.#dispatch() : this.#takeField(line))
  }

  #dispatch(): Frame[] {
    const frame = { type: this.#type || 'message', data: this.#data.slice(0, -1), lastEventId: this.#lastEventId }
    const isEmpty = this.#data === ''
    this.#type = this.#data = ''
    return isEmpty ? [] : [frame]
  }

  /** `retry` is left out: we come back by a clock of our own. */
  #takeField(line: string): [] {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon) // '' of a comment
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'event') this.#type = value
    if (name === 'data') this.#data += `${value}\n`
    if (name === 'id' && !value.includes('\0')) this.#lastEventId = value
    return []
  }
}
