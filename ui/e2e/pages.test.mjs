// The pages of numbers over invented traffic: home, the explorer, pages by dimension, the comparison, the console. That
// their numbers are right is shown against the real server (server.test.mjs); here, that they can be used.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage, serve } from './browser.mjs'

/** CodeMirror takes no key for 75 ms after its list appears, so that nobody accepts what he has not seen. */
const COMPLETION_DEAF_MS = 120

describe('pages of numbers', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server, view
  const asked = new Set()
  before(async () => {
    browser = await launch()
    server = await serve({})
    view = await openPage(browser)
    view.page.on('request', (request) => asked.add(new URL(request.url()).origin))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const open = async (path, ready) => {
    await view.page.goto(server.url + path)
    await view.page.locator(ready).first().waitFor()
    return view.page
  }
  const param = (name) => new URL(view.page.url()).searchParams.get(name)
  const body = (question) => fetch(`${server.url}/api/v1/query`, { method: 'POST', body: JSON.stringify(question) }).then((response) => response.json())

  it('says what changed, in words that are doors', async () => {
    const page = await open('/', '[data-summary] a')
    const words = await page.locator('[data-summary]').textContent()
    assert.match(words, /^Cost is up \d+%, \$\d+\.\d\d more than the 24 h before\. (All|Most) of it is refund-triage: its prompt cache hit rate fell/)
    assert.match(words, /Release v48 began in this time\./)
    assert.equal(await page.locator('.metrictile').count(), 5)
    await page.getByRole('link', { name: 'refund-triage', exact: true }).first().click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), 'feature:refund-triage')
  })

  it('ranks movers, and opens the one chosen by keyboard', async () => {
    const page = await open('/', '[data-row]')
    await page.locator('body').press('j')
    const [dimension, value] = await page.locator('[data-row][aria-selected=true] td').evaluateAll((cells) => cells.slice(0, 2).map((cell) => cell.textContent))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), dimension === 'model' ? `(response_model:${value} or (request_model:${value} -has:response_model))` : `${dimension}:${value}`)
    await open('/', '[data-row]')
    await page.keyboard.press('m')
    await page.waitForFunction(() => new URL(location.href).searchParams.get('movers') === 'ttft')
  })

  it('says what is not seen, and where to look', async () => {
    const page = await open('/', '.gap')
    await page.locator('.gap', { hasText: 'Unpriced calls' }).click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), 'has:unpriced')
  })

  it('greets a server that has nothing, and one that can be filled at once', async () => {
    const empty = await serve({ mode: 'empty' })
    const { page, context, wrong } = await openPage(browser)
    await page.goto(empty.url)
    await page.getByRole('heading', { name: 'Waiting for the first span' }).waitFor()
    assert.match(await page.locator('.code pre').first().textContent(), new RegExp(empty.url))
    assert.deepEqual(wrong, [])
    await context.close()
    await empty.stop()
  })

  it('goes to every page by g and a letter', async () => {
    const page = await open('/', '[data-summary]')
    for (const [key, path, title] of [['m', '/explore', 'Metrics'], ['$', '/costs', 'Costs'], ['y', '/quality', 'Quality'], ['x', '/compare', 'Compare'], ['o', '/models', 'Models'], ['f', '/features', 'Features'], ['u', '/users', 'Users'], ['r', '/releases', 'Releases'], ['k', '/tools', 'Tools'], ['v', '/retrieval', 'Retrieval'], ['q', '/sql', 'SQL'], ['h', '/', 'Home']]) {
      await page.locator('body').press('g')
      await page.keyboard.press(key)
      await page.waitForFunction((to) => location.pathname === to, path)
      await page.waitForFunction((word) => document.title.startsWith(word), title)
    }
  })

  for (const [path, by] of [['models', 'request_model'], ['users', 'user'], ['features', 'feature'], ['releases', 'release'], ['costs', 'feature'], ['quality', 'feature']]) {
    it(`shows ${path} with the numbers of the API, each row a door`, async () => {
      const page = await open(`/${path}`, '.grouptable tbody tr')
      const rows = await page.locator('.grouptable tbody tr[data-row]').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-group')))
      const answer = await body({ measures: ['count'], group_by: [by], top: 100 })
      assert.deepEqual([...rows].sort(), answer.groups.filter((group) => !group.is_other).map((group) => group.key[0]).sort())
      await page.locator('body').press('j')
      const chosen = await page.locator('.grouptable tr[aria-selected=true]').getAttribute('data-group')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/calls/)
      assert.equal(param('filter'), `${by}:${chosen}`)
    })
  }

  it('opens the traces of a tool, its terms bound to one span', async () => {
    const page = await open('/tools', '.grouptable tbody tr')
    await page.locator('.grouptable').getByRole('button', { name: 'search_flights', exact: true }).click()
    await page.waitForURL(/\/traces/)
    assert.equal(param('filter'), '{kind:tool tool_name:search_flights}')
  })

  it('orders, filters and changes dimension in the address', async () => {
    const page = await open('/models', '.grouptable tbody tr')
    await page.getByRole('button', { name: 'Cost', exact: true }).click()
    await page.waitForFunction(() => document.querySelector('.grouptable th[aria-sort=descending]')?.textContent.startsWith('Cost'))
    assert.equal(param('sort'), 'sum(cost_usd)')
    await page.keyboard.press('f')
    await page.waitForFunction(() => (new URL(location.href).searchParams.get('filter') ?? '').startsWith('request_model:'))
    await page.waitForFunction(() => document.querySelectorAll('.grouptable tbody tr').length === 1)
    await page.getByRole('button', { name: 'Provider', exact: true }).click()
    await page.waitForFunction(() => new URL(location.href).searchParams.get('by') === 'provider')
  })

  it('says what the month will cost and what another model would have', async () => {
    const page = await open('/costs', '.forecast')
    assert.match(await page.locator('.forecast').textContent(), /\$218.*\$321.*\$298 to \$345/s)
    await page.getByLabel('Priced as').fill('gpt-4.1-mini')
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await page.getByText('−64%').waitFor()
  })

  it('compares two marked rows, with verdicts, n and intervals', async () => {
    const page = await open('/releases', '.grouptable tbody tr')
    await page.locator('body').press('x')
    await page.getByText(/is marked; mark another/).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.waitForURL(/\/compare/)
    await page.locator('.interval').first().waitFor()
    const cost = page.locator('tr', { hasText: 'Cost per priced call' })
    assert.match(await cost.textContent(), /(worse|better)/)
    assert.equal(await page.locator('tbody tr').count(), 9)
    const [a, b] = [param('a'), param('b')]
    assert.deepEqual([a, b].sort(), ['v47', 'v48'])
    await page.keyboard.press('x')
    await page.waitForFunction((was) => new URL(location.href).searchParams.get('a') === was, b)
  })

  it('opens what a number counts: all of the calls, those of a group, or of them those that failed', async () => {
    const address = '/explore?measures=count,error_rate&by=feature'
    let page = await open(address, 'tr.total button')
    await page.getByRole('button', { name: 'All calls' }).click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), null, 'the row of all groups is of no group')
    page = await open(address, 'tr[data-row]:not(.total) button')
    const row = page.locator('tr[data-row]:not(.total)', { has: page.locator('td.n button') }).first()
    const feature = await row.locator('td').first().textContent()
    await row.locator('td.n button').click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), `feature:${feature} status:error`)
    page = await open('/models', '.grouptable td.n button')
    await page.locator('.grouptable td.n button').first().click()
    await page.waitForURL(/\/calls/)
    assert.match(param('filter'), /^request_model:\S+ status:error$/)
  })

  it('explores: measures and groups by keyboard, the question in the address', async () => {
    const [from, to] = [new Date(Date.now() - 30 * 3600e3), new Date(Date.now() - 3600e3)].map((date) => date.toISOString())
    const page = await open(`/explore?from=${from}&to=${to}`, '.timechart canvas')
    await page.locator('body').press('m')
    await page.keyboard.type('sum(cost_usd)/count')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => new URL(location.href).searchParams.get('measures') === 'count,sum(cost_usd)/count')
    await page.keyboard.press('Escape')
    await page.keyboard.press('b')
    await page.keyboard.type('release')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'v48', exact: true }).first().waitFor()
    assert.equal(await page.locator('.timechart canvas').count(), 2)
    const answer = await body({ measures: ['count'], group_by: ['release'], from, to })
    for (const group of answer.groups) assert.match(await page.locator('tr', { hasText: group.key[0] }).last().textContent(), new RegExp(group.values[0].toLocaleString('en-US')))
    await page.getByRole('button', { name: 'Table', exact: true }).first().click()
    await page.locator('.charttable tbody tr').first().waitFor()
    await page.goto(page.url())
    await page.locator('.timechart canvas').first().waitFor()
    assert.equal(param('by'), 'release')
  })

  it('takes the time from a brush over a chart', async () => {
    const page = await open('/explore', '.timechart canvas')
    const box = await page.locator('.u-over').boundingBox()
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 5 })
    await page.mouse.up()
    await page.waitForFunction(() => new URL(location.href).searchParams.has('to'))
    const hours = (Date.parse(param('to')) - Date.parse(param('from'))) / 3600e3
    assert.ok(hours > 6 && hours < 9, `${hours} h`)
  })

  it('asks what is different about a region of the heatmap, drawn or moved', async () => {
    const page = await open('/explore?view=heat&heat=ttft', '.heat canvas')
    await page.getByRole('heading', { name: 'TTFT', exact: true }).waitFor()
    const box = await page.locator('.heat').boundingBox()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.95, box.y + box.height * 0.4, { steps: 5 })
    await page.mouse.up()
    await page.locator('.sharebar').first().waitFor()
    assert.match(await page.locator('tr', { hasText: 'refund-triage' }).first().textContent(), /feature|prompt/)
    const region = param('region')
    await page.locator('.heat').press('ArrowDown')
    await page.waitForFunction((was) => new URL(location.href).searchParams.get('region') !== was, region)
    await page.getByRole('link', { name: /^Open \d/ }).click()
    await page.waitForURL(/\/calls/)
    assert.match(param('filter'), /^time>="2\d{3}-.*ttft>=\d+ns ttft<\d+ns$/)
  })

  it('saves a view and finds it in the palette', async () => {
    const page = await open('/models?by=provider&filter=status:ok', '.grouptable tbody tr')
    await page.locator('body').press('s')
    await page.getByLabel('Name').fill('Providers that answer')
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await page.goto(`${server.url}/ingest`)
    await page.locator('.tiles').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/Type a command/).fill('Providers that')
    await page.getByRole('option', { name: 'Providers that answer', exact: true }).click()
    await page.waitForURL(/\/models/)
    assert.deepEqual([param('by'), param('filter')], ['provider', 'status:ok'])
  })

  it('says what came in within a week, and what did not and why', async () => {
    const rows = 'section:has(h2:text("Last seven days")) tbody tr'
    const page = await open('/ingest', rows)
    const cells = await page.locator(rows).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())))
    assert.equal(cells.length, 6)
    assert.deepEqual(cells[0].slice(0, 2), ['gateway', 'taken'])
    assert.deepEqual(cells[1], ['gateway', 'calls that went through unrecorded', '0', '0', '12', '0'])
    assert.deepEqual(cells[4].slice(1), ['refused by the engine, kept in quarantine', '0', '0', '0', '2'])
  })

  it('lists saved views in the bar of every page', async () => {
    const page = await open('/features?filter=status:error', '.grouptable tbody tr')
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: /^Save this view/ }).click()
    await page.getByLabel('Name').fill('Features that fail')
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await page.goto(`${server.url}/prices`)
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: /^Features that fail/ }).click()
    await page.waitForURL(/\/features/)
    assert.equal(param('filter'), 'status:error')
    await page.getByRole('button', { name: 'Saved views' }).click()
    assert.equal(await page.getByRole('button', { name: /^Features that fail/ }).getAttribute('aria-current'), 'true')
    assert.deepEqual(await violationsOf(page), [])
    await page.keyboard.press('Escape')
    await page.locator('.viewssave').waitFor({ state: 'detached' })
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Saved views')
  })

  it('gives a name one colour on every page', async () => {
    const colours = async (path) => {
      const page = await open(path, '.legend button')
      return Object.fromEntries(await page.locator('.legend').first().locator('button').evaluateAll((all) => all.map((item) => [item.textContent, item.querySelector('.dot').style.background])))
    }
    const [home, costs] = [await colours('/'), await colours('/costs')]
    const both = Object.keys(home).filter((name) => costs[name])
    assert.ok(both.length >= 2, JSON.stringify([home, costs]))
    for (const name of both) assert.equal(home[name], costs[name], name)
    for (const shown of [home, costs]) assert.equal(new Set(Object.values(shown)).size, Object.keys(shown).length)
  })

  it('says of an id that cannot be one what it is not, and of one that nobody stores where to look', async () => {
    const page = await open('/traces/zzz', '.state')
    assert.match(await page.locator('.state').textContent(), /not a trace id.*32 hexadecimal digits/)
    await page.getByRole('link', { name: 'Search traces for it' }).click()
    await page.waitForURL(/\/traces\?/)
    assert.match(param('filter'), /zzz/)
    await open('/traces/abc123', '.state')
    assert.match(await page.locator('.state').textContent(), /has 6: it may have been cut/)
    await open(`/traces/${'9'.repeat(32)}`, '.state .btn')
    await page.getByRole('link', { name: /^Look in project/ }).first().waitFor()
  })

  it('writes the names of dots beside each other, and those that have no room when they are pointed at', async () => {
    const page = await open('/quality?by=user', '.scatter circle')
    const boxes = await page.locator('.scatter .name').evaluateAll((names) => names.map((name) => name.getBoundingClientRect()).map(({ left, right, top, bottom }) => ({ left, right, top, bottom })))
    const dots = page.locator('.scatter a')
    assert.ok(boxes.length > 8 && boxes.length < await dots.count(), `${boxes.length} names`)
    for (const [at, a] of boxes.entries()) for (const b of boxes.slice(at + 1)) assert.ok(a.right <= b.left || b.right <= a.left || a.bottom - b.top < 2 || b.bottom - a.top < 2, JSON.stringify([a, b]))
    const nameless = await dots.evaluateAll((all) => all.findIndex((dot) => dot.querySelector('text') === null))
    await dots.nth(nameless).focus()
    await page.locator('.scatter .pointed').waitFor()
  })

  it('shows on a phone that a table goes on to the right, until its end', async () => {
    await view.page.setViewportSize({ width: 390, height: 844 })
    const page = await open('/models', '.grouptable tbody tr')
    const table = page.locator('.sideways', { has: page.locator('.grouptable') })
    await page.waitForFunction(() => document.querySelector('.grouptable').closest('.sideways').classList.contains('more'))
    await table.locator('.scroll-x').evaluate((box) => { box.scrollLeft = box.scrollWidth })
    await page.waitForFunction(() => !document.querySelector('.grouptable').closest('.sideways').classList.contains('more'))
    await view.page.setViewportSize({ width: 1440, height: 900 })
  })

  it('shows on a phone that the lines of a snippet go on, for each one that is chosen', async () => {
    const page = await open('/connect', '.code pre')
    await page.setViewportSize({ width: 390, height: 844 })
    const goesOn = (on) => page.waitForFunction((wanted) => document.querySelector('.connectcols > .panel .sideways').classList.contains('more') === wanted, on)
    await goesOn(true)
    await page.locator('.connectcols > .panel pre').evaluate((box) => { box.scrollLeft = box.scrollWidth })
    await goesOn(false)
    await page.getByRole('button', { name: 'Node' }).first().click()
    await page.locator('.connectcols > .panel pre').evaluate((box) => { box.scrollLeft = 0 })
    await goesOn(true)
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  it('runs SQL from the editor, with completion, and draws the answer', async () => {
    const page = await open('/sql', '.sqleditor')
    await page.locator('.cm-content').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('SELECT response_m')
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'response_model' }).waitFor()
    await page.waitForTimeout(COMPLETION_DEAF_MS)
    await page.keyboard.press('Enter')
    await page.keyboard.type(', count() FROM calls GROUP BY response_model')
    await page.keyboard.press('Control+Enter')
    await page.locator('.sqlanswer').waitFor()
    assert.match(param('query'), /^SELECT response_model, count\(\) FROM calls/)
    await page.getByRole('button', { name: 'Chart', exact: true }).click()
    assert.equal(await page.locator('.hbar').count(), 2)
    await page.getByLabel('Find a column').fill('cost')
    await page.getByRole('button', { name: /cost_usd/ }).first().click()
  })

  it('says cause and remedy when the measures cannot be read, and asks again', async () => {
    const broken = await serve({ mode: 'errors' })
    const { page, context } = await openPage(browser)
    for (const path of ['/', '/models', '/explore', '/compare']) {
      await page.goto(broken.url + path)
      const alert = page.getByRole('alert').first()
      await alert.waitFor()
      assert.match(await alert.textContent(), /engine stopped.*look into the log.*req-\d+/s, path)
    }
    broken.state.mode = 'full'
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await page.locator('.interval').first().waitFor()
    await context.close()
    await broken.stop()
  })

  it('asked nobody else, without exceptions and within its policy', () => {
    assert.deepEqual([...asked], [server.url])
    assert.deepEqual(view.wrong, [])
  })
})
