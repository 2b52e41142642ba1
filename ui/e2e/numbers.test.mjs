// Numbers on the pages over a real server (VITRINE_URL, demo traffic in project `demo`) against SQL over the public views;
// and the filter box against the server that reads its language. tests/e2e/ui_test.py starts it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage } from './browser.mjs'

const URL_BASE = REAL ?? ''
const PROJECT = 'demo'
const HOUR = 3600e3
// A day of whole minutes: rollups and rows then speak of the same calls.
const TO = Math.floor((Date.now() - 60e3) / 60e3) * 60e3
const FROM = TO - 24 * HOUR
const iso = (ms) => new Date(ms).toISOString()
const AT = `project=${PROJECT}&from=${iso(FROM)}&to=${iso(TO)}`
const within = (from, to) => `start_time >= parseDateTime64BestEffort('${iso(from)}', 9, 'UTC') AND start_time < parseDateTime64BestEffort('${iso(to)}', 9, 'UTC')`
const NOW = within(FROM, TO)
const BEFORE = within(FROM - 24 * HOUR, FROM)

async function ask(path, body = undefined) {
  const response = await fetch(URL_BASE + path, { method: body === undefined ? 'GET' : 'POST', headers: { 'x-vitrine-project': PROJECT, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  assert.equal(response.status, 200, `${path}: ${response.status} ${await response.clone().text()}`)
  return response.json()
}
const sql = async (query) => (await ask('/api/v1/sql', { query, params: {} })).rows
const plain = (text) => Number(text.replaceAll(/[,$%]/g, ''))

/** `shown` is `exact` to the digits it shows. */
function isShown(shown, exact, what) {
  const digits = /\.(\d+)/.exec(shown)?.[1].length ?? 0
  assert.ok(Math.abs(plain(shown) - exact) <= 0.5001 * 10 ** -digits, `${what}: "${shown}" for ${exact}`)
}

describe('numbers over a real server', { skip: REAL ? false : 'needs VITRINE_URL' }, () => {
  let browser, view
  before(async () => {
    browser = await launch()
    view = await openPage(browser, { theme: 'light' })
  })
  after(async () => browser?.close())
  const go = async (path, ready) => {
    await view.page.goto(URL_BASE + path)
    await view.page.locator(ready).first().waitFor()
    return view.page
  }
  const tile = async (page, title) => (await page.locator('.metrictile', { hasText: title }).first().locator('.value').textContent()).replace(/\/.*$/, '')

  it('home: headline measures are those of SQL, now and before', async () => {
    const page = await go(`/?${AT}`, '.metrictile .value')
    const [[calls, failed, cost]] = await sql(`SELECT count(), countIf(status = 'error'), toFloat64(sum(cost_usd)) FROM calls WHERE ${NOW}`)
    const [[callsBefore]] = await sql(`SELECT count() FROM calls WHERE ${BEFORE}`)
    assert.ok(calls > 100)
    assert.equal(await tile(page, 'Calls'), calls.toLocaleString('en-US'))
    assert.match(await page.locator('.metrictile', { hasText: 'Calls' }).first().locator('.delta').textContent(), callsBefore === 0 ? /^none before$/ : new RegExp(`was ${callsBefore.toLocaleString('en-US')}$`))
    isShown(await tile(page, 'Errors'), (failed / calls) * 100, 'errors in percent')
    isShown(await tile(page, 'Cost per hour'), cost / 24, 'dollars per hour')
    const [[p95]] = await sql(`SELECT quantileExact(0.95)(ttft_ns) / 1e9 FROM calls WHERE ${NOW} AND ttft_ns IS NOT NULL`)
    const shown = plain((await tile(page, 'TTFT')).replace(' s', ''))
    assert.ok(Math.abs(shown - p95) / p95 < 0.03, `TTFT p95 ${shown} s for ${p95} s`)
    assert.ok((await page.locator('[data-summary]').textContent()).length > 20)
  })

  for (const [path, by, column] of [['features', 'Feature', 'feature'], ['releases', 'Release', 'release'], ['users', 'User', 'user_id']]) {
    it(`${path}: calls and cost of each group are those of SQL`, async () => {
      const page = await go(`/${path}?${AT}`, '.grouptable tbody tr')
      const heads = await page.locator('.grouptable th').allTextContents()
      assert.ok(heads[0].startsWith(by))
      const rows = await page.locator('.grouptable tbody tr[data-row]').evaluateAll((nodes) => nodes.map((node) => [node.getAttribute('data-group'), ...[...node.querySelectorAll('td')].map((cell) => (cell.querySelector(':scope > span:first-child') ?? cell).textContent)]))
      const expected = new Map((await sql(`SELECT ${column}, count(), toFloat64(sum(cost_usd)), countIf(status = 'error') / count() * 100 FROM calls WHERE ${NOW} GROUP BY ${column}`)).map(([key, ...values]) => [key, values]))
      assert.equal(rows.length, expected.size)
      const at = (title) => heads.findIndex((head) => head.replace(/ ↓$/, '') === title) + 1
      for (const row of rows) {
        const [calls, cost, failed] = expected.get(row[0])
        assert.equal(row[at('Calls')], calls.toLocaleString('en-US'), row[0])
        isShown(row[at('Error rate')], failed, `errors of ${row[0]}`)
        if (at('Cost') > 0 && cost !== null && cost >= 0.0001) isShown(row[at('Cost')], cost, `cost of ${row[0]}`)
      }
    })
  }

  it('tools: runs and success are those of SQL, and the door opens traces that have such a span', async () => {
    const page = await go(`/tools?${AT}`, '.grouptable tbody tr')
    const [[name, runs, ok]] = await sql(`SELECT tool_name, count() AS n, countIf(status != 'error') / n * 100 FROM spans WHERE kind = 'tool' AND ${NOW} GROUP BY tool_name ORDER BY n DESC, tool_name LIMIT 1`)
    const row = page.locator(`.grouptable tr[data-group="${name}"]`)
    assert.equal(await row.locator('td').nth(2).locator('span').first().textContent(), runs.toLocaleString('en-US'))
    isShown(await row.locator('td').nth(3).locator('span').first().textContent(), ok, 'success')
    await row.getByRole('button', { name, exact: true }).click()
    await page.waitForURL(/\/traces/)
    const [[traces]] = await sql(`SELECT uniqExact(trace_id) FROM spans WHERE kind = 'tool' AND tool_name = '${name}' AND trace_id IN (SELECT trace_id FROM traces WHERE ${NOW})`)
    await page.waitForFunction((count) => document.querySelector('.summary b')?.textContent === count, traces.toLocaleString('en-US'))
  })

  it('slowest: speaks of the traces of SQL, its shares make up the whole, and a name opens traces of that part', async () => {
    const page = await go(`/slowest?${AT}`, '[data-summary]')
    const [[traces]] = await sql(`SELECT count() FROM traces WHERE ${NOW}`)
    const part = Math.ceil(traces / 100)
    const [[least]] = await sql(`SELECT duration_ns FROM traces WHERE ${NOW} ORDER BY duration_ns DESC, trace_id LIMIT 1 OFFSET ${part - 1}`)
    const answer = await ask(`/api/v1/traces/slowest?from=${iso(FROM)}&to=${iso(TO)}`)
    assert.deepEqual([answer.trace_count, answer.slowest_count, answer.slowest_read, Number(answer.least_duration_ns)], [traces, part, part, Number(least)])
    for (const lines of [answer.stages, answer.names]) assert.ok(Math.abs(lines.reduce((sum, line) => sum + line.share, 0) - 1) < 1e-6)
    assert.ok((await page.locator('[data-summary]').textContent()).startsWith(`Of ${traces.toLocaleString('en-US')} traces the slowest ${part === 1 ? 'one' : part.toLocaleString('en-US')} took `))
    await page.locator('.pathname button').first().click()
    await page.waitForURL(/\/traces\?/)
    await page.locator('[data-row]').first().waitFor()
    const shown = await page.locator('[data-row]').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-trace')))
    assert.ok(shown.length > 0 && shown.every((id) => answer.traces.includes(id)), shown.join(' '))
  })

  it('releases: the dearest and the longest calls are those of SQL', async () => {
    const page = await go(`/releases?${AT}`, '.largest tbody tr')
    const first = async () => (await page.locator('.largest tbody tr').first().getByRole('link').getAttribute('href')).split('?')[0]
    const dearest = await sql(`SELECT concat('/calls/', trace_id, '/', span_id) FROM calls WHERE ${NOW} AND cost_usd = (SELECT max(cost_usd) FROM calls WHERE ${NOW})`)
    assert.ok(dearest.flat().includes(await first()))
    await page.locator('.bandcell svg').first().waitFor()
    await page.getByRole('button', { name: 'Longest', exact: true }).click()
    await page.getByRole('heading', { name: /longest calls$/ }).waitFor()
    await page.locator('.largest tbody tr').first().waitFor()
    const longest = await sql(`SELECT concat('/calls/', trace_id, '/', span_id) FROM calls WHERE ${NOW} ORDER BY duration_ns DESC LIMIT 1`)
    assert.equal(await first(), longest[0][0])
    await page.getByRole('button', { name: /^All \d+$/ }).click()
    const [[calls]] = await sql(`SELECT count() FROM calls WHERE ${NOW}`)
    assert.equal(await page.locator('.largest tbody tr').count(), Math.min(50, calls))
  })

  it('sessions: failure and completion are shares of what is listed', async () => {
    const page = await go(`/sessions?${AT}`, '.outcome b')
    const { sessions } = await ask(`/api/v1/sessions?from=${iso(FROM)}&to=${iso(TO)}&limit=500`)
    const bad = sessions.filter((session) => session.first_bad_turn !== null).length
    const cells = await page.locator('.outcome').allTextContents()
    assert.match(cells[0], new RegExp(`${bad} of (the newest )?${sessions.length} have a bad turn`))
    isShown(await page.locator('.outcome b').first().textContent(), (bad / sessions.length) * 100, 'failure')
    // The demo's people judge whether a conversation was solved.
    const judged = await sql(`SELECT t.session_id, argMax(s.label = 'solved', s.time) FROM scores AS s INNER JOIN (SELECT trace_id, session_id FROM traces WHERE session_id IN (SELECT session_id FROM traces WHERE ${NOW})) AS t ON s.trace_id = t.trace_id WHERE s.name = 'resolution' AND t.session_id != '' GROUP BY 1`)
    if (judged.length > 0) await page.waitForFunction((words) => document.querySelectorAll('.outcome')[1]?.textContent.includes(words), `${judged.filter((row) => Number(row[1]) === 1).length} of ${judged.length} judged`)
  })

  it('costs: what is stored has rows, and judging says where it is told', async () => {
    const page = await go(`/costs?${AT}`, '.growthsay')
    const size = await ask('/api/v1/storage')
    assert.ok(size.bytes > 0 && size.tables.some((table) => table.name === 'spans'))
    await page.getByRole('region', { name: 'Storage', exact: true }).locator('tbody tr').first().waitFor()
    const growth = page.getByRole('region', { name: 'Growth', exact: true })
    await growth.locator('.growthsay').waitFor() // The panels beside it have such a sentence, too.
    assert.match(await growth.textContent(), /Cost per call/)
    await page.getByRole('region', { name: 'Judging', exact: true }).locator('tbody tr').first().waitFor()
  })

  it('an export says how many rows it has, on every list', async () => {
    for (const [path, unit, query] of [['/calls', '.cl[data-row]', `SELECT count() FROM calls WHERE ${NOW}`], ['/traces', '[data-row]', `SELECT count() FROM traces WHERE ${NOW}`], ['/sessions', '[data-row]', `SELECT uniqExact(session_id) FROM traces WHERE session_id != '' AND ${NOW}`], ['/tools', '.grouptable tbody tr', `SELECT count() FROM spans WHERE kind = 'tool' AND ${NOW}`]]) {
      const page = await go(`${path}?${AT}`, unit)
      await page.keyboard.press('e')
      const [[rows]] = await sql(query)
      await page.locator('[data-rows] b').waitFor()
      assert.equal(await page.locator('[data-rows]').textContent(), `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`, path)
      await page.keyboard.press('Escape')
    }
  })

  it('explorer: groups are those of SQL, and a row opens exactly its calls', async () => {
    const page = await go(`/explore?${AT}&measures=count&by=provider`, 'tr[data-row] button')
    const expected = await sql(`SELECT provider, count() AS n FROM calls WHERE provider != '' AND ${NOW} GROUP BY provider ORDER BY n DESC, provider`)
    for (const [provider, calls] of expected) assert.equal(await page.locator('tr', { has: page.getByRole('button', { name: provider, exact: true }) }).last().locator('td.n').first().textContent(), calls.toLocaleString('en-US'))
    const [smallest, calls] = expected.at(-1)
    await page.getByRole('button', { name: smallest, exact: true }).last().click()
    await page.waitForURL(/\/calls/)
    await page.locator('.cl[data-row]').first().waitFor()
    const answer = await ask(`/api/v1/calls?from=${iso(FROM)}&to=${iso(TO)}&limit=500&filter=${encodeURIComponent(`provider:${smallest}`)}`)
    assert.ok(answer.calls.every((item) => item.provider === smallest))
    if (answer.next_cursor === null) assert.equal(answer.calls.length, calls)
  })

  it('heatmap: counts every call once, and ranks what is different', async () => {
    const page = await go(`/explore?${AT}&view=heat&heat=duration`, '.heat canvas')
    const [[calls]] = await sql(`SELECT count() FROM calls WHERE ${NOW} AND duration_ns > 0`)
    const shown = plain(/([\d,]+) calls with a value/.exec(await page.locator('.panel header').first().textContent())[1])
    assert.ok(Math.abs(shown - calls) <= calls * 0.001, `${shown} of ${calls}`)
    await page.locator('.heat').press('Shift+ArrowUp')
    await page.getByRole('region', { name: 'What is different about these' }).locator('.sharebar, .panelnote').first().waitFor()
  })

  it('filter box: its chips are the terms the server reads, and words come from what is stored', async () => {
    for (const text of ['kind:llm model:gpt-4o* cost_usd>0.05', '"refund policy" -status:error user:u-17', '(status:error or kind:tool) feature:search', 'duration>5s input_tokens:10..2000 has:tool_call', 'kind:agent not status:error']) {
      const read = await ask(`/api/v1/filter?unit=traces&text=${encodeURIComponent(text)}`)
      assert.equal(read.error, null, text)
      const page = await go(`/traces?project=${PROJECT}&range=all&filter=${encodeURIComponent(text)}`, '.chip')
      assert.equal(await page.locator('.chip').count(), read.terms.length, text)
    }
    const page = await go(`/traces?project=${PROJECT}&range=all`, '[data-row]')
    const [[release]] = await sql("SELECT release FROM traces WHERE release != '' GROUP BY release ORDER BY count() DESC LIMIT 1")
    await page.keyboard.press('/')
    await page.keyboard.type('release:')
    await page.getByRole('option', { name: release }).first().click()
    await page.waitForFunction((value) => (new URL(location.href).searchParams.get('filter') ?? '').includes(value), release)
    await page.locator('[data-filter]').focus()
    await page.keyboard.type('modl:x')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByRole('button', { name: /^Write/ }).click()
    assert.match(await page.locator('[data-filter]').inputValue(), /model/)
  })

  it('a list is exported exactly as it is filtered', async () => {
    const page = await go(`/calls?${AT}&filter=status:error`, '.cl[data-row]')
    await page.keyboard.press('e')
    const href = await page.getByRole('link', { name: /^JSON lines/ }).getAttribute('href')
    const response = await fetch(URL_BASE + href)
    assert.equal(response.status, 200)
    const rows = (await response.text()).trim().split('\n').map((line) => JSON.parse(line))
    const [[calls]] = await sql(`SELECT count() FROM calls WHERE status = 'error' AND ${NOW}`)
    assert.equal(rows.length, calls)
    assert.ok(rows.every((row) => row.status === 'error'))
    await page.keyboard.press('Escape')
  })

  it('old links ask for the same traces', async () => {
    const old = await ask('/api/v1/traces?status=error&limit=200')
    const page = await go(`/traces?project=${PROJECT}&range=all&status=error`, '[data-row]')
    await page.waitForFunction((count) => document.querySelector('.summary b')?.textContent !== ' ' && document.querySelectorAll('[data-row]').length > Math.min(5, count - 1), old.traces.length)
    const shown = await page.locator('[data-row]').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-trace')))
    assert.deepEqual(shown.slice(0, 10), old.traces.slice(0, 10).map((trace) => trace.trace_id))
  })

  it('console: the tree has the views of this server', async () => {
    const page = await go(`/sql?project=${PROJECT}`, '.column')
    const columns = (await ask('/api/v1/sql', { query: 'DESCRIBE calls', params: {} })).rows.length
    assert.equal(plain(await page.locator('.viewrow', { hasText: /^calls/ }).locator('.num').textContent()), columns)
  })

  for (const [theme, width] of [['dark', 1440], ['light', 390]]) {
    it(`is accessible in ${theme} at ${width} px, and nothing sticks out`, async () => {
      const { page, context, wrong } = await openPage(browser, { theme, width, height: 844 })
      const pages = [['/', '[data-summary]'], ['/models', '.grouptable tbody tr'], ['/users', '.grouptable tbody tr'], ['/features', '.grouptable tbody tr'], ['/releases', '.grouptable tbody tr'], ['/costs', '.grouptable tbody tr'], ['/tools', '.grouptable tbody tr'], ['/retrieval', '.grouptable tbody tr'], ['/quality', '.grouptable tbody tr'], ['/slowest', '[data-summary]'], ['/sessions', '.outcome'], ['/compare', '.interval, .state'], ['/explore', '.timechart canvas'], ['/sql', '[data-sql]']]
      for (const [path, ready] of pages) {
        await page.goto(`${URL_BASE}${path}?${AT}`)
        await page.locator(ready).first().waitFor()
        await page.waitForTimeout(400)
        assert.deepEqual(await violationsOf(page), [], path)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path}: nothing sticks out`)
      }
      assert.deepEqual(wrong, [])
      await context.close()
    })
  }

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})
