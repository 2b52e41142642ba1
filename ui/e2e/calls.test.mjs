// Calls: the list, the page of one call with its token timeline, the live tail; by mouse and by keyboard.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, openPage, serve } from './browser.mjs'
import { FIRST_ATTEMPT, HUGE, SPECIAL_SPAN, STALLED, WHOLE } from './fake/calls.mjs'
import { FAILING } from './fake/server.mjs'

const param = (page, name) => new URL(page.url()).searchParams.get(name)

describe('calls', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server, view
  before(async () => {
    browser = await launch()
    server = await serve({})
    view = await openPage(browser)
    await view.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const go = async (path, ready) => {
    await view.page.goto('about:blank')
    await view.page.goto(server.url + path)
    await view.page.locator(ready).first().waitFor()
    return view.page
  }
  const openCall = (id = STALLED, query = '', span = SPECIAL_SPAN) => go(`/calls/${id}/${span}${query}`, '.callfacts')

  it('lists calls with costs that are never $0 for unknown', async () => {
    const page = await go('/calls', '[data-row]')
    const costs = await page.locator('[data-row] .cost').allTextContents()
    assert.ok(costs.includes('unpriced'))
    for (const cost of costs) assert.notEqual(cost.trim(), '$0')
    assert.match(await page.locator('.summary').textContent(), /100 newest calls, more below/)
  })

  it('keeps few rows in the page while older calls are fetched', async () => {
    const page = await go('/calls', '[data-row]')
    for (let i = 0; i < 6; i++) {
      await page.locator('.calllist').evaluate((node) => (node.scrollTop = node.scrollHeight))
      await page.waitForTimeout(150)
    }
    await page.waitForFunction(() => Number(document.querySelector('.summary b')?.textContent.replaceAll(',', '')) > 300)
    assert.ok((await page.locator('[data-row]').count()) < 80)
  })

  it('turns typed text into chips, the URL and the question; points at what it cannot read', async () => {
    const page = await go('/calls', '[data-row]')
    await page.keyboard.press('/')
    await page.keyboard.type('provider:ollama strem:false')
    await page.keyboard.press('Enter')
    assert.match(await page.getByRole('alert').textContent(), /no field "strem"/)
    assert.equal(param(page, 'filter'), null)
    await page.getByRole('combobox').fill('provider:ollama stream:false')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => new URL(location.href).searchParams.get('filter') === 'provider:ollama stream:false')
    await page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 1)
    assert.deepEqual(await page.locator('.chip').allTextContents(), ['provider:ollama', 'stream:false'])
    assert.ok(server.state.requests.some((line) => line.includes('/api/v1/calls?') && new URLSearchParams(line.split('?')[1]).get('filter') === 'provider:ollama stream:false'))
    await page.keyboard.press('Escape')
    await page.goBack()
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('filter'))
  })

  it('opens a call by keyboard and comes back to the same row', async () => {
    const page = await go('/calls', '[data-row]')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    const chosen = await page.locator('[data-row][aria-selected=true]').getAttribute('data-call')
    await page.keyboard.press('Enter')
    await page.locator('.callfacts').waitFor()
    assert.equal(new URL(page.url()).pathname, `/calls/${chosen}`)
    await page.keyboard.press('Escape')
    await page.locator('[data-row]').first().waitFor()
    assert.equal(await page.locator('[data-row][aria-selected=true]').getAttribute('data-call'), chosen)
    await page.keyboard.press('t')
    await page.locator('.tree').waitFor()
    assert.equal(`${new URL(page.url()).pathname.split('/')[2]}/${param(page, 'span')}`, chosen)
  })

  it('says what a call was, how fast, what it cost, and which attempt', async () => {
    const page = await openCall()
    const facts = Object.fromEntries(await page.locator('.callfacts > div').evaluateAll((nodes) => nodes.map((node) => [node.querySelector('dt').textContent, node.querySelector('dd').textContent])))
    assert.match(facts['TTFT'], /^874 ms/)
    assert.match(facts['Longest stall'], /2\.62 s.*1 stall/)
    assert.match(facts['Input'], /9\.23k tok.*21% cached/)
    assert.match(facts['Cost'], /^\$0\.0308.*\$3\.00 in, \$15\.00 out per M/)
    assert.match(await page.locator('.callline').textContent(), /attempt 2 of 2.*claude-sonnet-4-5 · anthropic/)
    assert.match(await page.locator('.attempts').textContent(), /429 rate limit.*waited 1\.00 s.*200 · given to the caller/)
    await page.keyboard.press('k')
    await page.waitForURL(new RegExp(FIRST_ATTEMPT))
    await page.locator('.failure').waitFor()
    assert.match(await page.locator('.failure').textContent(), /rate limit · HTTP 429/)
  })

  it('walks through the deltas: offsets, gaps, merged reads, stalls, and the words each carried', async () => {
    const page = await openCall()
    const strip = page.getByRole('slider', { name: 'Deltas on the time axis' })
    assert.equal(await strip.getAttribute('aria-valuemax'), '66')
    assert.match(await page.locator('.strippanel header').textContent(), /72 deltas in 66 reads/)
    await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('.readout').textContent(), /delta 1 of 72at 874 ms6 B/)
    assert.equal(await page.locator('.readout mark').textContent(), 'I am s')
    await page.keyboard.press('s')
    assert.match(await page.locator('.readout').textContent(), /delta 45 of 72.*\+2\.62 s stall/)
    assert.match(await strip.getAttribute('aria-valuetext'), /delta 45 of 72, at .* 2\.62 s after the one before: n full/)
    const merged = await page.evaluate(async () => {
      for (let i = 0; i < 70; i++) {
        if (/in one read/.test(document.querySelector('.readout').textContent)) return document.querySelector('.readout').textContent
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))
        await new Promise((done) => setTimeout(done, 20))
      }
      return ''
    })
    assert.match(merged, /delta \d+–\d+ of 72.*2 deltas in one read/)
  })

  it('shows the words under the pointer, zooms by dragging and keeps that in the URL', async () => {
    const page = await openCall()
    const box = await page.locator('.stripbox').boundingBox()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 90)
    assert.match(await page.locator('.readout').textContent(), /2\.62 s stall/)
    await page.mouse.move(box.x + box.width * 0.8, box.y + 90)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.95, box.y + 90, { steps: 5 })
    await page.mouse.up()
    await page.waitForFunction(() => /^\d+-\d+$/.test(new URL(location.href).searchParams.get('zoom') ?? ''))
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByRole('button', { name: 'Whole call' }).click()
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('zoom'))
  })

  it('has a table behind the strip, and the answer with its pauses', async () => {
    const page = await openCall(STALLED, '?tab=deltas')
    const table = page.getByRole('table', { name: 'Deltas' })
    assert.equal(await table.getAttribute('aria-rowcount'), '67')
    await page.keyboard.press('s')
    await table.locator('[aria-current]', { hasText: 'n full' }).waitFor()
    await page.keyboard.press('2')
    await page.locator('.stallchip', { hasText: '2.62 s' }).waitFor()
    assert.equal(param(page, 'tab'), 'streamed')
    const text = (await page.locator('.streamed .plain').textContent()).replace(/\s*2\.62 s stall/, '')
    assert.match(text, /refunded in full when the delivery.*Grüße, 你好 👋 — the bank/)
  })

  it('shows the exchange without keys, and says where there is none', async () => {
    const page = await openCall(STALLED, '?tab=exchange')
    await page.locator('.exchange').waitFor()
    await page.getByText('Request headers').click()
    const shown = await page.locator('.exchange').textContent()
    assert.match(shown, /POST.*api\.anthropic\.com.*x-api-key.*not shown.*max_tokens.*200.*content_block_delta/s)
    assert.doesNotMatch(shown, /sk-ant/)
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    assert.match(command, /x-api-key: \$ANTHROPIC_API_KEY/)
    assert.doesNotMatch(command, /sk-ant/)
    await openCall(WHOLE, '?tab=exchange')
    await page.getByText('This exchange was not recorded by the gateway.').waitFor()
  })

  it('copies the call as code with the key from the environment', async () => {
    const page = await openCall()
    await page.keyboard.press('c')
    await page.locator('.toast', { hasText: 'Copied as curl' }).waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /curl https:\/\/api\.anthropic\.com\/v1\/messages.*\$ANTHROPIC_API_KEY/s)
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'Python' }).click()
    await page.locator('.toast', { hasText: 'Copied as python' }).waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /os\.environ\["ANTHROPIC_API_KEY"\]/)
  })

  it('says of a call that was not streamed that it was not', async () => {
    const page = await openCall(WHOLE)
    assert.match(await page.locator('.readout').textContent(), /came in one piece/)
    assert.equal(await page.getByRole('tab', { name: 'Deltas' }).count(), 0)
    assert.match(await page.locator('.callfacts').textContent(), /Costunpriced/)
  })

  it('takes ten thousand deltas and a hundred kilobytes', async (t) => {
    const page = await openCall(HUGE)
    const cost = await page.evaluate(async () => {
      const from = performance.now()
      for (let i = 0; i < 40; i++) {
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }))
        await new Promise((done) => requestAnimationFrame(done))
      }
      return (performance.now() - from) / 40
    })
    t.diagnostic(`${cost.toFixed(1)} ms a step`)
    await page.keyboard.press('7')
    await page.locator('.deltas').waitFor()
    assert.ok((await page.locator('.deltas [role=row]').count()) < 60)
    await page.keyboard.press('2')
    await page.getByRole('button', { name: /Show all 10\d KB/ }).click()
    await page.waitForFunction(() => document.querySelector('.streamed .plain').textContent.length > 95_000)
  })

  it('leads from the span of a trace to its call and back', async () => {
    const page = await go(`/traces/${FAILING}`, '.tree [aria-selected=true]')
    await page.keyboard.press('o')
    await page.locator('.toast', { hasText: 'not a model call' }).waitFor()
    await page.keyboard.press('Home')
    for (let i = 0; i < 4; i++) await page.keyboard.press('j')
    await page.getByRole('link', { name: 'Call o' }).click()
    await page.locator('.callfacts').waitFor()
    const spanId = new URL(page.url()).pathname.split('/')[3]
    await page.keyboard.press('t')
    await page.locator('.tree [aria-selected=true]').first().waitFor()
    assert.equal(param(page, 'span'), spanId)
  })

  it('says what is not there and what failed', async () => {
    const page = await go(`/calls/${'9'.repeat(32)}/${SPECIAL_SPAN}`, 'h1:has-text("This call is not here")')
    await page.goto(`${server.url}/calls?user=nobody`)
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await page.locator('[data-row]').first().waitFor()
    const broken = await serve({ mode: 'errors' })
    await page.goto(`${broken.url}/calls`)
    await page.getByRole('alert').first().waitFor()
    assert.match(await page.getByRole('alert').first().textContent(), /could not be read.*engine stopped.*req-\d+/s)
    await broken.stop()
  })

  it('goes to calls and tail by keys', async () => {
    const page = await go('/traces', '[data-row]')
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.waitForURL(/\/calls/)
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.waitForURL(/\/tail/)
  })

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})

describe('the live tail', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server, view
  before(async () => {
    browser = await launch()
    server = await serve({})
    server.state.tailEveryMs = 30
    view = await openPage(browser)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const open = async (query = '') => {
    await view.page.goto('about:blank')
    await view.page.goto(`${server.url}/tail${query}`)
    await view.page.locator('[data-row]').first().waitFor()
    return view.page
  }
  const firstRow = (page) => page.locator('[data-row][aria-rowindex="2"]').getAttribute('data-call')

  it('follows, newest first, and says how many rows it keeps', async () => {
    const page = await open()
    const seen = await firstRow(page)
    await page.waitForFunction((old) => document.querySelector('[data-row][aria-rowindex="2"]')?.getAttribute('data-call') !== old, seen)
    assert.match(await page.locator('.tailbar').textContent(), /Live.*keeps the newest 2,000/)
    await page.locator('.tailbar .badge', { hasText: '17 rows left out' }).waitFor()
  })

  it('stands still when a row is selected, counts what waits, and follows again', async () => {
    const page = await open()
    await page.keyboard.press('j')
    const held = await firstRow(page)
    const pill = page.locator('.newpill')
    await pill.waitFor()
    await page.waitForFunction(() => Number(/\d+/.exec(document.querySelector('.newpill').textContent)[0]) > 10)
    assert.equal(await firstRow(page), held)
    await page.keyboard.press('.')
    await pill.waitFor({ state: 'detached' })
    assert.notEqual(await firstRow(page), held)
  })

  it('stands still when scrolled', async () => {
    const page = await open()
    await page.waitForFunction(() => document.querySelector('.calllist').scrollHeight > document.querySelector('.calllist').clientHeight + 200)
    await page.locator('.calllist').evaluate((node) => (node.scrollTop = 120))
    await page.locator('.newpill').waitFor()
    assert.equal(await page.locator('.calllist').evaluate((node) => node.scrollTop), 120)
    await page.locator('.newpill').click()
    await page.waitForFunction(() => document.querySelector('.calllist').scrollTop === 0)
  })

  it('filters on the server and keeps that in the URL', async () => {
    const page = await open()
    await page.keyboard.press('/')
    await page.keyboard.type('kind:embedding')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => { const rows = [...document.querySelectorAll('[data-row]')]; return rows.length > 0 && rows.every((row) => row.querySelector('.kind')) })
    assert.equal(param(page, 'filter'), 'kind:embedding')
    await page.keyboard.press('Escape')
    await page.keyboard.press('a')
    await page.waitForFunction(() => new URL(location.href).searchParams.get('all') === '1')
    assert.ok(server.state.requests.some((line) => /\/api\/v1\/tail\?filter=kind%3Aembedding&all=1/.test(line)))
  })

  it('opens a call and still has its rows afterwards', async () => {
    const page = await open()
    await page.keyboard.press('j')
    const chosen = await page.locator('[data-row][aria-selected=true]').getAttribute('data-call')
    await page.keyboard.press('Enter')
    await page.locator('.callfacts').waitFor()
    assert.equal(new URL(page.url()).pathname, `/calls/${chosen}`)
    await page.keyboard.press('Escape')
    await page.locator('[data-row]').first().waitFor()
    assert.match(await page.locator('.tailbar').textContent(), /while this page was not open is missing/)
  })

  it('says that the connection was lost, and connects again', async () => {
    const page = await open()
    for (const response of server.state.tails) response.destroy()
    await page.getByText('Connection lost, connecting again').waitFor()
    await page.getByText('Live', { exact: true }).last().waitFor({ timeout: 15_000 })
  })

  it('says why it is refused, and opens when it can', async () => {
    const full = await serve({ mode: 'errors' })
    const { page, context } = await openPage(browser)
    await page.goto(`${full.url}/tail`)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    assert.match(await alert.textContent(), /asking again in 1 s.*16 readers.*Close a page.*req-tail/s)
    full.state.mode = 'full'
    await page.locator('[data-row]').first().waitFor({ timeout: 10_000 })
    await context.close()
    await full.stop()
  })

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})
