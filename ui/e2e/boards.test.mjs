// Dashboards, saved views and settings over invented data: made, moved by mouse and by keyboard, saved, shared, refused. That
// the server keeps them is shown in tests/e2e/dashboards_test.py.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, describe, it } from 'node:test'
import { REAL, launch, openPage, serve } from './browser.mjs'
import { BOARD_ID } from './fake/boards.mjs'

describe('what a project keeps', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server, view
  const asked = new Set()
  const wrong = []
  before(async () => {
    browser = await launch()
  })
  // Each test changes what the server keeps.
  beforeEach(async () => {
    wrong.push(...(view?.wrong ?? []))
    await view?.context.close()
    await server?.stop()
    server = await serve({})
    view = await openPage(browser)
    view.page.on('request', (request) => asked.add(new URL(request.url()).origin === server.url))
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
  const stored = () => server.state.boards.boards.get(BOARD_ID)
  const placeOf = (id) => { const { x, y, w, h } = stored().panels.find((panel) => panel.id === id); return [x, y, w, h] }
  const param = (name) => new URL(view.page.url()).searchParams.get(name)
  const edit = async () => open(`/dashboards/${BOARD_ID}?edit=1`, '[data-grip=calls]')
  const save = async (page) => {
    const before = stored().version
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('edit'))
    assert.equal(stored().version, before + 1)
  }

  it('shows every kind of panel, says which one failed, and leaves the others', async () => {
    const page = await open(`/dashboards/${BOARD_ID}`, '.heatpanel canvas')
    assert.match(await page.locator('[data-panel=calls] .value').textContent(), /^\d/)
    assert.match(await page.locator('[data-panel=wrong] [role=alert]').textContent(), /no measure|There is no/i)
    assert.match(await page.locator('[data-panel=none]').textContent(), /No calls in this time that match/)
    assert.equal(await page.locator('[data-panel=two] .timechart').count(), 2)
    assert.ok(await page.locator('[data-panel=bars] li').count() > 2)
    assert.ok(await page.locator('[data-panel=rows] tbody tr').count() > 2)
  })

  it('keeps the head of a table in sight while the table moves', async () => {
    const panel = stored().panels.find((item) => item.id === 'rows')
    const whole = panel.h
    panel.h = 2
    const page = await open(`/dashboards/${BOARD_ID}`, '[data-panel=rows] tbody tr')
    panel.h = whole
    const box = page.locator('[data-panel=rows] [role=region]')
    const head = page.locator('[data-panel=rows] thead th').first()
    const before = (await head.boundingBox()).y
    await box.focus()
    await page.keyboard.press('End')
    await page.waitForFunction((node) => node.scrollTop > 10, await box.elementHandle())
    assert.ok(Math.abs((await head.boundingBox()).y - before) < 1, 'the head went away')
  })

  it('opens what a number was computed from, with the filter of the page', async () => {
    const page = await open(`/dashboards/${BOARD_ID}?filter=status:ok`, '[data-panel=bars] li a')
    const name = await page.locator('[data-panel=bars] li a').first().textContent()
    await page.locator('[data-panel=bars] li a').first().click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), `status:ok feature:${name}`)
    await open(`/dashboards/${BOARD_ID}?filter=status:ok`, '[data-panel=calls] .value')
    await page.locator('[data-panel=calls] a.bignumber').click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), 'status:ok')
  })

  it('asks about a region of a heatmap by keyboard', async () => {
    const page = await open(`/dashboards/${BOARD_ID}`, '.heatpanel canvas')
    await page.locator('.heatpanel .heat').press('ArrowUp')
    await page.getByRole('link', { name: 'Open the calls of this region' }).click()
    await page.waitForURL(/\/calls/)
    assert.match(param('filter'), /^time>=".*ttft>=\d+ns ttft<\d+ns$/)
  })

  it('shows the numbers behind its charts, and when releases began', async () => {
    const asking = view.page.waitForRequest(/\/api\/v1\/heatmap$/)
    const page = await open(`/dashboards/${BOARD_ID}`, '.heatpanel canvas')
    const heatmap = await asking
    assert.match(await page.locator('[data-panel=lines] .timechart').getAttribute('aria-label'), /First ran within: v48 at /)
    assert.equal(await page.locator('[data-panel=calls] .spark line').count() > 0, true)
    for (const id of ['lines', 'two', 'heat']) await page.locator(`[data-panel=${id}]`).getByRole('button', { name: /as a table$/ }).press('Enter')
    const table = page.locator('[data-panel=lines] table')
    const names = (await table.locator('thead th').allTextContents()).slice(1)
    assert.ok(names.length > 2 && names.every((name) => !/before/i.test(name)), names.join())
    assert.ok(await table.locator('tbody tr').count() > 20)
    assert.equal(await table.locator('.badge', { hasText: 'v48' }).count(), 1)
    assert.equal(await page.locator('[data-panel=two] table').count(), 2)
    // A heatmap counts each call once, in its table too.
    const counts = (await page.locator('[data-panel=heat] tbody tr td:last-child').allTextContents()).map((text) => Number(text.replaceAll(',', '')))
    const { counts: cells } = await (await fetch(`${server.url}/api/v1/heatmap`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: heatmap.postData() })).json()
    assert.equal(counts.reduce((sum, count) => sum + count, 0), cells.flat().reduce((sum, count) => sum + count, 0))
    await page.locator('[data-panel=lines]').getByRole('button', { name: /as a table$/ }).click()
    await page.locator('[data-panel=lines] .timechart canvas').waitFor()
  })

  it('moves, resizes, duplicates and removes panels by keyboard, and keeps the focus', async () => {
    const page = await edit()
    const grip = page.locator('[data-grip=calls]')
    await grip.focus()
    await page.keyboard.press('ArrowDown')
    await page.getByText('Calls: column 1, row 7, 3 wide, 2 high').waitFor({ state: 'attached' })
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('data-grip')), 'calls')
    await page.keyboard.press('Shift+ArrowRight')
    await page.getByText(/4 wide, 2 high/).waitFor({ state: 'attached' })
    await page.keyboard.press('d')
    await page.locator('[data-panel=p1]').waitFor()
    await page.locator('[data-grip=wrong]').focus()
    await page.keyboard.press('Delete')
    await page.locator('[data-panel=wrong]').waitFor({ state: 'detached' })
    await save(page)
    assert.equal(placeOf('calls')[2], 4)
    assert.deepEqual(placeOf('p1').slice(2), [4, 2])
    assert.equal(stored().panels.some((panel) => panel.id === 'wrong'), false)
  })

  it('moves and resizes by mouse, and Escape takes a move back', async () => {
    const page = await edit()
    const width = await page.locator('[data-grid]').evaluate((node) => node.clientWidth)
    const [column, row] = [(width + 12) / 12, 74]
    const drag = async (from, dx, dy) => {
      await page.mouse.move(from.x + 6, from.y + 6)
      await page.mouse.down()
      await page.mouse.move(from.x + 6 + dx * column, from.y + 6 + dy * row, { steps: 6 })
    }
    await drag(await page.locator('[data-grip=calls]').boundingBox(), 3, 0)
    await page.keyboard.press('Escape')
    await page.mouse.up()
    await page.getByText('Nothing changed').waitFor()
    await drag(await page.locator('[data-grip=lines]').boundingBox(), 6, 0)
    await page.mouse.up()
    await drag(await page.locator('[data-panel=cost] .corner').boundingBox(), 0, 1)
    await page.mouse.up()
    await save(page)
    assert.deepEqual([placeOf('lines')[0], placeOf('cost')[3]], [6, 3])
  })

  it('adds a panel from a form, and from the explorer', async () => {
    const page = await edit()
    await page.locator('body').press('a')
    const dialog = page.locator('dialog[open]')
    await dialog.getByRole('button', { name: 'Bars', exact: true }).click()
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText('Bars are of groups').waitFor()
    await dialog.getByLabel('Add to group by').fill('model')
    await page.keyboard.press('Enter')
    await dialog.getByLabel('Filter').fill('status:ok')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.locator('[data-panel=p1] li a').first().waitFor()
    await save(page)
    assert.deepEqual(stored().panels.find((panel) => panel.id === 'p1').query, { filter: 'status:ok', measures: ['count'], group_by: ['model'], top: 10 })
    await open('/explore?measures=p95(ttft)&by=feature&filter=status:ok&compare=none', '.timechart canvas')
    await page.locator('[data-addboard]').click()
    await page.getByLabel('Title').fill('Slow features')
    await page.locator('.addboardlist button', { hasText: 'Refunds' }).click()
    await page.getByRole('link', { name: 'Refunds', exact: true }).click()
    await page.locator('[data-panel=p2] .timechart canvas').waitFor()
    assert.deepEqual(stored().panels.find((panel) => panel.id === 'p2'), { id: 'p2', title: 'Slow features', chart: 'line', x: 4, y: 14, w: 6, h: 4, query: { filter: 'status:ok', measures: ['p95(ttft)'], group_by: ['feature'], top: 10 } })
  })

  it('says when somebody else saved meanwhile, and loses nobody’s work', async () => {
    const page = await edit()
    await page.getByLabel('Name', { exact: true }).fill('Mine')
    stored().version++
    stored().name = 'Theirs'
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+s')
    assert.match(await page.locator('.board > .problem').textContent(), /somebody changed this dashboard meanwhile: it has version 4/)
    await page.getByRole('button', { name: 'Save mine as a new dashboard' }).click()
    await page.getByRole('heading', { name: 'Mine (mine)' }).waitFor()
    assert.equal(stored().name, 'Theirs')
  })

  it('goes as a file and comes back, and a file that is none is refused in words', async () => {
    const page = await open(`/dashboards/${BOARD_ID}`, '.heatpanel canvas')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'File', exact: true }).click()])
    assert.equal(download.suggestedFilename(), 'refunds.vitrine.json')
    const file = readFileSync(await download.path(), 'utf8')
    assert.deepEqual(Object.keys(JSON.parse(file)), ['vitrine_dashboard', 'name', 'description', 'range', 'filter', 'panels'])
    await open('/dashboards', '[data-row]')
    const choose = (name, text) => page.getByLabel('A dashboard’s file').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
    await choose('x.json', 'no json')
    await page.getByText('x.json is no JSON file.').waitFor()
    await choose('x.json', '{"name":"x"}')
    await page.getByText('panels: is a list').waitFor()
    await choose('refunds.json', file)
    await page.waitForURL(/\/dashboards\/[0-9a-f]{16}/)
    await page.locator('[data-panel=heat] canvas').waitFor()
    assert.equal(server.state.boards.boards.size, 2)
  })

  it('opens the list, a dashboard and the editor by keyboard, and removes one', async () => {
    const page = await open('/', '[data-summary]')
    // The second key counts only for a moment after the first, which a busy machine may miss.
    for (let tries = 0; tries < 20 && !/\/dashboards$/.test(page.url()); tries++) {
      await page.locator('body').press('g')
      await page.keyboard.press('b')
      await page.waitForTimeout(50)
    }
    await page.waitForURL(/\/dashboards$/)
    await page.getByRole('region', { name: 'Dashboards' }).locator('[data-row]').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(BOARD_ID))
    await page.locator('[data-panel=calls] .value').waitFor()
    await page.keyboard.press('E')
    await page.locator('[data-grip=calls]').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('No dashboards yet').waitFor()
    await page.getByRole('button', { name: 'Start with calls, cost and latency' }).click()
    await page.locator('[data-panel=durations] canvas').waitFor()
    assert.equal(await page.locator('.boardpanel [role=alert]').count(), 0)
  })

  it('takes over the views that a browser kept, and keeps new ones on the server', async () => {
    server.state.boards.views.push({ id: 'a'.repeat(16), name: 'Taken', page: '/', query: '' })
    const page = await open('/settings', '.settingsform')
    await page.evaluate(() => localStorage.setItem('vitrine-views', JSON.stringify([{ name: 'Failing', address: '/calls?filter=status%3Aerror' }, { name: 'Taken', address: '/models?by=provider' }])))
    await page.reload()
    await page.waitForFunction(() => localStorage.getItem('vitrine-views') === null)
    assert.deepEqual(server.state.boards.views.map(({ name, page: path, query }) => [name, path, query]), [['Taken', '/', ''], ['Failing', '/calls', 'filter=status%3Aerror'], ['Taken (from a browser)', '/models', 'by=provider']])
    await page.keyboard.press('s')
    await page.getByRole('button', { name: 'Move Failing up' }).click()
    await page.waitForFunction(() => document.querySelector('.viewlist li span').textContent === 'Failing')
    await page.getByRole('button', { name: 'Remove Taken', exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('.viewlist li').length === 2)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/Type a command/).fill('Failing')
    await page.getByRole('option', { name: 'Failing', exact: true }).click()
    await page.waitForURL(/\/calls/)
    assert.equal(param('filter'), 'status:error')
  })

  it('writes times in the zone of the project, asks in it, and shows its links on traces', async () => {
    const page = await open('/settings', '.settingsform')
    await page.getByLabel('Days and months are those of').fill('Asia/Kathmandu')
    await page.getByText(/It is .*UTC\+5:45 there/).waitFor()
    await page.getByRole('button', { name: 'Add a link' }).click()
    await page.getByLabel('Name', { exact: true }).fill('APM')
    await page.getByLabel('Address').fill('javascript:alert({trace_id})')
    await page.getByText('not an address of http or https yet').waitFor()
    await page.getByLabel('Address').fill('https://apm.test/t/{trace_id}?span={span_id}')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText(/^Saved (just now|\d+ s ago)$/).waitFor()
    const question = page.waitForRequest((request) => request.url().endsWith('/api/v1/query') && (request.postData() ?? '').includes('"interval"'))
    await open('/', '[data-summary]')
    assert.equal(JSON.parse((await question).postData()).time_zone, 'Asia/Kathmandu')
    assert.match(await page.locator('.insighthead').textContent(), /Kathmandu, against/)
    await page.goto(`${server.url}/traces/${'3'.repeat(32)}`)
    const link = page.getByRole('link', { name: 'APM', exact: true })
    await link.waitFor()
    assert.match(await link.getAttribute('href'), /^https:\/\/apm\.test\/t\/3{32}\?span=[0-9a-f]{16}$/)
    assert.deepEqual([await link.getAttribute('rel'), await link.getAttribute('target')], ['noopener noreferrer', '_blank'])
    server.state.boards.settings.link_templates = [{ name: 'Bad', url: 'javascript:alert(1)//{trace_id}' }]
    await page.reload()
    await page.locator('.strip').waitFor()
    assert.equal(await page.getByText('Bad', { exact: true }).count(), 0)
  })

  it('asked nobody else, without exceptions and within its policy', () => {
    assert.deepEqual([...asked], [true])
    assert.deepEqual(wrong, [])
  })
})
