// Every page of the router, walked with the keyboard: Tab reaches everything, what has the focus is seen, Escape closes what opens, and every
// key that the help lists does something. A new page is walked because it is in the router (places.mjs).
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, pagePool, serve } from './browser.mjs'
import { ROUTES as ALL, addressOf, knownOf, readyOf, settled } from './places.mjs'

/** `VITRINE_ROUTES=/users,/connect` walks these alone, for somebody who works on them. */
const ROUTES = process.env.VITRINE_ROUTES ? ALL.filter((route) => process.env.VITRINE_ROUTES.split(',').includes(route)) : ALL

/** More stops than any page has; whoever needs more has a trap. */
const TABS_MAX = 1500

/** In the page: what Tab should reach, as a list of marks. Hidden and disabled things, and those that a composite moves within, are no
 * stops; a list of tabs hands its focus on to the tab that is open. */
const listStops = () => {
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]')].filter((node) => {
    const style = getComputedStyle(node)
    const box = node.getBoundingClientRect()
    return node.tabIndex >= 0 && !node.disabled && style.visibility !== 'hidden' && style.display !== 'none' && box.width > 0 && box.height > 0 && !node.closest('[inert], [aria-hidden=true]') && node.getAttribute('role') !== 'tablist' && node.closest('details:not([open]) > :not(summary)') === null
  })
  return stops.map((node, index) => {
    node.dataset.stop = String(index)
    return `${node.tagName.toLowerCase()}${node.className && typeof node.className === 'string' ? '.' + node.className.trim().replaceAll(/\s+/g, '.') : ''} ${(node.getAttribute('aria-label') ?? node.textContent ?? '').trim().slice(0, 40)}`
  })
}

/** In the page: what has the focus, and whether that is seen: something of it, of its surroundings or of what is chosen in it looks otherwise
 * than without the focus. */
const focused = async () => {
  const node = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
  if (!node || node === document.body) return null
  // Out of a shadow as well: the editor lives in one, and its frame outside.
  const above = (of) => of?.parentElement ?? of?.getRootNode().host ?? null
  const around = [node]
  for (let at = above(node); at && around.length < 6; at = above(at)) around.push(at)
  const parts = [...around, ...node.querySelectorAll('[aria-selected=true], circle, kbd, .cm-cursor')].filter(Boolean)
  const look = () => parts.map((part) => { const style = getComputedStyle(part); return [style.boxShadow, style.outlineStyle, style.outlineWidth, style.borderColor, style.backgroundColor, style.stroke, style.textDecorationLine].join(';') }).join('|')
  // An editor says what has its focus a moment later.
  const editor = node.classList.contains('cm-content')
  const moment = () => (editor ? new Promise((done) => setTimeout(done, 100)) : undefined)
  await moment()
  const shown = look()
  node.blur()
  await moment()
  const hidden = look()
  node.focus({ preventScroll: true, focusVisible: true })
  return { stop: node.dataset.stop ?? null, tag: `${node.tagName.toLowerCase()}.${typeof node.className === 'string' ? node.className : ''}`, text: (node.textContent ?? '').trim().slice(0, 40), seen: shown !== hidden, editor }
}

/** The keys of the help, as Playwright presses them. */
const PRESSED = { '↵': 'Enter', Esc: 'Escape', Space: 'Space', 'Ctrl K': 'Control+k', 'Ctrl E': 'Control+e', '⇧R': 'Shift+R', '⇧T': 'Shift+T', '⇧': 'Shift', '←': 'ArrowLeft', '→': 'ArrowRight', '↑': 'ArrowUp', '↓': 'ArrowDown', 'Ctrl ↵': 'Control+Enter' }
const pressOf = (name) => PRESSED[name] ?? (/^[A-Z]$/.test(name) ? name.toLowerCase() : name)

/** Keys that speak of what is chosen first, or of a field: named with the reason. */
const NEEDS = {
  '/sql': { 'Ctrl ↵': 'is the editor\'s own', Esc: 'leaves the text, or ends a query that runs' },
}

/** Each test has a page for itself, and waits for it most of the time. */
const PAGES_AT_ONCE = 3

describe('the keyboard', { skip: REAL ? 'needs the invented data' : false, concurrency: PAGES_AT_ONCE }, () => {
  let browser, server, known, use
  before(async () => {
    browser = await launch()
    use = pagePool(browser)
    server = await serve({})
    known = await knownOf(server)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const go = async (page, route) => {
    await page.goto(server.url + addressOf(route, known))
    await page.locator(readyOf(route)).first().waitFor({ timeout: 60_000 })
    await settled(page)
  }
  const onPage = (route, walk) => () => use(async ({ page, wrong }) => {
    await go(page, route)
    await walk(page, wrong)
  })

  it('reads the list of keys to its end, where a window is too low for it', () => use(async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 600 })
    await go(page, '/traces')
    await page.keyboard.press('?')
    const last = page.locator('dialog.keys[open] dd').last()
    await last.waitFor()
    await page.keyboard.press('End')
    await page.waitForFunction(() => [...document.querySelectorAll('dialog.keys dd')].at(-1).getBoundingClientRect().bottom < innerHeight, undefined, { timeout: 3000 })
    await page.keyboard.press('Escape')
    await page.setViewportSize({ width: 1440, height: 900 })
  }))

  it('says nothing of no match beside what the palette found', () => use(async ({ page }) => {
    await go(page, '/traces')
    await page.keyboard.press('Control+k')
    await page.locator('[cmdk-input]').fill('qqqq')
    await page.getByText('Search traces for “qqqq”').waitFor()
    assert.equal(await page.getByText('Nothing matches.').count(), 0)
    await page.keyboard.press('Escape')
  }))

  it('knows every page of the router', () => {
    assert.ok(ALL.length >= 26, `${ALL.length} routes`)
    for (const route of ALL) addressOf(route, known)
  })

  for (const route of ROUTES) {
    it(`${route}: Tab reaches everything, and what has the focus is seen`, onPage(route, async (page) => {
      const stops = await page.evaluate(listStops)
      const walked = new Set()
      const unseen = []
      let [first, turns, ends] = [null, 0, 0]
      for (; turns < TABS_MAX; turns++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(focused)
        if (at === null) {
          // The end of the page: the browser itself is next, then the page from its beginning. Where a page takes the focus itself, that comes after its end.
          if (++ends > 1) break
          continue
        }
        const key = at.stop ?? at.tag + at.text
        if (key === first) break
        first ??= key
        if (walked.has(key)) continue
        walked.add(key)
        if (!at.seen) unseen.push(`${at.tag} ${at.text}`)
        // An editor takes Tab as a letter; Escape lets go of it.
        if (at.editor) await page.keyboard.press('Escape')
      }
      assert.ok(turns < TABS_MAX, `Tab does not come round; it was at ${[...walked].slice(-3).join(', ')}`)
      // What went away in the meantime (a light, a row) need not be reached.
      const there = await page.evaluate(() => [...document.querySelectorAll('[data-stop]')].map((node) => Number(node.dataset.stop)))
      assert.deepEqual(there.filter((index) => !walked.has(String(index))).map((index) => stops[index]), [], 'never reached')
      assert.deepEqual(unseen, [], 'the focus is not seen')
    }))
  }

  for (const route of ROUTES) {
    it(`${route}: Escape closes what opens, and gives the focus back`, onPage(route, async (page, wrong) => {
      await page.keyboard.press('?')
      await page.locator('dialog.keys[open]').waitFor()
      // `s` may be the page's own: then its help does not say that it saves a view.
      const saves = (await page.locator('dialog.keys dd', { hasText: /^save this view$/ }).count()) > 0
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
      for (const [key, what] of [['Control+k', 'dialog.palette[open]'], ['?', 'dialog.keys[open]'], ...(saves ? [['s', 'dialog[open]']] : [])]) {
        await page.evaluate(() => document.activeElement?.blur?.())
        await page.keyboard.press(key)
        await page.locator(what).waitFor()
        await page.keyboard.press('Escape')
        await page.locator('dialog[open]').waitFor({ state: 'detached', timeout: 3000 }).catch(() => assert.fail(`${key}: ${what} stays open`))
      }
      const triggers = await page.locator('button[aria-haspopup=dialog]:visible').count()
      for (let at = 0; at < triggers; at++) {
        const trigger = page.locator('button[aria-haspopup=dialog]:visible').nth(at)
        await trigger.focus()
        await page.keyboard.press('Enter')
        await page.locator('.pop[role=dialog]').waitFor()
        await page.keyboard.press('Escape')
        await page.locator('.pop[role=dialog]').waitFor({ state: 'detached' })
        assert.ok(await trigger.evaluate((node) => node === document.activeElement), 'the focus is back on what opened it')
      }
      assert.deepEqual(wrong, [])
    }))
  }

  for (const route of ROUTES) {
    it(`${route}: every key in its help does something`, onPage(route, async (page) => {
      await page.keyboard.press('?')
      await page.locator('dialog.keys[open]').waitFor()
      const section = page.locator('dialog.keys section', { has: page.locator('h2', { hasText: /^This page$/ }) })
      const listed = (await section.count()) === 0 ? [] : (await section.locator('dt').allTextContents()).length === 0 ? [] : await section.locator('dt').evaluateAll((nodes) => nodes.map((node) => [...node.querySelectorAll('kbd')].map((kbd) => kbd.textContent)))
      const silent = []
      // `g b` is one key after the other; the others of a row are keys of their own.
      const names = listed.flatMap((row) => (row[0] === 'g' && row.length === 2 ? [row.join(' ')] : row))
      for (const name of new Set(names)) {
        if (/^[–-]$/.test(name) || NEEDS[route]?.[name]) continue
        for (const key of /^\d–\d$/.test(name) ? [name[0], name.at(-1)] : [name]) {
          await go(page, route)
          await page.evaluate(() => {
            document.activeElement?.blur?.()
            window.__taken = false
            window.addEventListener('keydown', (event) => { window.__taken ||= event.defaultPrevented })
          })
          for (const part of key.startsWith('g ') ? key.split(' ') : [key]) await page.keyboard.press(pressOf(part))
          // A letter may be meant as it stands.
          if (/^[A-Z]$/.test(key) && !(await page.evaluate(() => window.__taken === true))) await page.keyboard.press(key)
          if (!(await page.evaluate(() => window.__taken === true))) silent.push(key)
        }
      }
      assert.deepEqual(silent, [], 'listed, but nothing takes them')
    }))
  }
})
