// The browser of the tests: Debian's Chromium, without anything that talks to the outside.
import { chromium } from 'playwright-core'
import { start } from './fake/server.mjs'

export const REAL = process.env.VITRINE_URL ?? null
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const launch = () => chromium.launch({
  executablePath: EXECUTABLE,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

/** The server under test: the real one named by VITRINE_URL, else the fake one. */
export async function serve(options) {
  return REAL ? { url: REAL, state: null, stop: async () => {} } : start(options)
}

/** What each page waits for. */
const open = new WeakMap()
const QUIET_MS = 150
const QUIET_MS_MAX = 15_000

/** Nothing has been asked for a moment; a page that asks for ever is taken as it is. */
export async function quiet(page) {
  const until = Date.now() + QUIET_MS_MAX
  for (let since = Date.now(); Date.now() - since < QUIET_MS && Date.now() < until;) {
    if (open.get(page).size > 0) since = Date.now()
    await new Promise((done) => setTimeout(done, 25))
  }
}

/** A page that remembers what went wrong on it: exceptions, refused policies, failed loads of its own. */
export async function openPage(browser, { width = 1440, height = 900, theme = 'dark' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', deviceScaleFactor: 1 })
  const page = await context.newPage()
  const wrong = []
  const asked = new Set()
  // A stream ends when its reader goes: it is no question that waits for its answer.
  page.on('request', (request) => request.resourceType() !== 'eventsource' && asked.add(request))
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => asked.delete(request))
  open.set(page, asked)
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) wrong.push(`console: ${message.text()}`)
  })
  return { page, context, wrong }
}

/** Pages that are used one after another: each new one is a new window, which takes longer than most of what is looked at in it. A page on
 * which something was thrown is not used again. */
export function pagePool(browser, options) {
  const free = []
  return async (work) => {
    const view = free.pop() ?? await openPage(browser, options)
    view.wrong.length = 0
    try {
      const result = await work(view)
      free.push(view)
      return result
    } catch (error) {
      await view.context.close()
      throw error
    }
  }
}
