// The trace list and the pages around it, by mouse and by keyboard.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, openPage, quiet, serve } from './browser.mjs'
import { BOARD_ID } from './fake/boards.mjs'
import { FAILING } from './fake/server.mjs'

const fakeOnly = { skip: REAL ? 'needs the invented data' : false }

describe('the trace list', () => {
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
  const open = async (path) => {
    await view.page.goto(server.url + path)
    await view.page.waitForSelector('[data-row]')
    return view.page
  }
  const param = (page, name) => new URL(page.url()).searchParams.get(name)

  it('shows rows with a cost that is never $0 for unknown', async () => {
    const page = await open('/traces?range=all')
    const costs = await page.locator('.tl .cost').allTextContents()
    assert.ok(costs.length > 0)
    for (const cost of costs) assert.notEqual(cost.trim(), '$0')
    if (!REAL) assert.ok(costs.some((cost) => cost.includes('+?')), 'a trace with an unpriced call says so')
  })

  it('keeps few rows in the page while it scrolls through all pages of the list', fakeOnly, async () => {
    const page = await open('/traces')
    assert.equal(await page.getByRole('treegrid', { name: 'Traces' }).getAttribute('aria-rowcount'), '1285')
    for (let i = 0; i < 14; i++) {
      await page.locator('.tracelist').evaluate((node) => (node.scrollTop = node.scrollHeight))
      await page.waitForTimeout(120)
    }
    await page.waitForFunction(() => Math.max(...[...document.querySelectorAll('[data-row]')].map((row) => Number(row.getAttribute('aria-rowindex')))) > 1200)
    assert.ok((await page.locator('[data-row]').count()) < 80)
  })

  it('turns typed text into chips, the URL and the question, and back again', fakeOnly, async () => {
    const page = await open('/traces')
    await page.keyboard.press('/')
    await page.keyboard.type('status:error customs')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'status:error customs')
    assert.deepEqual(await page.locator('.chip').allTextContents(), ['status:error', 'customs'])
    await page.waitForFunction(() => [...document.querySelectorAll('[data-row]')].every((row) => row.querySelector('.mark')))
    assert.ok(server.state.requests.some((line) => line.includes('/api/v1/traces?') && new URLSearchParams(line.split('?')[1]).get('filter') === 'status:error customs'))
    await page.getByRole('button', { name: 'Remove customs' }).click()
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'status:error')
    await page.goBack()
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'status:error customs')
    await page.locator('[data-filter]').focus()
    await page.keyboard.press('Control+e')
    await page.waitForFunction(() => document.querySelector('[data-filter]').value === 'status:error customs' && document.querySelectorAll('.chip').length === 0)
    await page.keyboard.press('Control+e')
    await page.waitForFunction(() => document.querySelectorAll('.chip').length === 2)
    assert.equal(param(page, 'filter'), 'status:error customs', 'to text and back is the same')
  })

  it('opens links of before there was one text, and replaces what they ask', fakeOnly, async () => {
    const page = await open('/traces?status=error&release=v47')
    assert.deepEqual(await page.locator('.chip').allTextContents(), ['status:error', 'release:v47'])
    await page.getByRole('button', { name: 'Remove status:error' }).click()
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'release:v47')
    assert.equal(param(page, 'status'), null)
  })

  it('completes fields and values by keyboard', fakeOnly, async () => {
    const page = await open('/traces')
    await page.keyboard.press('/')
    await page.keyboard.type('rel')
    await page.getByRole('option', { name: /^release/ }).waitFor()
    await page.keyboard.press('Tab')
    await page.getByRole('option', { name: /^v47/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.locator('[data-filter]').getAttribute('aria-activedescendant'), await page.getByRole('option', { selected: true }).getAttribute('id'))
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => /^release:v4[78]$/.test(new URL(location.href).searchParams.get('filter') ?? ''))
  })

  it('points at what it cannot read, and repairs it by one click', fakeOnly, async () => {
    const page = await open('/traces')
    await page.keyboard.press('/')
    await page.keyboard.type('status:error modl:gpt')
    await page.keyboard.press('Enter')
    const alert = page.getByRole('alert')
    assert.match(await alert.textContent(), /no field "modl"/)
    const [text, caret] = (await alert.locator('pre').textContent()).split('\n')
    assert.equal(text.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'modl')
    assert.equal(param(page, 'filter'), null)
    await alert.getByRole('button', { name: 'Write model' }).click()
    assert.equal(await page.locator('[data-filter]').inputValue(), 'status:error model:gpt')
  })

  it('shows a wrong filter of an address as text with its error', fakeOnly, async () => {
    await view.page.goto(`${server.url}/traces?filter=colour:red`)
    await view.page.locator('.filtererror').waitFor()
    assert.equal(await view.page.locator('[data-filter]').inputValue(), 'colour:red')
    assert.doesNotMatch(await view.page.locator('main').textContent(), /at byte/)
  })

  it('says once what is wrong with a filter, on every page that has one, and goes on when it is cleared', fakeOnly, async () => {
    const { page } = view
    for (const path of ['/traces', '/calls', '/sessions', '/slowest', '/explore', '/explore?view=heat', '/models', '/tools', '/compare', `/dashboards/${BOARD_ID}`, '/tail']) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}filter=colour:red`)
      await page.getByRole('heading', { name: 'Nothing is shown yet' }).waitFor()
      await page.locator('.filtererror').waitFor()
      await quiet(page)
      assert.equal((await page.locator('main').textContent()).split('There is no field').length - 1, 1, path)
      assert.equal(await page.locator('main [role=alert]').count(), 1, path)
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await page.getByRole('heading', { name: 'Nothing is shown yet' }).waitFor({ state: 'detached' })
      assert.equal(await page.locator('.filtererror').count(), 0, path)
    }
  })

  it('filters by a facet', fakeOnly, async () => {
    const page = await open('/traces')
    await page.getByRole('checkbox', { name: /v47/ }).click()
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'release:v47')
    await page.waitForFunction(() => document.querySelector('.summary b')?.textContent === '584')
    await page.getByRole('checkbox', { name: /v47/ }).click()
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('filter'))
  })

  it('takes the time from a brush over the histogram', fakeOnly, async () => {
    const page = await open('/traces')
    await page.waitForSelector('.histogram rect')
    const box = await page.locator('.histogram').boundingBox()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 30)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + 30, { steps: 4 })
    await page.mouse.up()
    await page.waitForFunction(() => new URL(location.href).searchParams.has('from'))
    assert.ok(Date.parse(param(page, 'to')) > Date.parse(param(page, 'from')))
    assert.match(await page.getByRole('button', { name: /Time range/ }).textContent(), /–/)
  })

  it('moves, peeks and opens by keyboard, and comes back to the same row', async () => {
    const page = await open('/traces?range=all')
    await page.locator('body').press('j')
    await page.keyboard.press('j')
    const chosen = await page.locator('[data-row][aria-selected=true]').getAttribute('data-trace')
    await page.keyboard.press('Space')
    await page.waitForSelector('.peek canvas')
    assert.equal(param(page, 'peek'), chosen)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.peek', { state: 'detached' })
    await page.keyboard.press('Enter')
    await page.waitForSelector('.tree')
    assert.equal(new URL(page.url()).pathname, `/traces/${chosen}`)
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-row]')
    assert.equal(await page.locator('[data-row][aria-selected=true]').getAttribute('data-trace'), chosen)
  })

  it('finds commands, pages and trace ids in the palette', async () => {
    const page = await open('/traces?range=all')
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/Type a command/).fill('prices')
    await page.waitForTimeout(100)
    await page.getByRole('option', { name: /^Prices/ }).click()
    await page.waitForURL(/\/prices/)
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.waitForURL(/\/ingest/)
    if (REAL) return
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/Type a command/).fill(FAILING)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(FAILING))
  })

  it('takes what is typed at once into the palette, each time that it opens', fakeOnly, async () => {
    const page = await open('/traces?range=all')
    for (let times = 0; times < 3; times++) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('cost')
      await page.waitForSelector('[cmdk-item]')
      assert.equal(await page.locator('dialog[open] [cmdk-input]').inputValue(), 'cost')
      assert.match(await page.locator('[cmdk-item][aria-selected=true]').textContent(), /^Costs/, 'a page of that name comes before what the word may be elsewhere')
      if (times < 2) await page.keyboard.press('Escape')
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/costs/)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('refund')
    await page.waitForFunction(() => /^Search traces/.test(document.querySelector('[cmdk-item][aria-selected=true]')?.textContent ?? ''))
    await page.keyboard.press('Escape')
  })

  it('says that a link was copied and a view saved', fakeOnly, async () => {
    const page = await open('/traces?range=24h')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.keyboard.press('y')
    await page.getByText('Link to this view copied').waitFor()
    const copied = new URL(await page.evaluate(() => navigator.clipboard.readText()))
    assert.deepEqual([copied.searchParams.has('range'), copied.searchParams.has('from'), copied.searchParams.has('to')], [false, true, true])
    await page.keyboard.press('s')
    await page.keyboard.type('All of a day')
    await page.keyboard.press('Enter')
    await page.getByText('Saved as “All of a day”').waitFor()
  })

  it('keeps project and time from page to page', fakeOnly, async () => {
    const page = await open('/traces?project=demo&range=7d')
    await page.getByRole('link', { name: /Ingest/ }).click()
    await page.waitForURL(/\/ingest/)
    assert.deepEqual([param(page, 'project'), param(page, 'range')], ['demo', '7d'])
  })

  it('says cause, remedy and request id, and asks again', fakeOnly, async () => {
    const broken = await serve({ mode: 'errors' })
    const { page, context } = await openPage(browser)
    await page.goto(`${broken.url}/traces`)
    const alert = page.getByRole('alert').first()
    await alert.waitFor()
    assert.match(await alert.textContent(), /could not be read.*engine stopped.*look into the log.*req-\d+/s)
    broken.state.mode = 'full'
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.waitForSelector('[data-row]')
    await context.close()
    await broken.stop()
  })

  it('waits for the first span of an empty server, says what went wrong, and lights the lamp', fakeOnly, async () => {
    const empty = await serve({ mode: 'empty' })
    const { page, context, wrong } = await openPage(browser)
    await page.goto(`${empty.url}/traces`)
    await page.getByRole('heading', { name: 'Waiting for the first span' }).waitFor()
    assert.match(await page.locator('.connect').textContent(), /Did you mean \/v1\/traces\?/)
    assert.match(await page.locator('.code pre').first().textContent(), new RegExp(empty.url))
    for (const name of ['OpenInference', 'Traceloop', 'Vercel AI SDK', 'Anthropic', 'Langfuse SDK', 'curl']) {
      await page.getByRole('tab', { name }).click()
      assert.match(await page.locator('.code pre').first().textContent(), new RegExp(empty.url), name)
    }
    empty.state.mode = 'full'
    await page.locator('.lamp.on').waitFor({ timeout: 8000 })
    await page.getByRole('link', { name: 'Open it' }).click()
    await page.waitForSelector('.tree')
    assert.deepEqual(wrong, [])
    await context.close()
    await empty.stop()
  })

  it('says which header a server with keys asks for, and puts the key of the shell into each snippet', fakeOnly, async () => {
    const keyed = await serve({ mode: 'empty', keyed: true })
    const { page, context, wrong } = await openPage(browser)
    await page.goto(`${keyed.url}/connect?project=shop`)
    await page.getByText('This server asks for an API key').waitFor()
    assert.match(await page.locator('.snippetnote').textContent(), /x-vitrine-key.*Authorization: Bearer.*VITRINE_API_KEY/)
    for (const name of ['OpenAI, official OTel', 'OpenInference', 'Traceloop', 'Vercel AI SDK', 'Anthropic', 'Langfuse SDK', 'curl']) {
      await page.getByRole('tab', { name }).click()
      const code = await page.locator('.code pre').first().textContent()
      assert.match(code, /VITRINE_API_KEY/, name)
      assert.doesNotMatch(code, /x-vitrine-project/, name)
    }
    assert.deepEqual(wrong, [])
    await context.close()
    await keyed.stop()
  })

  it('shows a skeleton while it waits, not at once', fakeOnly, async () => {
    const slow = await serve({ delayMs: 1500 })
    const { page, context } = await openPage(browser)
    await page.goto(`${slow.url}/traces`)
    await page.locator('.skeleton').first().waitFor()
    await page.waitForSelector('[data-row]')
    assert.equal(await page.locator('.skeleton').count(), 0)
    await context.close()
    await slow.stop()
  })

  it('saves a rate for a model without one', fakeOnly, async () => {
    await view.page.goto(`${server.url}/prices?unpriced=1`)
    await view.page.getByRole('row', { name: /harbor-ft-3/ }).getByRole('button', { name: 'Set a rate' }).click()
    await view.page.getByLabel('Input').fill('0.10')
    await view.page.getByLabel('Output').fill('lots')
    await view.page.getByRole('button', { name: 'Save rate' }).click()
    assert.match(await view.page.getByRole('alert').textContent(), /"lots" is not a number/)
    await view.page.getByLabel('Output').fill('0.40')
    await view.page.getByRole('button', { name: 'Save rate' }).click()
    await view.page.getByRole('region', { name: 'Overrides' }).getByText('harbor-ft-3').waitFor()
    await view.page.getByText('Every model seen has a price.').waitFor()
  })

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})
