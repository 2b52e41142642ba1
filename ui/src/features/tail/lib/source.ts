// The stream of the tail. EventSource reconnects by itself when the connection breaks; when the server refuses it gives
// up without saying why, so the reason is asked for and the stream opened again after a while. While there is no server
// nothing is tried: the stream is opened when the probe of the page has found it again.
import { ApiError, asProblem, problemOf, unreachable, type Problem } from '@/api/client'
import { reach } from '@/api/reach'
import type { CallRow } from '@/api/types'
import { isRecord, parseJson } from '@/base/values'

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  /** The connection broke; the browser is opening it again. */
  | { state: 'lost' }
  | { state: 'refused'; problem: Problem; againInMs: number }

export interface TailHandlers {
  onSpans: (calls: CallRow[]) => void
  /** How many were left out for this reader since it connected. */
  onDropped: (count: number) => void
  onState: (state: LinkState) => void
}

/** Rows are handed on in batches: a page drawn for each of a thousand a second would do nothing else. */
const BATCH_MS = 120
/** Timers of a hidden page may be a minute late; what comes meanwhile must not pile up. */
const BATCH_MAX = 500
const RETRY_MAX_MS = 15_000
const isCall = (value: unknown): boolean => isRecord(value) && typeof value['trace_id'] === 'string' && typeof value['span_id'] === 'string' && typeof value['start_time'] === 'string'

/** Fields that the server does not send are unknown. */
const ABSENT = Object.fromEntries([
  'parent_span_id', 'duration_ns', 'operation', 'status_message', 'error_type', 'http_status', 'provider', 'request_model', 'response_model', 'user_id', 'session_id', 'feature', 'environment', 'release',
  'capture', 'stream', 'finish_reason', 'input_tokens', 'cached_input_tokens', 'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'cost_usd', 'ttft_ns', 'tpot_ns', 'output_tokens_per_second',
  'stall_count', 'longest_stall_ns', 'call_id', 'attempt', 'served', 'cache_status', 'input_preview', 'output_preview',
].map((field) => [field, null]))

export const retryDelay = (refusals: number): number => Math.min(RETRY_MAX_MS, 1000 * 2 ** refusals)

async function whyRefused(url: string): Promise<Problem | null> {
  const stop = new AbortController()
  try {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal })
    const requestId = response.headers.get('x-request-id')
    const stream = response.ok && (response.headers.get('content-type') ?? '').startsWith('text/event-stream')
    if (stream) return null
    if (response.ok) return { code: 'not_a_stream', status: response.status, message: 'The answer is not a stream of events.', hint: 'This server may be older than its pages, or something between them answered instead.', requestId }
    return problemOf(response.status, parseJson(await response.text()), requestId)
  } catch (error) {
    if (error instanceof ApiError) return asProblem(error)
    return unreachable()
  } finally {
    stop.abort()
  }
}

/** Follows the tail until the returned function is called. */
export function followTail(url: string, { onSpans, onDropped, onState }: TailHandlers): () => void {
  let source: EventSource | null = null
  let batch: CallRow[] = []
  let batchTimer: ReturnType<typeof setTimeout> | undefined
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let refusals = 0
  const stop = new AbortController()
  let over = false
  const flush = (): void => {
    batchTimer = undefined
    const calls = batch
    batch = []
    if (!over) onSpans(calls)
  }
  const open = (): void => {
    if (over) return
    onState({ state: 'connecting' })
    const mine = new EventSource(url)
    source = mine
    source.onopen = () => {
      refusals = 0
      onDropped(0)
      onState({ state: 'open' })
    }
    source.addEventListener('span', (event) => {
      const value = parseJson(String((event as MessageEvent).data))
      if (!isCall(value)) return
      batch.push({ ...ABSENT, name: '', kind: 'other', status: 'ok', service: '', tags: [], ...(value as object) } as unknown as CallRow)
      if (batch.length >= BATCH_MAX) {
        clearTimeout(batchTimer)
        flush()
      } else batchTimer ??= setTimeout(flush, BATCH_MS)
    })
    source.addEventListener('dropped', (event) => {
      const value = parseJson(String((event as MessageEvent).data))
      if (isRecord(value) && typeof value['dropped'] === 'number') onDropped(value['dropped'])
    })
    source.onerror = () => {
      const closed = mine.readyState === EventSource.CLOSED
      if (!closed) onState({ state: 'lost' })
      void reach.check('away').then((state) => {
        if (over || source !== mine) return
        if (state === 'away') return reopen(mine)
        if (closed) refused(mine)
      })
    }
  }
  const reopen = (lost: EventSource): void => {
    lost.close()
    source = null
    onState({ state: 'lost' })
    void reach.untilThere(stop.signal).then(open, () => undefined)
  }
  const refused = (by: EventSource): void => {
    by.close()
    void whyRefused(url).then(async (problem) => {
      // A server that stops refuses first, and is gone then.
      if (problem && (await reach.check('away')) === 'away') return over ? undefined : reopen(by)
      if (over) return
      const againInMs = retryDelay(refusals++)
      if (problem) onState({ state: 'refused', problem, againInMs })
      retryTimer = setTimeout(open, problem ? againInMs : 0)
    })
  }
  open()
  return () => {
    over = true
    stop.abort()
    clearTimeout(batchTimer)
    clearTimeout(retryTimer)
    source?.close()
  }
}
