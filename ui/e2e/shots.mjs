// Screenshots of what has to be worked for, to be looked at: `node e2e/shots.mjs [folder] [part of a name]`. Every page in every state is kept by
// `VITRINE_SHOTS=folder node --test e2e/states.test.mjs`.
import { mkdirSync } from 'node:fs'
import { launch, pagePool } from './browser.mjs'
import { BOARD_ID } from './fake/boards.mjs'
import { HUGE, SPECIAL_SPAN, STALLED, WHOLE } from './fake/calls.mjs'
import { BIG_100K, FAILING, start } from './fake/server.mjs'
import { settled } from './places.mjs'

const out = process.argv[2] ?? 'e2e/out'
const only = process.argv[3]
mkdirSync(out, { recursive: true })
const SIZES = [['wide', 1440, 900], ['phone', 390, 844]]
const SHOTS = [
  ['traces', 'full', '/traces', null], ['traces-peek', 'full', `/traces?peek=${FAILING}`, null], ['trace', 'full', `/traces/${FAILING}`, null],
  ['trace-chat', 'full', `/traces/${FAILING}`, async (page) => { await page.keyboard.press('Home'); for (let i = 0; i < 4; i++) await page.keyboard.press('j'); await page.waitForTimeout(600); if (await page.evaluate(() => innerWidth < 1100)) await page.keyboard.press('Enter'); await page.waitForTimeout(300) }],
  ['trace-details', 'full', `/traces/${FAILING}?tab=details`, async (page) => { await page.keyboard.press('Home'); for (let i = 0; i < 4; i++) await page.keyboard.press('j'); await page.keyboard.press('3'); await page.waitForTimeout(500) }],
  ['trace-raw', 'full', `/traces/${FAILING}?tab=raw`, async (page) => { await page.keyboard.press('2'); await page.waitForTimeout(500) }],
  ['trace-reproduce', 'full', `/traces/${FAILING}?tab=reproduce`, async (page) => { await page.keyboard.press('Home'); for (let i = 0; i < 4; i++) await page.keyboard.press('j'); await page.keyboard.press('4'); await page.waitForTimeout(500) }],
  ['trace-huge', 'full', `/traces/${BIG_100K}`, async (page) => { await page.waitForTimeout(1500) }],
  ['calls', 'full', '/calls', null], ['call', 'full', `/calls/${STALLED}/${SPECIAL_SPAN}`, async (page) => { await page.keyboard.press('s'); await page.waitForTimeout(200) }], ['call-huge', 'full', `/calls/${HUGE}/${SPECIAL_SPAN}?tab=deltas`, null],
  ['call-streamed', 'full', `/calls/${STALLED}/${SPECIAL_SPAN}?tab=streamed`, null], ['call-exchange', 'full', `/calls/${STALLED}/${SPECIAL_SPAN}?tab=exchange`, null], ['call-whole', 'full', `/calls/${WHOLE}/${SPECIAL_SPAN}?tab=exchange`, null],
  ['tail', 'full', '/tail', async (page) => { await page.keyboard.press('j'); await page.waitForTimeout(900) }], ['tail-refused', 'errors', '/tail', null], ['calls-empty', 'empty', '/calls', null], ['calls-error', 'errors', '/calls', null],
  ['connect', 'empty', '/traces', null], ['ingest', 'full', '/ingest', null], ['prices', 'full', '/prices', null], ['sql', 'full', '/sql', async (page) => { await page.getByRole('button', { name: 'Run' }).click(); await page.waitForTimeout(300) }],
  ['error', 'errors', '/traces', null], ['none', 'full', '/traces?user=nobody', null], ['palette', 'full', '/traces', async (page) => { await page.keyboard.press('Control+k'); await page.waitForTimeout(400) }],
  ['keys', 'full', `/traces/${FAILING}`, async (page) => { await page.keyboard.press('?'); await page.waitForTimeout(200) }],
]
for (const name of ['models', 'users', 'features', 'releases', 'costs', 'tools', 'retrieval', 'quality', 'compare']) SHOTS.push([name, 'full', `/${name}`, null])
SHOTS.push(['home', 'full', '/', null], ['home-error', 'errors', '/', null], ['explorer', 'full', '/explore?measures=p95(ttft),sum(cost_usd)&by=feature', null], ['explorer-heat', 'full', '/explore?view=heat&heat=ttft', async (page) => { await page.locator('.heat').press('ArrowUp'); await page.waitForTimeout(400) }])
SHOTS.push(['boards', 'full', '/dashboards', null], ['boards-empty', 'empty', '/dashboards', null], ['boards-error', 'errors', '/dashboards', null], ['board', 'full', `/dashboards/${BOARD_ID}`, null],
  ['board-edit', 'full', `/dashboards/${BOARD_ID}?edit=1`, null], ['board-panel', 'full', `/dashboards/${BOARD_ID}?edit=1`, async (page) => { await page.keyboard.press('a'); await page.waitForTimeout(300) }],
  ['board-add', 'full', '/explore?measures=p95(ttft)&by=feature', async (page) => { await page.locator('[data-addboard]').click(); await page.waitForTimeout(300) }],
  ['settings', 'full', '/settings', async (page) => { await page.getByRole('button', { name: 'Add a link' }).click(); await page.getByLabel('Address').fill('https://apm.example.com/trace/{trace_id}') }])
SHOTS.push(['export-menu', 'full', '/models', async (page) => { await page.keyboard.press('e'); await page.waitForTimeout(500) }], ['releases-largest', 'full', '/releases', async (page) => { await page.locator('.largest').scrollIntoViewIfNeeded(); await page.waitForTimeout(300) }],
  ['costs-below', 'full', '/costs', async (page) => { await page.locator('.growthsay').first().scrollIntoViewIfNeeded(); await page.waitForTimeout(300) }], ['quality-matrix', 'full', '/quality', async (page) => { await page.locator('.matrix').scrollIntoViewIfNeeded(); await page.waitForTimeout(300) }],
  ['retrieval-below', 'full', '/retrieval', async (page) => { await page.getByRole('region', { name: 'Data sources that fail most' }).scrollIntoViewIfNeeded(); await page.waitForTimeout(300) }])
const browser = await launch()
const servers = { full: await start({}), empty: await start({ mode: 'empty' }), errors: await start({ mode: 'errors' }) }
const onPage = pagePool(browser)
/** Loaded once for each size; a theme changes its colours alone, canvases too. */
const shoot = ([name, mode, path, act]) => onPage(async ({ page, wrong }) => {
  for (const [size, width, height] of SIZES) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(servers[mode].url + path)
    await page.locator('main > *').first().waitFor()
    await settled(page)
    if (act) await act(page)
    for (const theme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme: theme })
      await page.waitForTimeout(150)
      await page.screenshot({ path: `${out}/${name}-${size}-${theme}.png` })
    }
    if (wrong.length > 0) console.log(name, size, wrong.splice(0))
  }
})
const wanted = SHOTS.filter(([name]) => !only || name.includes(only))
await Promise.all([0, 1, 2].map(async () => {
  for (let shot = wanted.shift(); shot; shot = wanted.shift()) await shoot(shot).catch((error) => console.log(shot[0], error.message))
}))
for (const server of Object.values(servers)) await server.stop()
await browser.close()
