// axe over every page and state, light and dark, wide and narrow: no violation of WCAG 2.2 A and AA.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { violationsOf } from './axe.mjs'
import { REAL, launch, openPage, serve } from './browser.mjs'
import { HUGE, SPECIAL_SPAN, STALLED, WHOLE } from './fake/calls.mjs'
import { BOARD_ID } from './fake/boards.mjs'
import { FAILING } from './fake/server.mjs'

const press = (key) => (page) => page.keyboard.press(key)
const PAGES = REAL
  ? [['traces', '/traces?range=all', '.summary'], ['ingest', '/ingest', '.tiles'], ['prices', '/prices', '.prices table'], ['connect', '/connect', '.code'], ['sql', '/sql', '[data-sql]']]
  : [
      ['traces', '/traces', '[data-row]'], ['traces, peek', `/traces?peek=${FAILING}&status=error`, '.peek canvas'], ['nothing found', '/traces?user=nobody', '.state'],
      ['trace', `/traces/${FAILING}`, '.failure'], ['trace, chat', `/traces/${FAILING}`, '.failure', async (page) => { await page.keyboard.press('Home'); for (let i = 0; i < 4; i++) await page.keyboard.press('j'); await page.waitForSelector('.call', { state: 'attached' }) }],
      ['trace, raw', `/traces/${FAILING}?tab=raw`, '.raw'], ['trace, details', `/traces/${FAILING}?tab=details`, '.details'], ['trace, reproduce', `/traces/${FAILING}?tab=reproduce`, '.reproduce'],
      ['calls', '/calls', '[data-row]'], ['calls, facets', '/calls?status=ok', '[data-row]', press('f')], ['call', `/calls/${STALLED}/${SPECIAL_SPAN}`, '.chat', press('s')], ['call, streamed', `/calls/${STALLED}/${SPECIAL_SPAN}?tab=streamed`, '.streamed'],
      ['call, exchange', `/calls/${STALLED}/${SPECIAL_SPAN}?tab=exchange`, '.exchange'], ['call, params', `/calls/${STALLED}/${SPECIAL_SPAN}?tab=params`, '.details'], ['call, deltas', `/calls/${HUGE}/${SPECIAL_SPAN}?tab=deltas`, '.deltas', press('s')],
      ['call, not streamed', `/calls/${WHOLE}/${SPECIAL_SPAN}`, '.chat'], ['tail', '/tail', '[data-row]', async (page) => { await page.keyboard.press('j'); await page.waitForSelector('.newpill') }],
      ['dashboards', '/dashboards', '[data-row]'], ['dashboard', `/dashboards/${BOARD_ID}`, '.heatpanel canvas'], ['dashboard, edited', `/dashboards/${BOARD_ID}?edit=1`, '.heatpanel canvas'],
      ['dashboard, a panel changed', `/dashboards/${BOARD_ID}?edit=1`, '.heatpanel canvas', async (page) => { await page.keyboard.press('a'); await page.waitForSelector('dialog[open]') }],
      ['add to a dashboard', '/explore', '.timechart canvas', async (page) => { await page.locator('[data-addboard]').click(); await page.waitForSelector('.addboardlist button') }], ['settings', '/settings', '.settingsform', async (page) => { await page.getByRole('button', { name: 'Add a link' }).click() }],
      ['ingest', '/ingest', '.tiles'], ['prices', '/prices', '.prices table'], ['connect', '/connect', '.code'], ['sql', '/sql', '[data-sql]'],
      ['home', '/', '.rows tbody tr'], ['explorer', '/explore?measures=p95(ttft),sum(cost_usd)&by=feature', '.timechart canvas'], ['explorer, stack', '/explore?by=model&view=stack', '.timechart canvas'], ['explorer, heatmap', '/explore?view=heat&heat=ttft', '.heat canvas', async (page) => { await page.locator('.heat').press('ArrowUp'); await page.waitForSelector('.sharebar') }],
      ...['models', 'users', 'features', 'releases', 'costs', 'tools', 'retrieval', 'quality'].map((name) => [name, `/${name}`, '.grouptable tbody tr']), ['group, marked', '/models', '.grouptable tbody tr', press('x')], ['compare', '/compare', '.interval'],
      ['filter, wrong', '/traces?filter=colour:red', '.filtererror'], ['filter, completing', '/traces', '[data-row]', async (page) => { await page.keyboard.press('/'); await page.keyboard.type('re'); await page.waitForSelector('[role=option]') }], ['save view', '/models', '.grouptable tbody tr', press('s')], ['saved views', '/models', '.grouptable tbody tr', async (page) => { await page.getByRole('button', { name: 'Saved views' }).click(); await page.waitForSelector('.viewssave') }],
      ['palette', '/traces', '[data-row]', async (page) => { await page.keyboard.press('Control+k'); await page.waitForSelector('[cmdk-item]') }], ['keys', '/traces', '[data-row]', press('?')],
    ]

describe('accessibility', () => {
  let browser, server
  before(async () => {
    browser = await launch()
    server = await serve({})
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  for (const [theme, width] of [['dark', 1440], ['light', 1440], ['light', 390]]) {
    for (const [name, path, ready, act] of PAGES) {
      it(`${name}, ${theme}, ${width} px`, async () => {
        const { page, context } = await openPage(browser, { theme, width, height: 900 })
        await page.goto(server.url + path)
        await page.waitForSelector(width < 1100 && path.includes(`/traces/`) ? '.tree' : ready)
        if (act && !(width < 1100 && name === 'trace, chat')) await act(page)
        await page.waitForTimeout(250)
        assert.deepEqual(await violationsOf(page), [])
        await context.close()
      })
    }
  }
})
