// The server goes away under an open page and comes back: one strip says so, no part calls it an error, what was read stays, and
// everything goes on by itself when somebody answers. It is a server that is really stopped, and started again at the same address.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage } from './browser.mjs'
import { FAILING, start } from './fake/server.mjs'
import { settled } from './places.mjs'

const PLACES = { '/': '[data-summary]', '/traces': '[data-row]', [`/traces/${FAILING}`]: '.tree', '/explore?measures=p95(ttft),sum(cost_usd)&by=feature': '.timechart canvas' }
/** The probe waits no longer than 10 s between two tries. */
const BACK_MS_MAX = 15_000

describe('a server that goes and comes', { skip: REAL ? 'stops the server' : false }, () => {
  let browser, server, view
  before(async () => { browser = await launch() })
  after(async () => { await browser?.close() })
  beforeEach(async () => { server = await start({}) })
  afterEach(async () => {
    await view?.context.close()
    view = undefined
    await server.stop()
  })
  const open = async (path, ready, options) => {
    view = await openPage(browser, options)
    await view.page.goto(server.url + path)
    await view.page.locator(ready).first().waitFor()
    await settled(view.page)
    // A page that loads itself anew forgets this.
    await view.page.evaluate(() => { window.__same = true })
    return view.page
  }
  const restart = async (options = {}) => { server = await start({ port: Number(new URL(server.url).port), ...options }) }
  const strip = (page) => page.locator('.reach .strip')
  const gone = (page) => strip(page).waitFor({ state: 'detached', timeout: BACK_MS_MAX })
  const tops = (page) => page.evaluate(() => [...document.querySelectorAll('main :is(h1, h2, .panel, .filterbar, table, [role=treegrid], [role=grid])')].map((part) => Math.round(part.getBoundingClientRect().top)))

  for (const [path, ready] of Object.entries(PLACES)) {
    it(`${path}: keeps what it shows, and what is asked meanwhile is answered after`, async () => {
      const page = await open(path, ready)
      const before = await tops(page)
      await server.stop()
      await page.keyboard.press('Shift+R')
      await strip(page).waitFor()
      assert.match(await strip(page).textContent(), new RegExp(`Vitrine cannot be reached at ${new URL(server.url).host}.*last answer \\d\\d:\\d\\d:\\d\\d, asked`))
      assert.equal(await page.locator('.reach .strip').count(), 1)
      assert.equal(await page.locator('[role=alert]').count(), 0)
      assert.ok(await page.locator(ready).first().isVisible())
      assert.deepEqual(await tops(page), before)
      await restart()
      await gone(page)
      await settled(page)
      assert.equal(await page.locator('.reach [role=status]').textContent(), 'Vitrine answers again.')
      assert.equal(await page.locator('[role=alert], [aria-busy=true]').count(), 0)
      assert.ok(server.state.requests.some((asked) => !/ingest|project|views/.test(asked)), `asked again: ${server.state.requests}`)
      assert.equal(await page.evaluate(() => window.__same), true)
      assert.deepEqual(view.wrong, [])
    })
  }

  it('a page that is opened meanwhile waits with what it will look like, also where its code has still to come', async () => {
    const page = await open('/traces', '[data-row]')
    await server.stop()
    await page.getByRole('link', { name: 'Models' }).click()
    await strip(page).waitFor()
    await page.locator('main [aria-busy=true]').first().waitFor()
    assert.equal(await page.locator('[role=alert]').count(), 0)
    await restart()
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor({ timeout: BACK_MS_MAX })
    await page.locator('main tbody tr').first().waitFor()
    assert.equal(await page.evaluate(() => window.__same), true)
  })

  it('asks with one probe, less and less often, and at once when told', async () => {
    const page = await open('/', '[data-summary]')
    server.state.mode = 'down'
    await page.keyboard.press('Shift+R')
    await strip(page).waitFor()
    const questions = server.state.requests.length
    const probes = server.state.probes
    await page.waitForTimeout(3500)
    assert.equal(server.state.requests.length, questions, 'no question is asked')
    assert.ok(server.state.probes - probes <= 2, `${server.state.probes - probes} probes`)
    server.state.mode = 'full'
    await page.getByRole('button', { name: 'Try now' }).focus()
    await page.keyboard.press('Enter')
    await strip(page).waitFor({ state: 'detached', timeout: 900 })
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
  })

  it('asks at once when the browser is online again', async () => {
    const page = await open('/traces', '[data-row]')
    await view.context.setOffline(true)
    await strip(page).waitFor()
    await page.waitForTimeout(3500)
    await view.context.setOffline(false)
    await strip(page).waitFor({ state: 'detached', timeout: 2000 })
  })

  it('tells an engine that is starting from a server that is away', async () => {
    await server.stop()
    await restart({ mode: 'starting' })
    view = await openPage(browser)
    const { page } = view
    await page.goto(server.url)
    await strip(page).waitFor()
    assert.match(await strip(page).textContent(), /The engine is starting/)
    assert.equal(await page.locator('[role=alert]').count(), 0)
    server.state.mode = 'full'
    await page.locator('[data-summary]').waitFor({ timeout: BACK_MS_MAX })
    await gone(page)
  })

  it('the tail goes on', async () => {
    const page = await open('/tail', '[data-row]')
    await server.stop()
    await strip(page).waitFor()
    await page.getByText('Connection lost').waitFor()
    assert.equal(await page.locator('[role=alert]').count(), 0)
    assert.ok(await page.locator('[data-row]').count() > 0)
    await restart()
    await page.getByText('Live', { exact: true }).waitFor({ timeout: BACK_MS_MAX })
    assert.equal(server.state.tails.size, 1)
  })

  it('what changes data is sent once, and says that it failed', async () => {
    const page = await open('/settings', '.settingsform')
    const changes = []
    page.on('request', (request) => !['GET', 'HEAD'].includes(request.method()) && changes.push(request.method()))
    await server.stop()
    await page.getByLabel('Days and months are those of').fill('Europe/Berlin')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.locator('main [role=alert]').waitFor()
    await strip(page).waitFor()
    await restart()
    await gone(page)
    await settled(page)
    assert.deepEqual(changes, ['PUT'])
    assert.equal(await page.getByLabel('Days and months are those of').inputValue(), 'Europe/Berlin')
  })

  it('an answer that is an error stays where it was asked', async () => {
    const page = await open('/traces', '[data-row]')
    server.state.mode = 'errors'
    await page.keyboard.press('Shift+R')
    await page.locator('main [role=alert]').first().waitFor()
    assert.equal(await strip(page).count(), 0)
  })

  for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]]) {
    it(`the strip is accessible in ${theme} at ${width} px`, async () => {
      const page = await open('/traces', '[data-row]', { theme, width })
      server.state.mode = 'down'
      await page.evaluate(() => window.dispatchEvent(new Event('offline')))
      await strip(page).waitFor()
      assert.deepEqual(await violationsOf(page), [])
      const box = await page.getByRole('button', { name: 'Try now' }).boundingBox()
      assert.ok(box.height >= 22 && box.x + box.width <= width)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    })
  }
})
