// Every page there is, from the router's own table, so that a new page is tested by being there; and for each the states that it
// can be in. Only what stands in an address has to be said here.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { quiet } from './browser.mjs'
import { BOARD_ID } from './fake/boards.mjs'
import { HUGE, SPECIAL_SPAN, STALLED } from './fake/calls.mjs'
import { BIG_100K, FAILING } from './fake/server.mjs'

const ROUTER = fileURLToPath(new URL('../src/app/router.tsx', import.meta.url))

/** What stands for a parameter of a path in the invented data; `of` chooses by the page. */
const PARAMETERS = {
  $traceId: (path, known) => known.trace ?? (path.startsWith('/calls/') ? STALLED : FAILING), $spanId: () => SPECIAL_SPAN, $otherTrace: () => HUGE, $otherSpan: () => SPECIAL_SPAN,
  $otherId: (_, known) => known.otherTrace, $sessionId: (_, known) => known.session, $boardId: (_, known) => known.board ?? BOARD_ID,
}

/** Parameters of an address that shows much of the page. */
const SEARCH = {
  '/explore': 'measures=p95(ttft),sum(cost_usd)&by=feature', '/traces/$traceId': 'tab=chat',
}

/** What is there when a page is ready, where that is more than its main part. */
const READY = {
  '/': '[data-summary], .state, .problem, .code', '/explore': '.timechart canvas, .state, .problem, .panelnote, .insight', '/tail': '[data-row], .state, .problem, [role=alert], .tailpage',
}

export const ROUTES = [...readFileSync(ROUTER, 'utf8').matchAll(/\bpath: '([^']+)'/g)].map((match) => match[1])

/** The address of a route in the invented data. */
export function addressOf(route, known) {
  const path = route.split('/').map((part) => {
    if (!part.startsWith('$')) return part
    const value = PARAMETERS[part]
    if (!value) throw new Error(`${route}: say in e2e/places.mjs what stands for ${part}`)
    return encodeURIComponent(value(route, known))
  }).join('/')
  return SEARCH[route] ? `${path}?${SEARCH[route]}` : path
}

export const readyOf = (route) => READY[route] ?? 'main > *'

/** More than a screen can show, where a page has such a thing. */
export const HUGE_PLACES = { '/traces/$traceId': `/traces/${BIG_100K}`, '/calls/$traceId/$spanId': `/calls/${HUGE}/${SPECIAL_SPAN}?tab=deltas`, '/calls': '/calls?range=all', '/traces': '/traces?range=all', '/sessions': '/sessions?range=all', '/costs': '/costs?by=user', '/users': '/users?range=all' }

/** Well-formed ids of what nobody stores. */
export const MISSING = { trace: '9'.repeat(32), otherTrace: '8'.repeat(32), session: 'nobody-said-this', board: 'gone' }

/** Ids that only the server knows. */
export async function knownOf(server) {
  const ask = async (path) => (await fetch(server.url + path)).json()
  const { sessions } = await ask('/api/v1/sessions?limit=1')
  const { traces } = await ask('/api/v1/traces?limit=40')
  return { session: sessions[0].session_id, otherTrace: traces.find((trace) => trace.status === 'ok' && trace.trace_id !== FAILING && trace.name !== 'nightly-batch').trace_id }
}

/** Nothing is being asked or drawn any more. What failed is asked again by the page, and waits meanwhile. */
export async function settled(page) {
  await quiet(page)
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'), undefined, { timeout: 15_000 }).catch(() => undefined)
  await quiet(page)
}
