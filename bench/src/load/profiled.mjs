import { Session } from 'node:inspector/promises'

/** @typedef {{ functionName: string, url: string, lineNumber: number }} Frame */

/**
 * Runs something while V8 looks every 200 µs where this process is.
 * @template Result
 * @param {() => Promise<Result>} run
 * @returns {Promise<{ result: Result, frames: readonly { frame: Frame, ms: number }[] }>} one of
 * the frames for each look
 */
export async function profiled(run) {
  const inspector = new Session()
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.setSamplingInterval', { interval: 200 })
  await inspector.post('Profiler.start')
  const result = await run()
  const { profile } = await inspector.post('Profiler.stop')
  inspector.disconnect()
  const byId = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const { samples = [], timeDeltas = [] } = profile
  const frames = samples.map((id, place) => ({
    frame: /** @type {Frame} */ (byId.get(id)),
    ms: (timeDeltas[place] ?? 0) / 1_000,
  }))
  return { result, frames }
}

/** The package that a file belongs to; '' where the frame is no file's. @param {Frame} frame */
export function packageOf({ url }) {
  if (url === '') return ''
  if (url.startsWith('node:')) return 'node'
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)
  return dependency?.[1] ?? /\/(packages\/[^/]+)\//.exec(url)?.[1] ?? 'bench'
}

/** The milliseconds of each key. @param {Awaited<ReturnType<typeof profiled>>['frames']} frames */
export function timesBy(frames, keyOf) {
  /** @type {Map<string, number>} */
  const times = new Map()
  for (const { frame, ms } of frames) {
    const key = keyOf(frame)
    times.set(key, (times.get(key) ?? 0) + ms)
  }
  return times
}
