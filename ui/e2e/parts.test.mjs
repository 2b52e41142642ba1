// A page whose parts are asked for one by one: when one of them fails it says so, the others stay, and nothing is claimed that is not known.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { REAL, launch, openPage, serve } from './browser.mjs'

const REFUSAL = { status: 500, contentType: 'application/json', body: JSON.stringify({ error: { code: 'internal', message: 'This part broke.', hint: 'Ask again.', request_id: 'req-part' } }) }

describe('parts that fail', { skip: REAL ? 'needs the invented data' : false }, () => {
  let browser, server
  before(async () => {
    browser = await launch()
    server = await serve({})
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  /** Opens a page on which the questions that `fails` knows are refused, until `mend` is called. */
  async function open(path, pattern, fails = () => true) {
    const view = await openPage(browser)
    let broken = true
    await view.page.route(pattern, (route) => (broken && fails(route.request()) ? route.fulfill(REFUSAL) : route.fallback()))
    await view.page.goto(server.url + path)
    return { ...view, mend: () => { broken = false } }
  }
  const asks = (text) => (request) => (request.postData() ?? '').includes(text)
  const alertOf = (page, words) => page.getByRole('alert').filter({ hasText: words })
  async function mended({ page, mend }, words) {
    const alert = alertOf(page, words)
    await alert.waitFor()
    assert.match(await alert.textContent(), /This part broke\. ?Ask again\..*req-part/s)
    mend()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await alert.waitFor({ state: 'detached' })
  }

  it('traces: the list stays when the histogram or the facets fail', async () => {
    for (const [pattern, words] of [['**/api/v1/traces/histogram*', 'The histogram could not be read'], ['**/api/v1/facets*', 'The facets could not be read']]) {
      const view = await open('/traces', pattern)
      await view.page.locator('[data-row]').first().waitFor()
      await mended(view, words)
      await view.context.close()
    }
  })

  it('lists keep what was read when the next page fails, and ask for it again only when told', async () => {
    for (const [path, pattern, words] of [['/traces?range=all', '**/api/v1/traces?*', 'Older traces could not be read'], ['/calls?range=all', '**/api/v1/calls?*', 'Older calls could not be read']]) {
      let asked = 0
      const next = (request) => new URL(request.url()).searchParams.has('cursor') && ++asked > 0
      const view = await open(path, pattern, next)
      await view.page.locator('[data-row]').first().waitFor()
      await view.page.keyboard.press('End')
      await alertOf(view.page, words).waitFor()
      assert.ok(await view.page.locator('[data-row]').count() > 5)
      const before = asked
      await view.page.waitForTimeout(400)
      assert.equal(asked, before)
      await mended(view, words)
      await view.context.close()
    }
  })

  it('home: movers say which question failed instead of waiting for ever', async () => {
    for (const dimension of ['model', 'user']) {
      const view = await open('/', '**/api/v1/query', asks(`"group_by":["${dimension}"]`))
      await mended(view, 'The movers could not be read')
      await view.page.getByRole('region', { name: 'Top movers' }).locator('tbody tr').first().waitFor()
      await view.context.close()
    }
  })

  it('home: what was not seen is not called nothing while it is not known', async () => {
    const view = await open('/', '**/api/v1/ingest*')
    await alertOf(view.page, 'What was refused or dropped could not be read').waitFor()
    assert.doesNotMatch(await view.page.getByRole('region', { name: 'What you are not seeing' }).textContent(), /Nothing known/)
    await mended(view, 'What was refused or dropped could not be read')
    await view.context.close()
  })

  it('quality: a failed question is not "no group has both"', async () => {
    const view = await open('/quality', '**/api/v1/query', asks('"top":24'))
    const panel = view.page.getByRole('region', { name: 'Score against cost' })
    await panel.getByRole('alert').waitFor()
    assert.doesNotMatch(await panel.textContent(), /No group has both/)
    await mended(view, 'The groups could not be read')
    await panel.locator('circle').first().waitFor()
    await view.context.close()
  })

  it('connect: what is not known yet is neither waiting nor listening', async () => {
    const view = await openPage(browser)
    let answer
    const held = new Promise((done) => { answer = done })
    await view.page.route('**/api/v1/ingest*', async (route) => { await held; await route.fallback() })
    await view.page.goto(`${server.url}/connect`)
    await view.page.getByRole('heading', { name: 'Looking for spans' }).waitFor()
    assert.match(await view.page.getByRole('region', { name: 'What has reached us' }).textContent(), /connecting.*Asking.*not known yet/)
    answer()
    await view.page.getByRole('heading', { name: 'Spans are arriving' }).waitFor()
    assert.match(await view.page.getByRole('region', { name: 'What has reached us' }).textContent(), /live.*Listening/)
    await view.context.close()
  })

  it('metrics: a question without an answer says what to do', async () => {
    const view = await openPage(browser)
    await view.page.goto(`${server.url}/explore?by=feature&filter=user:nobody`)
    await view.page.getByRole('heading', { name: 'No calls in this time that match' }).waitFor()
    await view.page.getByRole('button', { name: 'Clear the filter' }).click()
    await view.page.locator('.timechart canvas').first().waitFor()
    await view.context.close()
  })

  it('says what to do when a proxy answers instead', async () => {
    const view = await openPage(browser)
    await view.page.route('**/api/v1/sessions?*', (route) => route.fulfill({ status: 504, contentType: 'text/html', body: '<h1>Gateway timeout</h1>' }))
    await view.page.goto(`${server.url}/sessions`)
    assert.match(await alertOf(view.page, 'The sessions could not be read').textContent(), /no answer.*Try again in a moment/s)
    await view.context.close()
  })

  it('models, retrieval, sessions and SQL name the part that failed', async () => {
    for (const [path, pattern, fails, words] of [
      ['/models', '**/api/v1/query', asks('input_length'), 'The latency by length of input could not be read'],
      ['/retrieval', '**/api/v1/query', asks('retrieval_size'), 'The searches could not be counted'],
      ['/sessions', '**/api/v1/sessions?*', (request) => new URL(request.url()).searchParams.get('limit') === '500', 'How conversations go could not be read'],
      ['/sql', '**/api/v1/sql', asks('DESCRIBE'), 'The views could not be read'],
    ]) {
      const view = await open(path, pattern, fails)
      await mended(view, words)
      await view.context.close()
    }
  })
})
