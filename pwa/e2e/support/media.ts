// What a browser really sends, receives and captures, from getStats and from the tracks themselves.
import { expect } from 'vitest'
import type { Person } from './person'
import { until } from './until'

declare global {
  var __yodel: { peerConnections(): readonly RTCPeerConnection[], localStream(): MediaStream | null } | undefined
  /** Every stream the page was ever given, see recordCaptures. */
  var captures: MediaStream[] | undefined
}

export interface Received {
  connections: number
  framesDecoded: number
  videoBytes: number
  audioPackets: number
  audioBytes: number
  /** Sum of squares of what was to be heard; silence adds nothing. */
  audioEnergy: number
}

export function received(person: Person): Promise<Received> {
  return person.window.evaluate(async () => {
    const sum = { connections: 0, framesDecoded: 0, videoBytes: 0, audioPackets: 0, audioBytes: 0, audioEnergy: 0 }
    for (const connection of globalThis.__yodel?.peerConnections() ?? []) {
      sum.connections++
      for (const report of (await connection.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
        if (report.type !== 'inbound-rtp') continue
        if (report.kind === 'video') {
          sum.framesDecoded += report.framesDecoded ?? 0
          sum.videoBytes += report.bytesReceived ?? 0
        } else {
          sum.audioPackets += report.packetsReceived ?? 0
          sum.audioBytes += report.bytesReceived ?? 0
          sum.audioEnergy += report.totalAudioEnergy ?? 0
        }
      }
    }
    return sum
  })
}

/** Video frames are decoded and sound arrives, more of both from one look to the next. */
export async function hearsAndSees(person: Person): Promise<void> {
  const before = await until(`${person.name} decodes a first frame and receives sound`, () => received(person),
    now => now.framesDecoded > 0 && now.audioPackets > 0 && now.audioBytes > 0 && now.audioEnergy > 0)
  await until(`${person.name} decodes more frames and receives more sound than ${JSON.stringify(before)}`, () => received(person),
    now => now.framesDecoded > before.framesDecoded && now.videoBytes > before.videoBytes
      && now.audioPackets > before.audioPackets && now.audioBytes > before.audioBytes && now.audioEnergy > before.audioEnergy)
  await until(`the remote video of ${person.name} plays`, () => picture(person), ({ width, playing }) => width > 0 && playing)
}

function picture(person: Person): Promise<{ width: number, playing: boolean }> {
  return person.window.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid=remote-video]')
    return { width: video?.videoWidth ?? 0, playing: video !== null && !video.paused && video.currentTime > 0 && !video.muted }
  })
}

/** To be run in a page before its own scripts. */
export function recordCaptures(): void {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) return
  const captures: MediaStream[] = []
  Object.assign(globalThis, { captures })
  const capture = devices.getUserMedia.bind(devices)
  devices.getUserMedia = async (constraints) => {
    const stream = await capture(constraints)
    captures.push(stream)
    return stream
  }
}

export interface Captured {
  /** How often the page was given something. */
  times: number
  /** Tracks that still hold a device, by kind. */
  live: string[]
  /** Whether the app itself thinks that it captures. */
  held: boolean
}

export function captured(person: Person): Promise<Captured> {
  return person.window.evaluate(() => ({
    times: globalThis.captures?.length ?? 0,
    live: (globalThis.captures ?? []).flatMap(stream => stream.getTracks()).filter(track => track.readyState === 'live').map(track => track.kind),
    held: (globalThis.__yodel?.localStream() ?? null) !== null,
  }))
}

/** The camera light is off: each track ever captured has ended, and no connection is left. */
export async function hasLetGo(person: Person): Promise<void> {
  await until(`every track of ${person.name} has ended`, () => captured(person), now => now.live.length === 0 && !now.held)
  expect(await received(person), `connections of ${person.name}`).toMatchObject({ connections: 0 })
}
