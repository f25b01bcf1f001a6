// Waiting for something to become true, and saying what it was when it does not.

export const patienceMs = 15_000
const pauseMs = 50

/** Asks `probe` again and again until `holds` is content with the answer, and returns that. A probe that throws is asked again. */
export async function until<T>(what: string, probe: () => T | Promise<T>, holds: (answer: T) => boolean = Boolean, timeoutMs = patienceMs): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: string
  for (;;) {
    try {
      const answer = await probe()
      if (holds(answer)) return answer
      last = JSON.stringify(answer) ?? 'undefined'
    } catch (error) {
      last = String(error)
    }
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s until ${what}; last seen: ${last}`)
    await pause(pauseMs)
  }
}

/** Fails with `what` when `work` takes too long. */
export async function within<T>(what: string, work: Promise<T>, timeoutMs = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs / 1000} s until ${what}`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
