// The fetch layer: one request function, one error type. A failure always has a cause, a remedy and, where the
// server gave one, the id of the request. A question that nobody could answer is asked again when somebody can (reach.ts).
import { isRecord } from '@/base/values'
import { takePlace } from './places'
import { reach } from './reach'

export interface Problem {
  code: string
  status: number
  message: string
  hint: string | null
  requestId: string | null
  /** The byte of what was asked that is wrong, where the server says one. Nobody counts bytes: a page points there. */
  at?: number
}

export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'ApiError'
    this.problem = problem
  }
}

export type Params = Record<string, string | number | undefined>

export interface RequestOptions {
  project: string
  params?: Params
  signal?: AbortSignal
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  /** False for a question that is asked again only when somebody says so. What changes data never is asked again by itself. */
  again?: boolean
}

export function apiUrl(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) if (value !== undefined && value !== '') query.set(key, String(value))
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** What an answer without words of its own means, and what to do. Those of a proxy have none. */
function meaningOf(status: number): readonly [message: string, hint: string | null] {
  if (status === 503) return ['The query engine is not ready.', 'Spans are still being kept. Try again in a moment.']
  if (status === 502 || status === 504) return ['Something between this page and the server got no answer from it.', 'It may be starting. Try again in a moment; if it stays, see whether the server is running.']
  if (status === 429) return ['Too much was asked at once.', 'Wait a moment, then try again.']
  if (status === 404) return ['There is nothing at this address.', null]
  return [`The server answered ${status}.`, status >= 500 ? 'Try again. If it stays, the log of the server says why.' : null]
}

const AT = / \(at byte (\d+)\)$/

/** What went wrong, from an answer that is not a success. Answers that are not ours (a proxy's page) are named as such. */
export function problemOf(status: number, body: unknown, requestId: string | null): Problem {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : null
  const [meaning, hint] = meaningOf(status)
  const message = text(error?.['message']) ?? meaning
  const at = AT.exec(message)?.[1]
  return {
    code: text(error?.['code']) ?? `http_${status}`,
    status,
    message: message.replace(AT, ''),
    hint: text(error?.['hint']) ?? hint,
    requestId: text(error?.['request_id']) ?? requestId,
    ...(at === undefined ? {} : { at: Number(at) }),
  }
}

export const unreachable = (): Problem => ({
  code: 'unreachable', status: 0, requestId: null,
  message: 'The server does not answer.', hint: `Is \`vitrine serve\` running at ${window.location.origin}?`,
})

/** Questions that are sent as a body, since they are long. */
const BODY_QUESTIONS = /^\/api\/v1\/(query(\/.*)?|heatmap|difference|sql)$/
const isQuestion = (path: string, { method = 'GET', again = true }: RequestOptions): boolean => again && (method === 'GET' || (method === 'POST' && BODY_QUESTIONS.test(path)))

/** So often is a question asked: one that ends the engine each time must not do so for ever. */
const ASKS_MAX = 4
const AGAIN_MS_MAX = 4000
const PASSES = [0, 429, 502, 503, 504]

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }, { once: true })
  })
}

/** Waits until what went wrong may have passed. False where asking again is of no use. */
async function passed(problem: Problem, asks: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (!PASSES.includes(problem.status)) return false
  const found = problem.status === 429 ? Promise.resolve('up') : reach.check(problem.status === 503 ? 'starting' : 'away')
  if (asks === ASKS_MAX) return false
  const state = await found
  if (state !== 'up') return reach.untilUp(signal).then(() => true)
  // The server is there: this question took longer than something in between would wait, and would do so again.
  if (problem.status === 504) return false
  await pause(Math.min(AGAIN_MS_MAX, 400 * 2 ** (asks - 1)), signal)
  return true
}

/** Asks the server and gives the parsed body. Throws ApiError, or the AbortError of a cancelled request. */
export async function request<T>(path: string, options: RequestOptions): Promise<T> {
  const question = isQuestion(path, options)
  for (let asks = 1; ; asks++) {
    const give = await (question ? placeToAsk(options.signal) : takePlace(options.signal))
    try {
      const body = await send<T>(path, options)
      reach.heard()
      return body
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // The probe goes out before the next question does: a browser keeps few connections to one server.
      const again = passed(error.problem, question ? asks : ASKS_MAX, options.signal)
      give()
      if (!(await again)) throw error
    } finally {
      give()
    }
  }
}

/** A place for a question, once there is somebody to ask. */
async function placeToAsk(signal: AbortSignal | undefined): Promise<() => void> {
  for (;;) {
    await reach.untilThere(signal)
    const give = await takePlace(signal)
    if (reach.now().state !== 'away') return give
    give()
  }
}

async function send<T>(path: string, options: RequestOptions): Promise<T> {
  const init: RequestInit = {
    method: options.method ?? 'GET',
    headers: { accept: 'application/json', 'x-vitrine-project': options.project },
  }
  if (options.signal) init.signal = options.signal
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body)
    init.headers = { ...init.headers, 'content-type': 'application/json' }
  }
  let response: Response
  let raw: string
  try {
    response = await fetch(apiUrl(path, options.params), init)
    raw = await response.text()
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(unreachable())
  }
  const requestId = response.headers.get('x-request-id')
  let body: unknown
  try {
    body = raw === '' ? null : (JSON.parse(raw) as unknown)
  } catch {
    if (!response.ok) throw new ApiError(problemOf(response.status, null, requestId))
    throw new ApiError({
      code: 'not_json', status: response.status, requestId,
      message: 'The answer is not JSON.', hint: 'Something between this page and Vitrine may have answered instead.',
    })
  }
  if (!response.ok) throw new ApiError(problemOf(response.status, body, requestId))
  return body as T
}

export function asProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return { code: 'page', status: 0, requestId: null, message: error instanceof Error ? error.message : String(error), hint: null }
}
