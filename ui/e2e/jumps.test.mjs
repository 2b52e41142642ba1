// What is there while an answer is slow stands where the answer will stand: tiles, charts, tables and lists do not move when they come.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, openPage } from './browser.mjs'
import { start } from './fake/server.mjs'
import { addressOf, settled } from './places.mjs'

const NEVER_MS = 600_000
const LOADING_MS = 450
/** Sentences and legends take the lines that they need. */
const APART_PX_MAX = { 1440: 8, 390: 40 }
const PARTS = '.metrictiles, .tiles, .panel, .outcomes, .histogram, .callsmain, .sessionsmain'
/** The parts of a page that are compared: the first of these, in the order of the page. */
const COMPARED = { '/': 2, '/costs': 3, '/features': 3, '/models': 3, '/users': 3, '/releases': 3, '/tools': 3, '/retrieval': 3, '/quality': 3, '/explore': 3, '/compare': 1, '/slowest': 1, '/ingest': 2, '/settings': 1, '/traces': 1, '/calls': 1, '/sessions': 2 }

const partsOf = (page) => page.evaluate((parts) => [...document.querySelectorAll(`main :is(${parts})`)].map((part) => Math.round(part.getBoundingClientRect().top)), PARTS)

describe('what comes does not move what is there', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, waiting, ready
  before(async () => {
    browser = await launch()
    waiting = await start({ delayMs: NEVER_MS })
    ready = await start({})
  })
  after(async () => {
    await browser?.close()
    for (const server of [waiting, ready]) await server?.stop()
  })
  for (const width of [1440, 390]) {
    it(`${width} px wide`, async () => {
      const { page, context } = await openPage(browser, { width })
      const moved = []
      for (const [route, count] of Object.entries(COMPARED)) {
        await page.goto(waiting.url + addressOf(route, {}))
        await page.locator('main [aria-busy=true], main .histogram').first().waitFor()
        await page.waitForTimeout(LOADING_MS)
        const before = (await partsOf(page)).slice(0, count)
        await page.goto(ready.url + addressOf(route, {}))
        await page.locator(`main :is(${PARTS})`).first().waitFor()
        await settled(page)
        const after = (await partsOf(page)).slice(0, count)
        if (before.length < count || before.some((top, at) => Math.abs(top - (after[at] ?? Infinity)) > APART_PX_MAX[width])) moved.push(`${route}: ${before.join(', ')} became ${after.join(', ')}`)
      }
      await context.close()
      assert.deepEqual(moved, [])
    })
  }
})
