// From what went wrong to what a screen can say about it.
import { ApiProblem } from '../protocol/api'
import type { Problem } from './view'

type Ways = Problem['ways']

/** What a person can do about each of the server's codes; retrying helps with those that are not listed. */
const waysFor: Readonly<Record<string, Ways>> = {
  'passcode-required': ['enter-passcode', 'go-home'],
  'passcode-wrong': ['enter-passcode', 'go-home'],
  'room-full': ['retry', 'go-home'],
  'room-not-found': ['go-home'],
  'call-full': [],
  'call-over': [],
  'call-exists': [],
  'token-revoked': ['reload', 'go-home'],
  'token-expired': ['reload', 'go-home'],
  'token-invalid': ['reload', 'go-home'],
  'token-missing': ['reload', 'go-home'],
  'token-wrong-room': ['reload', 'go-home'],
  'not-your-peer': ['reload', 'go-home'],
  'bad-request': ['reload'],
  'body-too-large': ['reload'],
  'method-not-allowed': ['reload'],
  'not-found': ['reload'],
}

/** No answer, or none of our server's. */
export const unreachable: Problem = { code: 'server-unreachable', ways: ['retry'] }

/** Of a request that failed for good. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiProblem)) return { code: 'unexpected', detail: String(error), ways: ['reload'] }
  if (error.code === 'network' || error.code === 'bad-answer' || error.code.startsWith('http-')) {
    return unreachable
  }
  return { code: error.code, ...(error.detail && { detail: error.detail }), ways: waysFor[error.code] ?? ['retry'] }
}

export interface CaptureContext {
  readonly wanted: { readonly audio: boolean, readonly video: boolean }
  readonly isSecureContext: boolean
  /** What the browser told us exists and is forbidden, as far as it tells; undefined: unknown. */
  readonly hasCamera?: boolean | undefined
  readonly hasMicrophone?: boolean | undefined
  readonly microphoneDenied?: boolean | undefined
  readonly cameraDenied?: boolean | undefined
}

/** Of a capture that failed: getUserMedia's DOMException by name (Media Capture and Streams §9.2). */
export function captureProblem(error: unknown, context: CaptureContext): Problem {
  const { wanted } = context
  const ways: Ways = wanted.video && wanted.audio ? ['audio-only', 'without-media', 'retry'] : ['without-media', 'retry']
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return context.isSecureContext ? denied(context, ways) : insecure
    case 'NotFoundError':
    case 'OverconstrainedError':
      return missing(context, ways)
    case 'NotReadableError':
    case 'AbortError':
      if (!wanted.video) return { code: 'microphone-missing', ways: ['retry', 'without-media'] }
      return { code: 'camera-busy', ways: ['retry', ...ways.filter((way) => way !== 'retry')] }
    default:
      return { code: 'unexpected', detail: error instanceof Error ? error.message : String(error), ways }
  }
}

/** Outside secure origins browsers hide navigator.mediaDevices; receiving still works. */
export const insecure: Problem = { code: 'insecure-origin', ways: ['without-media'] }

/** Lockdown modes and policies take RTCPeerConnection away. */
export const noWebRtc: Problem = { code: 'no-webrtc', ways: ['go-home'] }

/** ICE goes on trying by itself; beginning anew helps where what was said got lost. */
const blocked: Problem = { code: 'media-blocked', ways: ['retry', 'hangup'] }
export const mediaBlocked = {
  altogether: blocked,
  withoutRelay: { ...blocked, lacking: 'relay' },
  withoutTheirs: { ...blocked, lacking: 'their-relay' },
} as const satisfies Record<string, Problem>

function denied({ wanted, microphoneDenied, cameraDenied }: CaptureContext, ways: Ways): Problem {
  const microphone = !wanted.video || (wanted.audio && microphoneDenied === true && cameraDenied !== true)
  if (!microphone) return { code: 'camera-denied', ways }
  return { code: 'microphone-denied', ways: ways.filter((way) => way !== 'audio-only') }
}

function missing({ wanted, hasCamera, hasMicrophone }: CaptureContext, ways: Ways): Problem {
  const microphone = !wanted.video || (wanted.audio && hasMicrophone === false && hasCamera !== false)
  if (!microphone) return { code: 'camera-missing', ways: ways.filter((way) => way !== 'retry') }
  return { code: 'microphone-missing', ways: ['without-media'] }
}
