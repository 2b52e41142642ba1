// The pages over a real server (VITRINE_URL) that holds demo traffic in project `demo`: what is shown is what the API and
// SQL answer, to the last digit where the page shows the last digit. tests/e2e/ui_test.py starts it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage } from './browser.mjs'
import { settled } from './places.mjs'

const URL_BASE = REAL ?? ''
const PROJECT = 'demo'
const OWN = 'shown'

async function ask(path, project = PROJECT, body = undefined) {
  const response = await fetch(URL_BASE + path, {
    method: body === undefined ? 'GET' : 'POST', headers: { 'x-vitrine-project': project, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  assert.equal(response.status, 200, `${path}: ${response.status}`)
  return response.json()
}
const sql = async (query, project = PROJECT) => (await ask('/api/v1/sql', project, { query, params: {} })).rows
const spansOf = (answer) => answer.spans.rows.map((row) => Object.fromEntries(answer.spans.fields.map((field, index) => [field, row[index]])))
const isCall = (span) => ['llm', 'embedding', 'rerank'].includes(span.kind) && span.counted

/** Asks until `check` gives something; fails with `what` when it never does. */
async function until(check, what) {
  for (let i = 0; i < 300; i++) {
    const found = await check()
    if (found) return found
    await new Promise((done) => setTimeout(done, 100))
  }
  return assert.fail(`never: ${what}`)
}

/** `shown` is `exact`, rounded to the digits it shows: `$0.0042`, `<$0.0001`, `1.92k`, `3.20M`, `412`. */
function isRounded(shown, exact, what) {
  const parts = /^(<)?\$?([\d,]+(?:\.(\d+))?)([kM])?$/.exec(shown.trim())
  assert.ok(parts, `${what}: "${shown}" is no number, expected ${exact}`)
  const scale = { k: 1e3, M: 1e6 }[parts[4]] ?? 1
  const value = Number(parts[2].replaceAll(',', '')) * scale
  if (parts[1]) return assert.ok(exact > 0 && exact < value, `${what}: ${shown} for ${exact}`)
  const half = 0.5 * 10 ** -(parts[3]?.length ?? 0) * scale
  assert.ok(Math.abs(value - exact) <= half * 1.001, `${what}: ${shown} for ${exact}`)
}
/** A decimal of the API as the details write it: every digit, at least two behind the point. */
const exactly = (usd) => {
  const [whole, fraction = ''] = usd.split('.')
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}
const plainText = (text) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

// ---- spans of our own, through the door

const attribute = (key, value) => ({ key, value: typeof value === 'number' ? { intValue: String(value) } : Array.isArray(value) ? { arrayValue: { values: value.map((item) => ({ stringValue: item })) } } : { stringValue: value } })
const T0 = BigInt(Date.now() - 60_000) * 1_000_000n
function span(traceId, spanId, name, atMs, tookMs, attributes, more = {}) {
  const start = T0 + BigInt(atMs) * 1_000_000n
  return { traceId, spanId, name, kind: 3, startTimeUnixNano: String(start), endTimeUnixNano: String(start + BigInt(tookMs) * 1_000_000n), attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)), ...more }
}
const send = (spans, project = OWN) => ask('/v1/traces', project, { resourceSpans: [{ resource: { attributes: [attribute('service.name', 'shown')] }, scopeSpans: [{ scope: { name: 'by hand' }, spans }] }] })
const chat = (model, more = {}) => ({ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': model, 'gen_ai.response.model': model, ...more })
const messages = (...list) => JSON.stringify(list.map(([role, ...parts]) => ({ role, parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', content: part } : part)), finish_reason: 'stop' })))

const TOOLS = 'a1'.repeat(16)
const ORPHAN = 'b2'.repeat(16)
const LONG = 'c3'.repeat(16)
const CALLS = [{ type: 'tool_call', id: 'call_one', name: 'look', arguments: '{"id": 12345678901234567890}' }, { type: 'tool_call', id: 'call_two', name: 'look', arguments: '{"id": 2}' }]
const HEBREW = 'שלום עולם, זה טקסט מימין לשמאל'

async function sendOwn() {
  const ran = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'look' }
  await send([
    span(TOOLS, 'a100000000000000', 'agent', 0, 9000, { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'agent' }),
    span(TOOLS, 'a100000000000001', 'chat first', 10, 900, chat('gpt-4o', { 'gen_ai.usage.input_tokens': 1234, 'gen_ai.usage.output_tokens': 567, 'gen_ai.input.messages': messages(['user', HEBREW]), 'gen_ai.output.messages': messages(['assistant', ...CALLS]) }), { parentSpanId: 'a100000000000000' }),
    // The second call's tool runs first: order alone would find the wrong span.
    span(TOOLS, 'a100000000000002', 'execute_tool look', 1000, 200, { ...ran, 'gen_ai.tool.call.id': 'call_two' }, { parentSpanId: 'a100000000000000' }),
    span(TOOLS, 'a100000000000003', 'execute_tool look', 1100, 300, { ...ran, 'gen_ai.tool.call.id': 'call_one' }, { parentSpanId: 'a100000000000000', status: { code: 2, message: 'the shelf is empty' } }),
    span(TOOLS, 'a100000000000004', 'chat failed', 2000, 100, chat('gpt-4o', { 'error.type': 'RateLimitError' }), { parentSpanId: 'a100000000000000', status: { code: 2, message: 'rate limit' } }),
    span(TOOLS, 'a100000000000005', 'chat unpriced', 3000, 900, chat('a-model-of-nobody-7b', { 'gen_ai.usage.input_tokens': 30, 'gen_ai.usage.output_tokens': 3 }), { parentSpanId: 'a100000000000000' }),
    span(ORPHAN, 'b200000000000001', 'child', 0, 500, chat('gpt-4o-mini', { 'gen_ai.usage.input_tokens': 3, 'gen_ai.usage.output_tokens': 3 }), { parentSpanId: 'b2000000000000ff' }),
    span(LONG, 'c300000000000001', 'chat ' + 'a-very-long-name-'.repeat(60), 0, 500, chat('m'.repeat(5000), { 'gen_ai.usage.input_tokens': 3, 'gen_ai.usage.output_tokens': 3 })),
  ])
  await until(async () => Number((await sql('SELECT toString(count()) FROM spans', OWN))[0][0]) === 8, 'own spans can be asked for')
}

describe('the pages over a real server', { skip: REAL ? false : 'needs VITRINE_URL' }, () => {
  let browser, view, list, trace, spans, call
  before(async () => {
    await sendOwn()
    browser = await launch()
    view = await openPage(browser, { theme: 'light' })
    list = (await ask('/api/v1/traces?limit=100')).traces
    const wanted = list.find((item) => item.error_count > 0 && item.call_count > 2 && item.cost_usd !== null && item.span_count < 60)
    assert.ok(wanted, 'demo traffic has an agent with an error')
    trace = await ask(`/api/v1/traces/${wanted.trace_id}`)
    spans = spansOf(trace)
    call = spans.find((item) => isCall(item) && item.kind === 'llm' && item.cost_usd !== null && item.output_preview !== null)
    assert.ok(call, 'with a call that was answered')
  })
  after(async () => browser?.close())

  const go = async (path, ready, page = view.page) => {
    await page.goto(URL_BASE + path)
    await page.locator(ready).first().waitFor()
    return page
  }
  const selected = (page) => page.locator('.tree [aria-selected=true]').first()
  /** Moves down with J from the top until this span is selected. */
  const walkTo = async (page, spanId) => {
    await page.keyboard.press('Home')
    for (let i = 0; i < spans.length + 2; i++) {
      if ((await selected(page).getAttribute('data-span')) === spanId) return
      await page.keyboard.press('j')
    }
    assert.fail(`J never reached ${spanId}`)
  }

  it('lists the traces with the numbers of the API', async () => {
    const page = await go(`/traces?project=${PROJECT}&range=all`, '[data-row]')
    await page.locator('.summary b').waitFor()
    const count = (await sql('SELECT toString(count()) FROM traces'))[0][0]
    assert.equal((await page.locator('.summary b').textContent()).replaceAll(',', ''), count)
    const rows = await page.locator('[data-row]').evaluateAll((nodes) => nodes.map((node) => ({
      id: node.getAttribute('data-trace'), failed: node.querySelector('.mark') !== null,
      ...Object.fromEntries(['name', 'spans', 'tokens', 'cost'].map((part) => [part, node.querySelector(`.${part}`).textContent.trim()])),
    })))
    assert.deepEqual(rows.map((row) => row.id), list.slice(0, rows.length).map((item) => item.trace_id), 'newest first')
    let priced = 0
    for (const [index, row] of rows.entries()) {
      const item = list[index]
      assert.equal(row.name.replace(/no root$/, ''), item.name)
      assert.equal(row.spans, String(item.span_count))
      assert.equal(row.failed, item.error_count > 0, item.trace_id)
      if (item.input_tokens === null && item.output_tokens === null) assert.equal(row.tokens, '—')
      else isRounded(row.tokens, (item.input_tokens ?? 0) + (item.output_tokens ?? 0), 'tokens')
      if (item.cost_usd === null) assert.equal(row.cost, item.unpriced_count > 0 ? 'unpriced' : '—')
      else if (item.unpriced_count < item.call_count && ++priced) isRounded(row.cost.replace(/ ?\+\?$/, ''), Number(item.cost_usd), 'cost')
    }
    assert.ok(priced > 5)
  })

  it('opens a trace by keyboard; its totals are those of SQL', async () => {
    const page = view.page
    const id = trace.trace.trace_id
    for (let i = 0; i < 100 && (await page.locator('[data-row][aria-selected=true]').getAttribute('data-trace')) !== id; i++) await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.tree').waitFor()
    assert.equal(new URL(page.url()).pathname, `/traces/${id}`)
    assert.equal(new URL(page.url()).searchParams.get('project'), PROJECT)
    const [[cost, input, output, count]] = await sql(`SELECT toString(sumIf(cost_usd, counted)), toString(sumIf(input_tokens, counted)), toString(sumIf(output_tokens, counted)), toString(count()) FROM spans WHERE trace_id = '${id}'`)
    assert.equal(Number(cost), Number(trace.trace.cost_usd))
    assert.equal(Number(count), spans.length)
    const facts = Object.fromEntries(await page.locator('.facts div').evaluateAll((nodes) => nodes.map((node) => [node.querySelector('dt').textContent, node.querySelector('dd').textContent])))
    isRounded(facts['Cost'].replace(/ \+ \d+ unpriced$/, ''), Number(cost), 'cost of the trace')
    const [, shownIn, shownOut] = /^(\S+) in.* · (\S+) out$/.exec(facts['Tokens'])
    isRounded(shownIn, Number(input), 'input tokens of the trace')
    isRounded(shownOut, Number(output), 'output tokens of the trace')
    assert.equal(await selected(page).locator('.err').count() > 0, true, 'opens on an error')
    assert.equal(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount')), spans.length + trace.missing_parents.length + 1)
  })

  it('shows cost and tokens of each call in its row', async () => {
    const page = view.page
    await page.keyboard.press('Home')
    const rows = await page.locator('.trplace [role=row]').evaluateAll((nodes) => nodes.map((node) => [node.getAttribute('data-span'), ...[...node.querySelectorAll('.n')].slice(0, 2).map((cell) => cell.textContent)]))
    const byId = new Map(spans.map((item) => [item.span_id, item]))
    let seen = 0
    for (const [id, cost, tokens] of rows) {
      const item = byId.get(id)
      if (!item || !isCall(item) || item.cost_usd === null) continue
      seen++
      isRounded(cost, Number(item.cost_usd), `cost of ${item.name}`)
      isRounded(tokens, (item.input_tokens ?? 0) + (item.output_tokens ?? 0), `tokens of ${item.name}`)
    }
    assert.ok(seen > 1)
  })

  it('shows a span chosen by keyboard: conversation, exact tokens and dollars', async () => {
    const page = view.page
    await walkTo(page, call.span_id)
    const detail = await ask(`/api/v1/spans/${trace.trace.trace_id}/${call.span_id}`)
    const texts = [...detail.input_messages.filter((item) => item.is_new && item.role !== 'system'), ...detail.output_messages].flatMap((item) => item.parts).filter((part) => part.type === 'text').map((part) => plainText(part.content).slice(0, 200))
    assert.ok(texts.length > 0)
    await page.locator('.chat .msg').first().waitFor()
    await settled(page) // A span chosen before it may still be shown.
    const chatText = plainText(await page.locator('.chat').textContent())
    for (const text of texts) assert.ok(chatText.includes(text), `"${text}" in "${chatText.slice(0, 400)}"`)
    await page.keyboard.press('3')
    await page.locator('[data-cost]').waitFor()
    assert.equal(await page.locator('[data-cost]').textContent(), exactly(call.cost_usd))
    const lines = await page.locator('.details .tokens tbody tr').evaluateAll((nodes) => nodes.map((node) => [...node.querySelectorAll('td')].map((cell) => cell.textContent)))
    const tokens = (pattern) => lines.filter(([label]) => pattern.test(label)).reduce((sum, [, count]) => sum + Number(count.replaceAll(',', '')), 0)
    assert.equal(tokens(/^Input/), call.input_tokens)
    assert.equal(tokens(/^Output/), call.output_tokens)
    await page.keyboard.press('2')
    await page.locator('.raw').getByText(trace.trace.trace_id).first().waitFor()
  })

  it('opens a deep link on the same span, tab and numbers', async () => {
    await view.page.keyboard.press('3')
    await view.page.waitForFunction((id) => new URL(location.href).searchParams.get('span') === id && new URL(location.href).searchParams.get('tab') === 'details', call.span_id)
    const { page, context, wrong } = await openPage(browser, { theme: 'dark' })
    await page.goto(view.page.url())
    await page.locator('[data-cost]').waitFor()
    assert.equal(await selected(page).getAttribute('data-span'), call.span_id)
    assert.equal(await page.locator('[data-cost]').textContent(), exactly(call.cost_usd))
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await view.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const brightness = (colour) => Math.max(...colour.match(/\d+(\.\d+)?/g).slice(0, 3).map(Number))
    assert.ok(brightness(dark) < 60 && brightness(light) > 200, `${dark} and ${light}`)
    assert.deepEqual(wrong, [])
    await context.close()
  })

  it('tells unknown from nothing, and opens the span that ran a tool call by its id', async () => {
    const page = await go(`/traces/${TOOLS}?project=${OWN}&span=a100000000000001`, '.chat .call')
    const cells = async (id) => page.locator(`.trplace [data-span="${id}"] .n`).allTextContents()
    assert.equal((await cells('a100000000000004'))[0], '', 'a call that failed before it used anything has no cost')
    assert.equal((await cells('a100000000000005'))[0], 'unpriced')
    assert.match(await page.locator('.facts').textContent(), /Cost\$0\.00\d+ \+ 1 unpriced/)
    assert.match(await page.locator('.chat').textContent(), /12345678901234567890/, 'ids keep every digit')
    assert.equal(await page.locator('.chat .prose').first().getAttribute('dir'), 'auto')
    assert.equal(await page.locator('.chat .prose p').first().evaluate((node) => getComputedStyle(node).direction), 'rtl')
    await page.locator('.call', { hasText: 'call_two' }).getByRole('button', { name: 'Open span' }).click()
    await page.waitForFunction(() => document.querySelector('.tree [aria-selected=true]')?.getAttribute('data-span') === 'a100000000000002')
    const row = page.locator('.trplace [data-span=a100000000000003]')
    assert.match(await row.textContent(), /the shelf is empty/, 'an error without a class says its message')
  })

  it('lists calls with the numbers of the API', async () => {
    const page = await go(`/calls?project=${PROJECT}&range=all`, '[data-row]')
    const calls = (await ask('/api/v1/calls?limit=100')).calls
    const rows = await page.locator('[data-row]').evaluateAll((nodes) => nodes.map((node) => ({ id: node.getAttribute('data-call'), failed: node.querySelector('.mark') !== null, ...Object.fromEntries(['in', 'out', 'cost', 'stalls'].map((part) => [part, node.querySelector(`.${part}[role=gridcell]`).textContent.trim()])) })))
    assert.ok(rows.length > 10)
    assert.deepEqual(rows.map((row) => row.id), calls.slice(0, rows.length).map((item) => `${item.trace_id}/${item.span_id}`), 'newest first')
    for (const [index, row] of rows.entries()) {
      const item = calls[index]
      assert.equal(row.failed, item.status === 'error', row.id)
      assert.equal(row.stalls, item.stall_count === null ? '—' : String(item.stall_count))
      for (const [shown, exact] of [[row.in, item.input_tokens], [row.out, item.output_tokens]]) exact === null ? assert.equal(shown, '—') : isRounded(shown, exact, 'tokens')
      if (item.cost_usd === null) assert.equal(row.cost, item.input_tokens === null && item.output_tokens === null ? '—' : 'unpriced')
      else if (Number(item.cost_usd) > 0) isRounded(row.cost, Number(item.cost_usd), 'cost')
    }
  })

  it('shows a call: its course, its stall, exact tokens and dollars', async () => {
    const [[traceId, spanId]] = await sql('SELECT trace_id, span_id FROM calls WHERE stall_count > 0 AND cost_usd IS NOT NULL AND output_preview IS NOT NULL ORDER BY start_time DESC LIMIT 1')
    const detail = await ask(`/api/v1/spans/${traceId}/${spanId}`)
    const page = await go(`/calls/${traceId}/${spanId}?project=${PROJECT}`, '.callfacts')
    const strip = page.getByRole('slider')
    const reads = new Set(detail.timeline.offsets_ns).size
    assert.equal(await strip.getAttribute('aria-valuemax'), String(reads))
    await page.keyboard.press('s')
    assert.match(await page.locator('.readout').textContent(), / stall/)
    await page.locator('[data-cost]').waitFor()
    assert.equal(await page.locator('[data-cost]').textContent(), exactly(detail.cost_usd))
    await page.keyboard.press('3')
    await page.getByText('This exchange was not recorded by the gateway.').waitFor()
    await page.keyboard.press('t')
    await page.locator('.tree').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('span'), spanId)
  })

  it('follows what arrives, filtered by the server', async () => {
    const page = await go(`/tail?project=${OWN}&model=gpt-4o-mini`, '.tailbar')
    await page.getByText('Live', { exact: true }).last().waitFor()
    const at = [span('e5'.repeat(16), 'e500000000000001', 'chat tailed', 59_000, 300, chat('gpt-4o-mini', { 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.output_tokens': 7 })),
      span('e5'.repeat(16), 'e500000000000002', 'chat other', 59_000, 300, chat('gpt-4o', { 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.output_tokens': 7 }))]
    await send(at)
    await page.locator('[data-call$=e500000000000001]').waitFor()
    assert.equal(await page.locator('[data-row]').count(), 1, 'only what matches')
    await until(async () => Number((await sql("SELECT toString(count()) FROM spans WHERE span_id = 'e500000000000001'", OWN))[0][0]) === 1, 'the tailed span can be asked for')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.callfacts').waitFor()
  })

  it('hangs the child of a span that never came under a row for it', async () => {
    const page = await go(`/traces/${ORPHAN}?project=${OWN}`, '.tree [aria-selected=true]')
    assert.deepEqual(await page.locator('.trplace [role=row]').evaluateAll((nodes) => nodes.map((node) => [node.getAttribute('data-span'), node.getAttribute('aria-level')])), [['b2000000000000ff', '1'], ['b200000000000001', '2']])
    await page.getByText('1 parent not received').waitFor()
  })

  it('keeps very long names in their place', async () => {
    for (const width of [1440, 390]) {
      const { page, context } = await openPage(browser, { width, height: 800 })
      await go(`/traces/${LONG}?project=${OWN}&span=c300000000000001`, '.spanhead', page)
      await page.locator('.nocontent').waitFor()
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width}: nothing sticks out`)
      assert.ok((await page.locator('.spanhead').boundingBox()).height < 130, `${width}: the head stays a head`)
      assert.ok(await page.locator('.spanhead').evaluate((node) => node.scrollWidth <= node.clientWidth), `${width}: nothing leaves the head`)
      if (width < 1100) await page.getByRole('button', { name: 'Close' }).click({ trial: true })
      assert.ok(await page.getByRole('button', { name: `Project ${OWN}` }).isVisible())
      assert.ok((await page.getByRole('button', { name: `Project ${OWN}` }).textContent()).includes(OWN))
      await context.close()
    }
  })

  it('greets a project without spans with a lamp that lights', async () => {
    const fresh = `fresh-${Date.now()}`
    const page = await go(`/traces?project=${fresh}`, 'h1:has-text("Waiting for the first span")')
    await page.getByRole('link', { name: `Project ${PROJECT}` }).waitFor()
    assert.match(await page.locator('.code pre').first().textContent(), new RegExp(`x-vitrine-project=${fresh}`))
    await send([span('d4'.repeat(16), 'd400000000000001', 'first', 0, 10, {})], fresh)
    await page.locator('.lamp.on').waitFor()
    await page.getByRole('link', { name: 'Open it' }).click()
    await page.locator('.tree').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('project'), fresh)
  })

  it('says so when the server does not answer, and recovers', async () => {
    const { page, context } = await openPage(browser)
    await go(`/traces?project=${PROJECT}&range=all`, '[data-row]', page)
    await context.setOffline(true)
    await page.keyboard.press('Shift+R')
    const strip = page.locator('.reach .strip')
    await strip.waitFor()
    assert.match(await strip.textContent(), /cannot be reached/)
    assert.equal(await page.getByRole('alert').count(), 0)
    await context.setOffline(false)
    await strip.waitFor({ state: 'detached' })
    await page.locator('[data-row]').first().waitFor()
    await context.close()
  })

  it('says what is not there', async () => {
    await go(`/traces/${'9'.repeat(32)}?project=${PROJECT}`, 'h1:has-text("This trace is not here")')
    await go(`/traces/nonsense?project=${PROJECT}`, 'h1:has-text("This is not a trace id")')
    await go('/nonsense', 'h1:has-text("There is no page at this address")')
    await go(`/traces?project=${PROJECT}&range=all&user=nobody`, 'h1:has-text("No trace matches this filter")')
  })

  for (const [theme, width] of [['light', 1440], ['dark', 390]]) {
    it(`is accessible in ${theme} at ${width} px`, async () => {
      const { page, context, wrong } = await openPage(browser, { theme, width, height: 844 })
      const at = `?project=${PROJECT}&range=all`
      const own = `?project=${OWN}`
      const pages = [[`/traces${at}`, '[data-row]'], [`/traces/${trace.trace.trace_id}${at}&span=${call.span_id}`, '.chat .msg'], [`/traces/${TOOLS}${own}&span=a100000000000001`, '.chat .call'],
        [`/traces/${TOOLS}${own}&span=a100000000000001&tab=details`, '[data-cost]'], [`/traces/${TOOLS}${own}&span=a100000000000003&tab=raw`, '.raw'], [`/calls${at}`, '[data-row]'], [`/calls/${trace.trace.trace_id}/${call.span_id}${at}`, '.chat .msg'], [`/tail${at}`, '.tailbar'], [`/ingest${at}`, '.tiles'], [`/prices${at}&find=gpt-4o-mini`, '.prices table'], [`/sql${at}`, '[data-sql]'], [`/connect${at}`, '.code']]
      for (const [path, ready] of pages) {
        await go(path, ready, page)
        assert.deepEqual(await violationsOf(page), [], path)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path}: nothing sticks out`)
      }
      assert.deepEqual(wrong, [])
      await context.close()
    })
  }

  it('ran without exceptions and within its policy', () => assert.deepEqual(view.wrong, []))
})
