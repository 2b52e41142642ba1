// axe over every page of the router in every state (data, empty, error, down: the server hangs up, starting: its engine does not answer yet, loading, huge, long: names without an end and sums of millions,
// missing: what the address names is not there), light and dark, wide and narrow: no violation of
// WCAG 2.2 A and AA, nothing sticks out sideways, nothing throws. A new page is covered because it is in the router (places.mjs).
// VITRINE_STATES=data, VITRINE_LOOKS=light-1440 and VITRINE_ROUTES=/users choose some of it; VITRINE_SHOTS=FOLDER keeps a picture of each, to be looked at.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, pagePool } from './browser.mjs'
import { start } from './fake/server.mjs'
import { HUGE_PLACES, MISSING, ROUTES as ALL, addressOf, knownOf, settled } from './places.mjs'

const chosen = (name, all) => { const said = process.env[name]; return said ? all.filter((item) => said.split(',').includes(item)) : all }
/** Answers of this server never come while the page is looked at. */
const NEVER_MS = 600_000
const OPTIONS = { data: {}, empty: { mode: 'empty' }, error: { mode: 'errors' }, down: { mode: 'down' }, starting: { mode: 'starting' }, loading: { delayMs: NEVER_MS }, huge: {}, long: { mode: 'long' }, missing: {} }
const ROUTES = chosen('VITRINE_ROUTES', ALL)
const SHOTS = process.env.VITRINE_SHOTS
/** Charts are drawn anew when colours change. */
const REDRAWN_MS = 150
const STATES = chosen('VITRINE_STATES', Object.keys(OPTIONS))
const LOOKS = chosen('VITRINE_LOOKS', ['dark-1440', 'light-1440', 'dark-390', 'light-390']).map((look) => look.split('-'))
const WIDTHS = [...new Set(LOOKS.map(([, width]) => Number(width)))]
/** States in which nobody answers; the strip below the page says so. */
const AWAY = ['down', 'starting']
/** Where the look of a phone ends. */
const PHONE_BELOW = 720
/** Pages at once: they wait for the server and for drawing most of the time. */
const PAGES_AT_ONCE = 3
/** Skeletons show after 150 ms. */
const LOADING_MS = 450

/** In the page: what reaches beyond the right edge of the window and could be scrolled to. */
const sticksOut = () => (document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth && (document.querySelector('main')?.scrollWidth ?? 0) <= (document.querySelector('main')?.clientWidth ?? 0)
  ? null : [...document.querySelectorAll('main *')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest('.scroll-x, .hidden')).slice(0, 3).map((node) => `${node.tagName.toLowerCase()}.${String(node.className.baseVal ?? node.className)}`).join(', ') || 'something')

/** In the page: text that leaves the cell it stands in, and so stands on its neighbour's. */
const spilling = () => {
  const found = new Set()
  for (const cell of document.querySelectorAll('main :is(td, th, [role=gridcell], [role=columnheader])')) {
    const box = cell.getBoundingClientRect()
    if (box.width === 0) continue
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      let [cut, hidden] = [text.parentElement, false]
      for (; cut !== cell && cut && getComputedStyle(cut).overflowX === 'visible'; cut = cut.parentElement) hidden ||= cut.classList.contains('hidden')
      if (hidden || (cut !== cell && cut !== null) || getComputedStyle(cell).overflowX !== 'visible') continue
      const range = document.createRange()
      range.selectNodeContents(text)
      const words = range.getBoundingClientRect()
      if (words.width > 0 && (words.right > box.right + 1 || words.left < box.left - 1)) found.add(`${cell.className || cell.tagName.toLowerCase()} "${text.data.slice(0, 24)}"`)
    }
  }
  return [...found].slice(0, 4)
}

/** In the page, on a phone: wide tables that lose their first column when they are moved sideways. */
const nameless = () => [...document.querySelectorAll('main .scroll-x')].filter((box) => {
  const cell = box.querySelector('tbody td')
  if (!cell || box.scrollWidth <= box.clientWidth) return false
  box.scrollLeft = box.scrollWidth
  const lost = cell.getBoundingClientRect().left < box.getBoundingClientRect().left - 1
  box.scrollLeft = 0
  return lost
}).map((box) => box.getAttribute('aria-label') ?? 'a table')

/** In the page: how wide the boxes of what went wrong are, where no panel is their frame. */
const boxWidths = () => [...document.querySelectorAll('main .problem')].filter((box) => !box.closest('.panel')).map((box) => Math.round(box.getBoundingClientRect().width))
/** All of them, where the window has room. */
const BOX_PX = 640

describe('every page in every state', { skip: REAL ? 'needs the invented data' : false, concurrency: PAGES_AT_ONCE }, () => {
  let browser, known, onPage
  const servers = {}
  before(async () => {
    if (SHOTS) mkdirSync(SHOTS, { recursive: true })
    browser = await launch()
    onPage = pagePool(browser)
    for (const state of new Set(['data', ...STATES])) servers[state] = await start(OPTIONS[state])
    known = await knownOf(servers.data)
  })
  after(async () => {
    await browser?.close()
    for (const server of Object.values(servers)) await server.stop()
  })

  /** One page in one state: loaded once for each width, and looked at in both themes, which change its colours alone. */
  const look = (state, route) => onPage(async ({ page, wrong }) => {
    const found = []
    for (const width of WIDTHS) {
      const themes = LOOKS.filter(([, of]) => Number(of) === width).map(([theme]) => theme)
      await page.setViewportSize({ width, height: 900 })
      await page.goto(servers[state].url + (state === 'huge' ? HUGE_PLACES[route] : addressOf(route, state === 'missing' ? MISSING : known)))
      await page.locator('main > *').first().waitFor({ timeout: 60_000 }).catch(() => found.push(`${width} px: the page stays bare`))
      if (AWAY.includes(state)) await page.locator('.reach .strip').waitFor()
      if (state === 'loading' || AWAY.includes(state)) await page.waitForTimeout(LOADING_MS)
      else await settled(page)
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme })
        if (SHOTS) {
          await page.waitForTimeout(REDRAWN_MS)
          await page.screenshot({ path: `${SHOTS}/${route.slice(1).replaceAll(/[/$]+/g, '-') || 'home'}-${state}-${theme}-${width}.png` })
        }
        found.push(...(await violationsOf(page)).map((violation) => `${theme}, ${width} px: ${violation}`))
      }
      // What is wrong with all of them is said once.
      if (AWAY.includes(state) && await page.locator('main [role=alert]').count() > 0) found.push(`${width} px: a part says what the strip says`)
      const odd = width < 2 * BOX_PX ? [] : (await page.evaluate(boxWidths)).filter((wide) => wide !== BOX_PX)
      if (odd.length > 0) found.push(`${width} px: an error box of its own width: ${odd.join(', ')} px`)
      // That something is not there is no failure, and what to do instead stands on the page.
      if (state === 'missing' && await page.locator('main [role=alert]').count() > 0) found.push(`${width} px: it is called an error`)
      if (state === 'missing' && await page.locator('main a[href], main button').count() === 0) found.push(`${width} px: no way on`)
      const out = await page.evaluate(sticksOut)
      if (out !== null) found.push(`${width} px: reaches beyond the right edge: ${out}`)
      found.push(...(await page.evaluate(spilling)).map((what) => `${width} px: leaves its cell: ${what}`))
      if (width < PHONE_BELOW) found.push(...(await page.evaluate(nameless)).map((what) => `${width} px: loses its first column: ${what}`))
      found.push(...wrong.splice(0).map((what) => `${width} px: ${what}`))
    }
    return found
  })
  for (const state of STATES) for (const route of ROUTES) {
    if ((state === 'huge' && HUGE_PLACES[route] === undefined) || (state === 'missing' && !route.includes('$'))) continue
    it(`${state}: ${route}`, async () => assert.deepEqual(await look(state, route), []))
  }
})
