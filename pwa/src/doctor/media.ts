// Whether camera and microphone open. Asked for only when the person says so, and let go at once.
import { Failure, failing, type Finding, type Reason } from './findings'

const reasons: Readonly<Record<string, Reason>> = {
  NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', OverconstrainedError: 'missing', NotReadableError: 'busy', AbortError: 'busy',
}

/** One question for both: a browser asks once. Where that fails each is asked for by itself, so that one is not the other's fault. */
export async function lookAtMedia(devices: Pick<MediaDevices, 'getUserMedia'> | null): Promise<readonly Finding[]> {
  if (!devices) return (['camera', 'microphone'] as const).map((way) => ({ way, state: 'fails', reason: 'insecure' }))
  if (await open(devices, { video: true, audio: true }) === null) return [{ way: 'camera', state: 'works' }, { way: 'microphone', state: 'works' }]
  const camera = await open(devices, { video: true })
  const microphone = await open(devices, { audio: true })
  return [camera ? failing('camera', camera) : { way: 'camera', state: 'works' }, microphone ? failing('microphone', microphone) : { way: 'microphone', state: 'works' }]
}

async function open(devices: Pick<MediaDevices, 'getUserMedia'>, wanted: MediaStreamConstraints): Promise<Failure | null> {
  try {
    const stream = await devices.getUserMedia(wanted)
    stream.getTracks().forEach((track) => track.stop())
    return null
  } catch (error) {
    return new Failure(reasons[error instanceof Error || error instanceof DOMException ? error.name : ''] ?? 'busy')
  }
}
