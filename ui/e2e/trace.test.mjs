// The trace page: tree and waterfall, deep links, keys, the conversation and the raw data of a span.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, openPage, serve } from './browser.mjs'
import { FAILING } from './fake/server.mjs'

describe('the trace page', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server, view
  before(async () => {
    browser = await launch()
    server = await serve({})
    view = await openPage(browser)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const open = async (query = '') => {
    await view.page.goto('about:blank')
    await view.page.goto(`${server.url}/traces/${FAILING}${query}`)
    await view.page.waitForSelector('.tree [aria-selected=true]')
    return view.page
  }
  const selected = (page) => page.locator('.tree [aria-selected=true]').first()
  const param = (page, name) => new URL(page.url()).searchParams.get(name)
  /** Selects the first model call of the agent, which has a conversation. */
  const toCall = async (page) => {
    await page.keyboard.press('Home')
    for (let i = 0; i < 4; i++) await page.keyboard.press('j')
    await page.locator('.spanhead h2', { hasText: 'chat claude-sonnet-4-5' }).waitFor()
    await page.locator('.msg').first().waitFor()
  }

  it('opens on the error that is the cause', async () => {
    const page = await open()
    assert.match(await selected(page).textContent(), /GET \/carrier_status/)
    assert.match(await page.locator('.failure').textContent(), /timeout/)
  })

  it('is a treegrid that says level, place and fold', async () => {
    const page = await open()
    const grid = page.getByRole('treegrid')
    assert.equal(await grid.getAttribute('aria-rowcount'), '29')
    const row = selected(page)
    assert.equal(await row.getAttribute('aria-level'), '4')
    assert.equal(await grid.getAttribute('aria-activedescendant'), await row.getAttribute('id'))
    await page.keyboard.press('Home')
    assert.equal(await selected(page).getAttribute('aria-expanded'), 'true')
    await page.keyboard.press('ArrowLeft')
    assert.equal(await selected(page).getAttribute('aria-expanded'), 'false')
    assert.equal(await grid.getAttribute('aria-rowcount'), '4')
    await page.keyboard.press('ArrowRight')
    assert.equal(await grid.getAttribute('aria-rowcount'), '29')
  })

  it('hangs an orphan under a row for its parent', async () => {
    const page = await open('?span=feedbeefcafe0001')
    assert.match(await selected(page).textContent(), /span not received/)
    await page.getByText('was never received').waitFor()
  })

  it('goes from error to error', async () => {
    const page = await open()
    const first = await selected(page).getAttribute('data-span')
    await page.keyboard.press('n')
    const second = await selected(page).getAttribute('data-span')
    assert.notEqual(second, first)
    await page.keyboard.press('n')
    assert.equal(await selected(page).getAttribute('data-span'), first)
  })

  it('keeps span, tab, zoom, fold and find in the URL and opens from it', async () => {
    const page = await open()
    await toCall(page)
    await page.keyboard.press('3')
    await page.keyboard.press('z')
    await page.waitForFunction(() => ['span', 'tab', 'zoom'].every((name) => new URL(location.href).searchParams.has(name)))
    assert.equal(param(page, 'tab'), 'details')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await page.locator('.spanhead h2', { hasText: 'chat claude-sonnet-4-5' }).waitFor()
    assert.equal(await page.getByRole('tab', { name: 'Details' }).getAttribute('aria-selected'), 'true')
    await page.locator('.overview .brush').waitFor()
    await page.keyboard.press('0')
    await page.locator('.overview .brush').waitFor({ state: 'detached' })
  })

  it('finds inside the trace', async () => {
    const page = await open()
    await page.keyboard.press('/')
    await page.keyboard.type('ledger')
    await page.locator('.tr.found').first().waitFor()
    await page.keyboard.press('Enter')
    assert.match(await selected(page).textContent(), /ledger/)
    await page.waitForFunction(() => new URL(location.href).searchParams.get('find') === 'ledger')
    await page.keyboard.press('Escape')
  })

  it('shows the conversation: folded past, pairs, reasoning; pictures only when asked', async () => {
    const page = await open()
    await toCall(page)
    const chat = page.locator('.chat')
    assert.match(await chat.textContent(), /System prompt, unchanged/)
    assert.match(await chat.textContent(), /5 earlier messages, unchanged/)
    assert.equal(await chat.getByText('Hello, can you help me').count(), 0)
    await chat.getByRole('button', { name: /earlier messages/ }).click()
    await chat.getByText('Hello, can you help me').waitFor()
    assert.match(await chat.locator('.call', { hasText: 'call_9Qx7A' }).textContent(), /result.*timeout/s)
    assert.match(await chat.locator('.think').textContent(), /carrier did not answer/)
    assert.equal(await chat.locator('img').count(), 0)
    assert.equal(server.state.requests.filter((line) => line.includes('/attachments/')).length, 0)
    await chat.getByRole('button', { name: 'Load image' }).click()
    await page.waitForFunction(() => document.querySelector('.chat img')?.naturalWidth === 8)
    await chat.getByRole('button', { name: 'Open span' }).last().click()
    await page.locator('.spanhead h2', { hasText: 'execute_tool ledger' }).waitFor()
  })

  it('runs nothing that stands in an answer and prints no base64', async () => {
    const page = await open()
    await page.keyboard.press('End')
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('k')
      await page.waitForTimeout(200)
    }
    await toCall(page)
    assert.equal(await page.evaluate(() => window.__hacked), undefined)
    await page.keyboard.press('2')
    await page.locator('.raw').getByText('image/png, 6.6 KB, not shown').waitFor()
    assert.doesNotMatch(await page.locator('.raw').textContent(), /iVBORw0KGgo/)
  })

  it('tells tokens, rates and timing apart, and writes the call as code', async () => {
    const page = await open()
    await toCall(page)
    await page.keyboard.press('3')
    const details = page.locator('.details')
    await details.waitFor()
    assert.match(await details.textContent(), /Input, cache read.*\$0\.30.*Price anthropic\/claude-sonnet-4-5@2026-03-01/s)
    await page.keyboard.press('4')
    const code = page.locator('.reproduce pre')
    await code.waitFor()
    assert.match(await code.textContent(), /curl https:\/\/api\.anthropic\.com\/v1\/messages/)
    await page.getByRole('button', { name: 'Python' }).click()
    assert.match(await code.textContent(), /client\.messages\.create\(\*\*request\)/)
    const href = await page.getByRole('link', { name: 'Download the call' }).getAttribute('href')
    assert.equal((await page.request.get(server.url + href)).status(), 200)
  })

  it('asks only for spans that are looked at, and not for each one passed by', async () => {
    const page = await open()
    const before = server.state.requests.filter((line) => line.includes('/api/v1/spans/')).length
    await page.keyboard.press('Home')
    for (let i = 0; i < 20; i++) await page.keyboard.press('j', { delay: 0 })
    await page.waitForTimeout(500)
    const asked = server.state.requests.filter((line) => line.includes('/api/v1/spans/')).length - before
    assert.ok(asked < 12, `${asked} spans asked for while passing 20`)
  })

  it('says that a trace is not here', async () => {
    await view.page.goto(`${server.url}/traces/${'9'.repeat(32)}`)
    await view.page.getByRole('heading', { name: 'This trace is not here' }).waitFor()
  })

  it('opens the panel as a sheet on a narrow page', async () => {
    const { page, context } = await openPage(browser, { width: 390, height: 844 })
    await page.goto(`${server.url}/traces/${FAILING}`)
    await page.waitForSelector('.tree')
    assert.equal(await page.locator('.spanpanel').count(), 0)
    await page.locator('.tr', { hasText: 'policy_search' }).click()
    await page.locator('.sheet .documents').waitFor()
    assert.match(await page.locator('.documents').textContent(), /policy-12.*0\.874.*no score/s)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.waitForSelector('.sheet', { state: 'detached' })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out to the side')
    await context.close()
  })

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})
