// axe over every page of the router in every state (data, empty, error, loading, huge), light and dark, wide and narrow: no violation of
// WCAG 2.2 A and AA, nothing sticks out sideways, nothing throws. A new page is covered because it is in the router (places.mjs).
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage } from './browser.mjs'
import { start } from './fake/server.mjs'
import { HUGE_PLACES, ROUTES, addressOf, knownOf, settled } from './places.mjs'

const LOOKS = [['dark', 1440], ['light', 1440], ['dark', 390], ['light', 390]]
/** Answers of this server never come while the page is looked at. */
const NEVER_MS = 600_000
const STATES = { data: {}, empty: { mode: 'empty' }, error: { mode: 'errors' }, loading: { delayMs: NEVER_MS }, huge: {} }
/** Skeletons show after 150 ms. */
const LOADING_MS = 450

describe('every page in every state', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, known
  const servers = {}
  before(async () => {
    browser = await launch()
    for (const [state, options] of Object.entries(STATES)) servers[state] = await start(options)
    known = await knownOf(servers.data)
  })
  after(async () => {
    await browser?.close()
    for (const server of Object.values(servers)) await server.stop()
  })
  for (const state of Object.keys(STATES)) for (const [theme, width] of LOOKS) {
    it(`${state}, ${theme}, ${width} px`, async () => {
      const { page, context, wrong } = await openPage(browser, { theme, width, height: 900 })
      const found = []
      for (const route of ROUTES) {
        if (state === 'huge' && HUGE_PLACES[route] === undefined) continue
        await page.goto(servers[state].url + (state === 'huge' ? HUGE_PLACES[route] : addressOf(route, known)))
        await page.locator('main > *').first().waitFor({ timeout: 10_000 }).catch(() => found.push(`${route}: the page stays bare`))
        if (state === 'loading') await page.waitForTimeout(LOADING_MS)
        else await settled(page)
        found.push(...(await violationsOf(page)).map((violation) => `${route}: ${violation}`))
        if (!(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))) found.push(`${route}: something sticks out to the right`)
        found.push(...wrong.splice(0).map((what) => `${route}: ${what}`))
      }
      await context.close()
      assert.deepEqual(found, [])
    })
  }
})
