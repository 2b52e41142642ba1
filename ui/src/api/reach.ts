// Whether the server can be reached, found out by one probe for the whole page. A question that gets no answer makes the
// probe ask /readyz; while that fails, questions wait (client.ts) and the shell says why, once. It is asked again after
// 1, 2, 4, 8, then every 10 s, and at once when the browser comes online, the page is looked at again, or somebody says so.
import { useSyncExternalStore } from 'react'
import { isRecord, parseJson } from '@/base/values'

/** `away`: nothing answers. `starting`: the server answers, its engine does not yet. */
export type ReachState = 'up' | 'away' | 'starting'

export interface Reached {
  state: ReachState
  /** Since when; when the last answer came; when the probe asked last. Milliseconds since the epoch, null for never. */
  since: number | null
  heardAt: number | null
  probedAt: number | null
}

const PROBE_MS_MAX = 5000
const AGAIN_MS_MAX = 10_000

export const probeDelay = (failures: number): number => Math.min(AGAIN_MS_MAX, 1000 * 2 ** failures)

/** What an answer of /readyz says about questions. A full disk refuses spans, and is not ready either, but questions are answered. */
export function stateOf(status: number, body: unknown): ReachState {
  const parts = isRecord(body) && isRecord(body['parts']) ? body['parts'] : null
  // An answer that is not ours comes from something in between, which says with these that it got none.
  if (parts === null) return status === 502 || status === 503 || status === 504 ? 'away' : 'up'
  const ok = (name: string): boolean => isRecord(parts[name]) && parts[name]['ok'] === true
  return ok('engine') && ok('settling') ? 'up' : 'starting'
}

async function askReadyz(): Promise<ReachState> {
  try {
    const response = await fetch('/readyz', { cache: 'no-store', headers: { accept: 'application/json' }, signal: AbortSignal.timeout(PROBE_MS_MAX) })
    return stateOf(response.status, parseJson(await response.text()))
  } catch {
    return 'away'
  }
}

export interface Reach {
  now: () => Reached
  subscribe: (listener: () => void) => () => void
  /** A question went unanswered: is it the server? All who ask at the same time get the same probe. */
  check: (suspected: ReachState) => Promise<ReachState>
  /** Probes at once, and begins anew to count. */
  retry: () => void
  /** An answer has come. */
  heard: () => void
  /** Waits until there is somebody to ask. Rejects with the signal's reason when the asker leaves before. */
  untilThere: (signal?: AbortSignal) => Promise<void>
  /** Waits until questions are answered. */
  untilUp: (signal?: AbortSignal) => Promise<void>
}

export function createReach(probe: () => Promise<ReachState>): Reach {
  let reached: Reached = { state: 'up', since: null, heardAt: null, probedAt: null }
  let heardAt: number | null = null
  let probing: Promise<ReachState> | null = null
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const listeners = new Set<() => void>()
  const look = (): Promise<ReachState> => {
    clearTimeout(timer)
    probing ??= probe().then((state) => {
      probing = null
      clearTimeout(timer)
      if (state === 'up') failures = 0
      else timer = setTimeout(() => void look(), probeDelay(failures++))
      const changed = state !== reached.state || state !== 'up'
      if (state !== 'away') heardAt = Date.now()
      reached = { state, since: state === reached.state ? reached.since : Date.now(), heardAt, probedAt: Date.now() }
      if (changed) for (const listener of [...listeners]) listener()
      return state
    })
    return probing
  }
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const until = (enough: (state: ReachState) => boolean, signal?: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    if (enough(reached.state)) return resolve()
    const end = (): void => {
      leave()
      signal?.removeEventListener('abort', aborted)
    }
    const leave = subscribe(() => {
      if (!enough(reached.state)) return
      end()
      resolve()
    })
    const aborted = (): void => {
      end()
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', aborted)
  })
  return {
    now: () => reached,
    subscribe,
    check: (suspected) => (reached.state === suspected ? Promise.resolve(suspected) : look()),
    retry: () => {
      failures = 0
      void look()
    },
    heard: () => {
      heardAt = Date.now()
      if (reached.state === 'away') void look()
    },
    untilThere: (signal) => until((state) => state !== 'away', signal),
    untilUp: (signal) => until((state) => state === 'up', signal),
  }
}

/** The server of this page. */
export const reach = createReach(askReadyz)

/** Begins to listen to the browser: what it says about the network and the page is a reason to probe, never an answer. */
export function watchReach(): void {
  const retry = (): void => {
    if (reach.now().state !== 'up' && document.visibilityState === 'visible') reach.retry()
  }
  window.addEventListener('online', retry)
  document.addEventListener('visibilitychange', retry)
  window.addEventListener('offline', () => void reach.check('away'))
}

export const useReach = (): Reached => useSyncExternalStore(reach.subscribe, reach.now)

/** Loads a part of the pages. Without the server it waits, since a part that could not be loaded ends the page that needs it. */
export async function whenThere<T>(load: () => Promise<T>): Promise<T> {
  await reach.untilThere()
  try {
    return await load()
  } catch (error) {
    if ((await reach.check('away')) !== 'away') throw error
    await reach.untilThere()
    return load()
  }
}
