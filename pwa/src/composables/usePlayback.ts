// Plays streams in media elements and remembers which the browser would not start without a tap (autoplay rules).
import { computed, type ComputedRef, inject, type InjectionKey, provide, shallowReactive } from 'vue'

export interface Playback {
  /** Shows `stream` in `element`; null empties it, which also lets go of the last frame. */
  show(element: HTMLMediaElement, stream: MediaStream | null): void
  /** Call before the element goes away. */
  forget(element: HTMLMediaElement): void
  /** True while something waits for a tap. */
  readonly blocked: ComputedRef<boolean>
  /** Call in the tap. */
  unlock(): void
}

const key: InjectionKey<Playback> = Symbol('playback')

/** One for all tiles below the calling component. */
export function providePlayback(): Playback {
  const waiting = shallowReactive(new Set<HTMLMediaElement>())
  const play = (element: HTMLMediaElement): void => {
    element.play().then(
      () => { waiting.delete(element) },
      // AbortError: a newer stream took over, or the element left; only NotAllowedError asks for a tap.
      (error: unknown) => { if ((error as { name?: unknown } | null)?.name === 'NotAllowedError') waiting.add(element) },
    )
  }
  const playback: Playback = {
    show(element, stream) {
      if (element.srcObject === stream) return
      element.srcObject = stream
      if (stream === null) waiting.delete(element)
      else play(element)
    },
    forget(element) {
      waiting.delete(element)
      element.srcObject = null
    },
    blocked: computed(() => waiting.size > 0),
    unlock() {
      for (const element of waiting) play(element)
    },
  }
  provide(key, playback)
  return playback
}

export function usePlayback(): Playback {
  const playback = inject(key, null)
  if (playback === null) throw new Error('usePlayback needs a parent that called providePlayback')
  return playback
}
