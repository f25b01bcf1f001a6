// How late events come by each way that a page can read them, measured in the page itself.
export interface Lateness { stream: number, postStream: number, longPoll: number }

/** To be run in a page of the server's. From just before a message is posted until its event is there: medians, in ms. */
export async function measureWays(messages: number): Promise<Lateness> {
  interface Seat { peer: { id: string }, token: string, lastEventId: string }
  const room = `/api/v1/rooms/${crypto.randomUUID()}`
  const post = async <T>(path: string, body: object, token?: string) => {
    const answer = await fetch(room + path, { method: 'POST', body: JSON.stringify(body), headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`${answer.status} from ${path}: ${await answer.text()}`)
    return await answer.json() as T
  }
  const speaker = await post<Seat>('/peers', { name: 'Speaker' })
  const hearer = await post<Seat>('/peers', { name: 'Hearer' })
  const Authorization = `Bearer ${hearer.token}`

  const streamBy = async (method: string) => {
    const stop = new AbortController()
    const { body } = await fetch(`${room}/events`, { method, headers: { Accept: 'text/event-stream', Authorization }, signal: stop.signal })
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const hear = async (word: string) => {
      while (!text.includes(word)) {
        const { done, value } = await reader.read()
        if (done) throw new Error('the stream ended')
        text += value
      }
    }
    await hear('hello')
    return { hear, stop: () => { stop.abort() } }
  }
  let position = hearer.lastEventId
  const poll = async (word: string) => {
    for (let text = ''; !text.includes(word);) {
      text = await (await fetch(`${room}/events?waitSeconds=25&lastEventId=${position}`, { headers: { Authorization } })).text()
      position = (JSON.parse(text) as Seat).lastEventId
    }
  }
  const lateBy = async (hear: (word: string) => Promise<void>) => {
    const times: number[] = []
    for (let said = 0; said < messages; said++) {
      const word = crypto.randomUUID()
      const heard = hear(word)
      const began = performance.now()
      await post('/messages', { type: 'word', data: word }, speaker.token)
      await heard
      times.push(performance.now() - began)
    }
    return times.sort((a, b) => a - b)[Math.floor(messages / 2)]!
  }

  const stream = await streamBy('GET')
  const streamLate = await lateBy(stream.hear)
  stream.stop()
  const postStream = await streamBy('POST')
  const postStreamLate = await lateBy(postStream.hear)
  postStream.stop()
  return { stream: streamLate, postStream: postStreamLate, longPoll: await lateBy(poll) }
}
