// Sessions, the cache lens and comparisons over a real server (VITRINE_URL): what is shown is what the API answers, every page
// is walked with the keyboard and without a violation, and no text that was sent ever runs. tests/e2e/sessions_test.py starts it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage } from './browser.mjs'
import { PAYLOADS } from './payloads.mjs'

const URL_BASE = REAL ?? ''
const DEMO = 'demo'
const OWN = 'threads'

async function ask(path, project = OWN, body = undefined) {
  const response = await fetch(URL_BASE + path, {
    method: body === undefined ? 'GET' : 'POST', headers: { 'x-vitrine-project': project, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  assert.equal(response.status, 200, `${path}: ${response.status}`)
  return response.json()
}
const sql = async (query, project = OWN) => (await ask('/api/v1/sql', project, { query, params: {} })).rows

async function until(check, what) {
  for (let i = 0; i < 300; i++) {
    const found = await check()
    if (found) return found
    await new Promise((done) => setTimeout(done, 100))
  }
  return assert.fail(`never: ${what}`)
}

// ---- spans of our own, through the door

const attribute = (key, value) => ({ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } })
const T0 = BigInt(Date.now() - 3_600_000) * 1_000_000n
function span(traceId, spanId, name, atMs, tookMs, attributes, more = {}) {
  const start = T0 + BigInt(Math.round(atMs)) * 1_000_000n
  return { traceId, spanId, name, kind: 3, startTimeUnixNano: String(start), endTimeUnixNano: String(start + BigInt(tookMs) * 1_000_000n), attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)), ...more }
}
const send = (spans) => ask('/v1/traces', OWN, { resourceSpans: [{ resource: { attributes: [attribute('service.name', 'threads')] }, scopeSpans: [{ scope: { name: 'by hand' }, spans }] }] })
const messages = (list, finish = 'stop') => JSON.stringify(list.map(([role, ...parts]) => ({ role, parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', content: part } : part)), finish_reason: finish })))
const id = (seed, width) => seed.toString(16).padStart(width, '0')
const traceId = (group, n) => `${group}${id(n, 31)}`
const spanId = (group, n) => `${group}${id(n, 15)}`
const call = (more) => ({ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.response.model': 'gpt-4o', ...more })

const RULES = `${'You answer questions about orders, politely and briefly, and never invent a number. '.repeat(90)}`
const TURNS = 5
/** Of a conversation: its system message has a clock in it, and the fourth answer was cut. */
function conversation() {
  const history = []
  return Array.from({ length: TURNS }, (_, turn) => {
    const system = `The time is 10:0${Math.min(turn, 3)}. ${RULES}`
    history.push(['user', `question ${turn + 1} about order 77${turn}`])
    const asked = [['system', system], ...history]
    const answer = `answer ${turn + 1}`
    const tokens = 1700 + history.length * 20
    const made = span(traceId('a', turn + 1), spanId('a', turn + 1), 'chat', turn * 60_000, 900 + turn * 300, call({
      'session.id': 'talk', 'user.id': 'ann', 'gen_ai.usage.input_tokens': tokens, 'gen_ai.usage.output_tokens': 20, 'gen_ai.usage.cache_read.input_tokens': turn === 4 ? 1664 : 0,
      'gen_ai.input.messages': messages(asked), 'gen_ai.output.messages': messages([['assistant', answer]], turn === 3 ? 'length' : 'stop'), 'gen_ai.response.finish_reasons': turn === 3 ? 'length' : 'stop',
    }))
    history.push(['assistant', answer])
    return made
  })
}

/** Two runs that began alike; one looks, the other refunds at once. */
function runs() {
  const agent = (group, tool) => [
    span(traceId(group, 1), spanId(group, 1), 'invoke_agent desk', 600_000, 5000, { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'desk' }),
    span(traceId(group, 1), spanId(group, 2), 'chat', 600_010, 900, call({ 'gen_ai.usage.input_tokens': 50, 'gen_ai.usage.output_tokens': 9, 'gen_ai.input.messages': messages([['user', 'My parcel is lost.']]), 'gen_ai.output.messages': messages([['assistant', { type: 'tool_call', id: `call_${group}`, name: tool, arguments: '{"order":1}' }]], 'tool_call') }), { parentSpanId: spanId(group, 1) }),
    span(traceId(group, 1), spanId(group, 3), `execute_tool ${tool}`, 601_000, 100, { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool, 'gen_ai.tool.call.id': `call_${group}` }, { parentSpanId: spanId(group, 1) }),
    span(traceId(group, 1), spanId(group, 4), 'chat', 602_000, 900, call({ 'gen_ai.usage.input_tokens': 70, 'gen_ai.usage.output_tokens': 9, 'gen_ai.input.messages': messages([['user', 'My parcel is lost.'], ['assistant', { type: 'tool_call', id: `call_${group}`, name: tool, arguments: '{"order":1}' }], ['tool', { type: 'tool_call_response', id: `call_${group}`, response: 'done' }]]), 'gen_ai.output.messages': messages([['assistant', 'It is on its way.']]) }), { parentSpanId: spanId(group, 1) }),
  ]
  return [...agent('b', 'look_up'), ...agent('c', 'refund')]
}

const ATTACKS = 20
/** Traces whose own pages are looked at; the session's page shows what all of them hold. Each takes seven seconds. */
const ATTACKS_OPENED = Number(process.env.VITRINE_ATTACKS_OPENED ?? 3)
const EACH = PAYLOADS.length / ATTACKS
/** A turn whose every text attacks: names, attributes, prompts, answers, arguments, results, errors. */
function attack(n) {
  const [a, b, c, d, e, f, g, h, ...rest] = PAYLOADS.slice(n * EACH, (n + 1) * EACH)
  const some = rest.slice(0, 9)
  const others = rest.slice(9)
  return [
    span(traceId('d', n + 1), spanId('d', 2 * n + 1), a, 700_000 + n * 1000, 800, call({
      'session.id': `attack ${PAYLOADS[0]}`, 'user.id': b, 'deployment.environment.name': c, 'service.version': d, [`attribute ${e.slice(0, 80)}`]: e, 'gen_ai.usage.input_tokens': 90 + n, 'gen_ai.usage.output_tokens': 7,
      'gen_ai.request.model': 'gpt-4o', 'gen_ai.agent.name': f,
      'gen_ai.input.messages': messages([['system', `${f} ${n}`], ['user', ...some]]),
      'gen_ai.output.messages': messages([['assistant', ...others, { type: 'reasoning', content: g }, { type: 'tool_call', id: `t${n}`, name: h, arguments: JSON.stringify({ [g.slice(0, 40)]: h }) }]]),
    })),
    span(traceId('d', n + 1), spanId('d', 2 * n + 2), `execute_tool ${g}`, 700_100 + n * 1000, 300, { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': h, 'gen_ai.tool.call.id': `t${n}`, 'gen_ai.tool.call.arguments': a, 'gen_ai.tool.call.result': b }, { parentSpanId: spanId('d', 2 * n + 1), status: { code: 2, message: `${c} ${d}` } }),
  ]
}

describe('sessions and comparisons over a real server', { skip: REAL ? false : 'needs VITRINE_URL' }, () => {
  let browser, view
  before(async () => {
    assert.equal(PAYLOADS.length, 500)
    assert.equal(new Set(PAYLOADS).size, 500)
    await send([...conversation(), ...runs(), ...Array.from({ length: ATTACKS }, (_, n) => attack(n)).flat()])
    await until(async () => Number((await sql('SELECT toString(count()) FROM spans'))[0][0]) === TURNS + 8 + 2 * ATTACKS, 'own spans can be asked for')
    browser = await launch()
    view = await openPage(browser, { theme: 'light' })
  })
  after(async () => browser?.close())
  const go = async (path, ready, page = view.page) => {
    await page.goto(URL_BASE + path)
    await page.locator(ready).first().waitFor()
    return page
  }

  it('lists sessions with the numbers of the API, and opens one by keyboard', async () => {
    const { sessions } = await ask('/api/v1/sessions?limit=100', DEMO)
    const page = await go(`/sessions?project=${DEMO}&range=all`, '.sessionlist [data-row]')
    const shown = await page.locator('.sessionlist [data-row]').evaluateAll((rows) => rows.map((row) => row.dataset.session))
    assert.deepEqual(shown, sessions.slice(0, shown.length).map((session) => session.session_id))
    const turns = await page.locator('.sessionlist [data-row] .turns').allTextContents()
    assert.deepEqual(turns.map(Number), sessions.slice(0, turns.length).map((session) => session.trace_count))
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.turn').first().waitFor()
    assert.ok(decodeURIComponent(page.url()).includes(`/sessions/${sessions[1].session_id}`))
    assert.deepEqual(view.wrong, [])
  })

  it('shows a conversation: what was new, what was answered, what went bad', async () => {
    const page = await go(`/sessions/talk?project=${OWN}`, '.turn')
    assert.match(await page.locator('.verdict').textContent(), /turn 4.*length limit/)
    await page.locator('.turn', { hasText: 'answer 2' }).waitFor()
    const said = await page.locator('.turn').evaluateAll((turns) => turns.map((turn) => turn.textContent))
    assert.ok(said[1].includes('question 2 about order 771') && said[1].includes('answer 2') && !said[1].includes('question 1 '), said[1])
    await page.keyboard.press('n')
    await page.waitForFunction(() => document.querySelector('.turn.on')?.getAttribute('aria-label') === 'Turn 4')
    await page.waitForURL(/turn=4/)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`/traces/${traceId('a', 4)}`))
    assert.deepEqual(view.wrong, [])
  })

  it('the cache lens says which message broke the prefix, and what it cost', async () => {
    const lens = await ask('/api/v1/sessions/talk/cache')
    assert.deepEqual(lens.calls.map((item) => item.outcome), ['first', 'changed', 'changed', 'changed', 'hit'])
    // Lost tokens at the call's own price: plain input less a cache read.
    const price = (await ask(`/api/v1/spans/${traceId('a', 2)}/${spanId('a', 2)}`)).price.rates
    const rate = (name) => Number(price[name])
    for (const item of lens.calls.slice(1, 4)) {
      assert.equal(item.broken_item, 0)
      assert.equal(item.lost_tokens, item.expected_tokens - item.cached_tokens)
      assert.ok(Math.abs(Number(item.lost_usd) - (item.lost_tokens * (rate('input') - rate('cache_read'))) / 1e6) < 1e-8, item.lost_usd)
    }
    const page = await go(`/sessions/talk/cache?project=${OWN}`, '.lr[data-call]')
    assert.match(await page.locator('.why h2').textContent(), /system message changed/)
    await page.locator('.twotext del').first().waitFor()
    assert.match(await page.locator('.twotext del').first().textContent(), /0/)
    assert.match(await page.locator('.twotext ins').first().textContent(), /1/)
    await page.keyboard.press('End')
    assert.match(await page.locator('.why h2').textContent(), /what was to be expected/)
    assert.deepEqual(view.wrong, [])
  })

  it('compares two traces from a similar one to the first divergence', async () => {
    const page = await go(`/traces/${traceId('b', 1)}/diff?project=${OWN}`, '.similar button')
    assert.equal(await page.locator('.similar button').count(), 1)
    await page.locator('.similar button').first().click()
    await page.locator('.pair').first().waitFor()
    assert.match(await page.locator('.comparehead h1').textContent(), /part at step 2/)
    assert.match(await page.locator('.comparehead').textContent(), /A asked for look_up, B for refund/)
    assert.equal(await page.locator('.pair.parted').getAttribute('data-pair'), '1')
    await page.locator('.stepdetail ins').first().waitFor()
    assert.match(await page.locator('.stepdetail').textContent(), /look_up.*refund/s)
    await page.keyboard.press('j')
    await page.waitForURL(/step=2/)
    assert.deepEqual(view.wrong, [])
  })

  it('shows a trace as a graph and against its budget', async () => {
    const page = await go(`/traces/${traceId('b', 1)}?project=${OWN}&view=graph`, '.gnode')
    assert.deepEqual((await page.locator('.gnode b').allTextContents()).sort(), ['desk', 'gpt-4o', 'look_up'])
    await page.keyboard.press('v')
    await page.locator('.budget tr[data-stage=total]').waitFor()
    assert.match(await page.locator('.budget tr[data-stage=generation]').textContent(), /900 ms/)
    await page.locator('.budget tr[data-stage=generation] input').fill('100')
    await page.locator('.budget tr[data-stage=generation] input').press('Enter')
    await page.locator('.budget tr.over[data-stage=generation]').waitFor()
    assert.deepEqual(view.wrong, [])
  })

  it('no page has a violation, in either theme', async () => {
    for (const theme of ['light', 'dark']) {
      const own = await openPage(browser, { theme })
      for (const [path, ready] of [
        [`/sessions?project=${DEMO}&range=all`, '.sessionlist [data-row]'], [`/sessions/talk?project=${OWN}`, '.turn .prose'], [`/sessions/talk/cache?project=${OWN}`, '.twotext ins'], [`/traces/${traceId('b', 1)}/diff?project=${OWN}`, '.similar button'],
        [`/traces/${traceId('b', 1)}/diff/${traceId('c', 1)}?project=${OWN}`, '.stepdetail ins'], [`/traces/${traceId('b', 1)}?project=${OWN}&view=graph`, '.gnode'], [`/traces/${traceId('b', 1)}?project=${OWN}&view=budget`, '.budget td'],
      ]) {
        await go(path, ready, own.page)
        assert.deepEqual(await violationsOf(own.page), [], `${theme} ${path}`)
      }
      assert.deepEqual(own.wrong, [])
      await own.context.close()
    }
  })

  it('no text that was sent runs, loads or leads anywhere: 500 payloads', { timeout: 600_000 }, async () => {
    const own = await openPage(browser, { theme: 'dark' })
    const { page } = own
    const asked = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('dialog', (dialog) => { asked.push(`dialog ${dialog.message()}`); void dialog.dismiss() })
    /** What a page of attacks must never have. */
    const check = async (where) => {
      const found = await page.evaluate(() => ({
        ran: window.__ran ?? null,
        tags: [...document.querySelectorAll('main script, main iframe, main object, main embed, main base, main meta, main link, main style, main form[action], main img, main video, main audio, main svg script')].map((node) => node.outerHTML.slice(0, 120)),
        handlers: [...document.querySelectorAll('main *')].flatMap((node) => [...node.attributes].filter((item) => /^on/i.test(item.name)).map((item) => `${node.tagName} ${item.name}`)),
        links: [...document.querySelectorAll('main a[href]')].map((node) => node.protocol).filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol)),
      }))
      assert.deepEqual(found, { ran: null, tags: [], handlers: [], links: [] }, where)
    }
    const session = encodeURIComponent(`attack ${PAYLOADS[0]}`)
    await go(`/sessions?project=${OWN}&range=all`, '.sessionlist [data-row]', page)
    await check('sessions')
    await go(`/sessions/${session}?project=${OWN}`, '.turn .msg', page)
    const seen = new Set()
    for (let turn = 0; turn < ATTACKS; turn++) {
      await page.waitForFunction((label) => document.querySelector('.turn.on')?.getAttribute('aria-label') === label, `Turn ${turn + 1}`)
      await page.waitForTimeout(60)
      await check(`turn ${turn + 1}`)
      for (const text of await page.locator('.turn').evaluateAll((turns) => turns.map((node) => node.dataset.turn))) seen.add(text)
      await page.keyboard.press('j')
    }
    assert.equal(seen.size, ATTACKS, 'every turn was shown')
    await go(`/sessions/${session}/cache?project=${OWN}`, '.lr[data-call]', page)
    await check('cache lens')
    for (let n = 0; n < ATTACKS_OPENED; n++) {
      const trace = traceId('d', n + 1)
      await go(`/traces/${trace}?project=${OWN}`, '.spanpanel .msg, .spanpanel .nocontent', page)
      for (const [key, tab] of [['1', 'chat'], ['2', 'raw'], ['3', 'details']]) {
        await page.keyboard.press('Home')
        await page.keyboard.press(key)
        await page.locator('.spanpanel [role=tabpanel][data-state=active] *').first().waitFor()
        await page.waitForTimeout(120)
        await check(`trace ${n + 1} ${tab}`)
        await page.keyboard.press('End')
        await page.waitForTimeout(160)
        await check(`trace ${n + 1} ${tab}, tool`)
      }
      await page.keyboard.press('v')
      await page.locator('.gnode').first().waitFor()
      await check(`graph ${n + 1}`)
      await go(`/calls/${trace}/${spanId('d', 2 * n + 1)}?project=${OWN}`, '.callpage .msg', page)
      await check(`call ${n + 1}`)
      await go(`/traces/${trace}/diff/${traceId('d', ((n + 1) % ATTACKS) + 1)}?project=${OWN}`, '.stepdetail .textdiff', page)
      await page.waitForTimeout(150)
      await check(`diff ${n + 1}`)
    }
    const host = new URL(URL_BASE).host
    assert.deepEqual(asked.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:') && new URL(url).host !== host), [], 'no request leaves the host')
    assert.deepEqual(asked.filter((url) => url.startsWith('dialog') || new URL(url).pathname === '/pwned'), [])
    assert.deepEqual(own.wrong, [])
    await own.context.close()
  })
})
