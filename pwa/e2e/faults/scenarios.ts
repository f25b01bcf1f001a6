// What we break on purpose, in the order of the README's table. A test that measures cannot name another.
import type { Words } from '../support/table'

export interface Scenario {
  /** What is broken. */
  fault: Words
  /** What a person notices. */
  outcome: Words
}

const goesOn: Words = { en: 'Picture and sound go on; nothing said is lost', zh: '画面和声音不受影响，期间的消息一条不丢' }
const finished: Words = { en: 'The call is set up all the same', zh: '通话照样接通' }
const ringsAtOnce: Words = { en: 'Calls ring at once; events take another way, without a loss', zh: '来电立即响铃；事件改走别的通道，一条不丢' }
const sameCall: Words = { en: 'Back in the same call, muted as before', zh: '回到原来的通话，静音状态不变' }

export const scenarios = {
  'stream-cut': { fault: { en: 'The event stream is cut, ten times', zh: '切断事件流，连续十次' }, outcome: goesOn },
  'replies-dropped': {
    fault: { en: 'Answers to “call”, “accept” and “hang up” are dropped after the server has acted', zh: '服务器已处理“呼叫”“接听”“挂断”，但答复被丢弃' },
    outcome: { en: 'Each counts once', zh: '每个操作只生效一次' },
  },
  'server-frozen': { fault: { en: 'The server freezes for 20 s', zh: '服务器冻结 20 秒' }, outcome: goesOn },
  'killed-ringing': {
    fault: { en: 'The server is killed and restarted while it rings', zh: '响铃时强行终止并重启服务器' },
    outcome: { en: 'It goes on ringing, and the answer counts', zh: '继续响铃，接听有效' },
  },
  'killed-negotiating': { fault: { en: 'The server is killed and restarted while the two connect', zh: '双方正在建立连接时强行终止并重启服务器' }, outcome: finished },
  'killed-talking': { fault: { en: 'The server is killed and restarted in mid-call', zh: '通话中强行终止并重启服务器' }, outcome: goesOn },
  'killed-no-journal': {
    fault: { en: 'The same with `--data-dir=none`', zh: '同上，且服务器以 `--data-dir=none` 运行' },
    outcome: { en: 'Picture and sound go on; the room is made anew', zh: '画面和声音不受影响，房间重新建立' },
  },
  'killed-relaying': {
    fault: { en: 'The server is killed and restarted while it relays the call', zh: '服务器正在中转通话时强行终止并重启' },
    outcome: { en: 'The picture moves again by itself; nothing said is lost', zh: '画面自行恢复，期间的消息一条不丢' },
  },
  'firefox': { fault: { en: 'Between Firefox and Chromium: streams cut, server killed', zh: 'Firefox 与 Chromium 通话：切断事件流、强行终止服务器' }, outcome: goesOn },
  'get-buffered': { fault: { en: 'A proxy holds back streams read by GET', zh: '代理扣住以 GET 读取的流' }, outcome: ringsAtOnce },
  'all-buffered': { fault: { en: 'A proxy holds back every streamed body', zh: '代理扣住一切流式内容' }, outcome: ringsAtOnce },
  'nginx': { fault: { en: 'nginx buffers everything, whatever the headers say', zh: 'nginx 不理会响应头，一律缓冲' }, outcome: ringsAtOnce },
  'up-again': {
    fault: { en: 'The proxy stops holding back', zh: '代理不再扣住内容' },
    outcome: { en: 'Events take the direct stream again, in mid-call', zh: '通话中事件回到直接的流' },
  },
  'reloaded': { fault: { en: 'A page is reloaded in mid-call, on either side', zh: '通话中任一方刷新页面' }, outcome: sameCall },
  'browser-killed': { fault: { en: 'The installed app is killed and opened again', zh: '已安装的应用被杀掉后重新打开' }, outcome: sameCall },
  'background': {
    fault: { en: 'The tab is put in the background', zh: '标签页被切到后台' },
    outcome: { en: 'Everything goes on, by the same stream', zh: '一切照常，流也不变' },
  },
  'moved-direct': {
    fault: { en: 'Wi-Fi to mobile and back, direct path', zh: 'Wi-Fi 与移动网络互换，直连' },
    outcome: { en: 'The picture moves again by itself', zh: '画面自行恢复' },
  },
  'moved-relay': {
    fault: { en: 'The same where media has to be relayed', zh: '同上，媒体必须经中继' },
    outcome: { en: 'The picture moves again by itself', zh: '画面自行恢复' },
  },
  'offline': {
    fault: { en: 'No network at all for 5 s', zh: '完全断网 5 秒' },
    outcome: { en: '“Reconnecting…”, then the same call; nothing said is lost', zh: '显示“正在重新连接…”，随后回到同一通话，消息一条不丢' },
  },
  'udp-blocked': {
    fault: { en: 'UDP is blocked in mid-call', zh: '通话中 UDP 被阻断' },
    outcome: { en: 'Picture and sound go on over TCP, through the server', zh: '画面和声音改走 TCP，经服务器中转' },
  },
  'media-blocked': {
    fault: { en: 'Media is blocked for 8 s', zh: '媒体被阻断 8 秒' },
    outcome: { en: '“Reconnecting…” on both sides, then the picture moves again', zh: '双方显示“正在重新连接…”，随后画面恢复' },
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

/** What has to be quick, in the median. */
export const targets: { what: string, scenario: ScenarioName, underMs: number }[] = [
  { what: 'events after a cut stream', scenario: 'stream-cut', underMs: 1_000 },
  { what: 'frames after a network change, direct', scenario: 'moved-direct', underMs: 3_000 },
  { what: 'frames after a network change, relay-only', scenario: 'moved-relay', underMs: 3_000 },
  { what: 'frames after a restart of the server that relays', scenario: 'killed-relaying', underMs: 5_000 },
]
