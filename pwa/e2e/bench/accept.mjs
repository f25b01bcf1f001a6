#!/usr/bin/env node
// How long a person waits after tapping Accept until the other's first decoded frame is on the screen, in Chromium:
//
//   node pwa/e2e/bench/accept.mjs [--yodel bin/yodel] [--calls 7] [--markdown]
//
// Two people in two browser contexts, fake camera and microphone, a server of its own on loopback, one call after the
// other. The clock is the called page's own, from the click event to the first requestVideoFrameCallback.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browserFlags = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check',
  '--disable-domain-reliability', '--metrics-recording-only', '--no-pings', '--disable-features=OptimizationHints,MediaRouter,Translate',
  '--mute-audio', '--autoplay-policy=no-user-gesture-required',
]
const stepTimeoutMs = 15_000

const { values: options } = parseArgs({
  options: {
    yodel: { type: 'string', default: process.env.YODEL ?? fileURLToPath(new URL('../../../bin/yodel', import.meta.url)) },
    calls: { type: 'string', default: '7' },
    markdown: { type: 'boolean', default: false },
  },
})

/** Starts a server on a free port and waits for the line that names its address. */
async function startServer(dataDir) {
  const child = spawn(options.yodel, ['serve', '--listen', '127.0.0.1:0', '--tls=off', '--limits=off', `--data-dir=${dataDir}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const line = await Promise.race([
    new Promise(resolve => createInterface({ input: child.stdout }).once('line', resolve)),
    ended.then(code => { throw new Error(`the server ended with ${code} before it served`) }),
  ])
  const address = /127\.0\.0\.1:\d+/.exec(line)?.[0]
  if (address === undefined) throw new Error(`no loopback address in ${JSON.stringify(line)}`)
  return {
    base: `http://${address}`,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Runs in every page before its scripts: times each tap on Accept until the first remote frame. */
function timeFirstFrame() {
  document.addEventListener('click', event => {
    if (!event.target.closest('[data-testid=accept]')) return
    globalThis.firstFrameMs = new Promise(resolve => {
      const seen = new WeakSet()
      const watch = () => {
        for (const video of document.querySelectorAll('video[data-testid=remote-video]')) {
          if (seen.has(video)) continue
          seen.add(video)
          video.requestVideoFrameCallback(now => {
            observer.disconnect()
            resolve(now - event.timeStamp)
          })
        }
      }
      const observer = new MutationObserver(watch)
      observer.observe(document, { childList: true, subtree: true })
      watch()
    })
  }, true)
}

/** Opens the room in a context of its own and joins it. */
async function enter(browser, base, name) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  page.setDefaultTimeout(stepTimeoutMs)
  await page.addInitScript(timeFirstFrame)
  await page.goto(`${base}/r/accept?name=${name}`)
  await page.getByTestId('join').click()
  await page.getByTestId('call').first().waitFor()
  return page
}

const status = (page, state) => page.locator(`[data-testid=call-status][data-state=${state}]`).first().waitFor({ state: 'attached' })

/** One call from `caller` to `callee`; answers with what the callee's clock says. */
async function callOnce(caller, callee) {
  await caller.getByTestId('call').first().click()
  await status(callee, 'ringing')
  await callee.getByTestId('accept').first().click()
  const ms = await callee.evaluate(limit => Promise.race([
    globalThis.firstFrameMs,
    new Promise((_, reject) => { setTimeout(reject, limit, new Error('no remote frame')) }),
  ]), stepTimeoutMs)
  await Promise.all([status(caller, 'connected'), status(callee, 'connected')])
  await caller.getByTestId('hangup').first().click()
  await Promise.all([caller, callee].map(page => page.getByTestId('call').first().waitFor()))
  return ms
}

function report(times) {
  const sorted = times.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  const [median, fastest, slowest] = [middle, sorted.at(0), sorted.at(-1)].map(ms => ms.toFixed(0))
  const figure = 'tap on Accept → first remote frame in Chromium, ms'
  const note = `median of ${times.length} calls (${fastest} to ${slowest})`
  console.log(options.markdown ? `| figure | Yodel | |\n|---|---:|---|\n| ${figure} | ${median} | ${note} |` : `${figure}  ${median}  ${note}`)
}

const calls = Number(options.calls)
if (!Number.isInteger(calls) || calls < 1) {
  console.error('accept: --calls is a positive number')
  process.exit(2)
}
const dataDir = await mkdtemp(join(tmpdir(), 'yodel-accept-'))
let server, browser
try {
  server = await startServer(dataDir)
  browser = await chromium.launch({
    executablePath: chromiumPath, headless: true, ignoreDefaultArgs: ['--headless', '--hide-scrollbars', '--mute-audio'], args: browserFlags,
  })
  const [caller, callee] = [await enter(browser, server.base, 'Ada'), await enter(browser, server.base, 'Grace')]
  const times = []
  for (let i = 0; i < calls; i++) times.push(await callOnce(caller, callee))
  report(times)
} catch (error) {
  console.error('accept:', error)
  process.exitCode = 1
} finally {
  await browser?.close()
  await server?.stop()
  await rm(dataDir, { recursive: true, force: true })
}
