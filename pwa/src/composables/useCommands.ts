// What taps in a room ask of its session, and what the ways out of a problem repeat.
import { type Ref, watch } from 'vue'
import type { Capture, JoinOptions, Problem, RoomSession, RoomView } from '../call/view'
import { everything, nothing, useIntent, voiceOnly } from './useIntent'

export type Way = Problem['ways'][number]

export function useCommands(session: RoomSession, view: Readonly<Ref<RoomView>>, inside: () => boolean, leave: () => void) {
  // Nothing asked for and yet a problem: a call came back after a reload without its camera.
  const intent = useIntent(wanted => wanted.video && inside() && !view.value.local.video ? session.toggleCamera() : session.dismiss())
  watch(inside, () => intent.forget()) // having come in, “try again” is about something else
  watch(() => view.value.stage, (stage, before) => {
    if (stage !== 'ringing' || !['idle', 'preview', 'ended'].includes(before)) return
    intent.forget() // what went wrong before somebody rang is no answer to them
    if (view.value.problem !== null) session.dismiss()
  })

  async function go(way: Way): Promise<void> {
    if (way === 'go-home') return leave()
    if (way === 'reload') return location.reload()
    if (way === 'hangup') return session.hangup()
    if (way === 'retry' && view.value.problem?.code === 'media-blocked') return session.reconnect() // the call itself went well
    await intent.again(way === 'audio-only' ? voiceOnly : way === 'without-media' ? nothing : undefined)
  }

  return {
    go,
    join: (options: JoinOptions) => intent.attempt(() => session.join(options), everything),
    resume: () => intent.attempt(() => session.resume(), everything),
    call: (capture: Capture) => intent.attempt(wanted => session.call(wanted), capture),
    accept: (capture: Capture) => intent.attempt(wanted => session.accept(wanted), capture),
    preview: () => intent.attempt(wanted => wanted.audio || wanted.video ? session.preview(wanted) : session.dismiss(), everything),
    toggleMic: () => intent.attempt(wanted => wanted.audio ? session.toggleMic() : session.dismiss(), everything),
    toggleCamera: () => intent.attempt(wanted => wanted.video ? session.toggleCamera() : session.dismiss(), everything),
    flip: () => intent.attempt(wanted => wanted.video ? session.flipCamera() : session.dismiss(), everything),
  }
}
