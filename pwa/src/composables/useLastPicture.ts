// The last picture of somebody who is away for a moment, painted over the video: a connection that is made anew begins
// without a picture, and Chromium blackens that of the one it closes.
import { ref, type Ref, type ShallowRef, watch } from 'vue'

/** HTMLMediaElement.HAVE_CURRENT_DATA: there is a picture to show. */
const haveCurrentData = 2

/** `thaw` is to be called when the video has a picture again; the last one stays until then. */
export function useLastPicture(video: Readonly<ShallowRef<HTMLVideoElement | null>>, canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>, away: () => boolean): { frozen: Ref<boolean>, thaw: () => void } {
  const frozen = ref(false)

  function freeze(): void {
    const [from, to] = [video.value, canvas.value]
    if (from === null || to === null || from.videoWidth === 0 || frozen.value) return
    to.width = from.videoWidth
    to.height = from.videoHeight
    to.getContext('2d')?.drawImage(from, 0, 0)
    frozen.value = true
  }

  function thaw(): void {
    if (!away() && (video.value?.readyState ?? 0) >= haveCurrentData) frozen.value = false
  }

  watch(away, now => now ? freeze() : thaw(), { flush: 'sync' }) // before the next stream is shown: the picture is still there
  return { frozen, thaw }
}
