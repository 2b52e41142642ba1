// How long pages take to be whole, with all they ask for, against a running server. usage: node e2e/open_pages.mjs URL PROJECT FROM TO [PAGE...]
// One line of JSON a page: {"page","ms","requests","slowest":{"ms","what"},"failed":[…]}. `ms` is from the navigation to the last answer.
import { launch } from './browser.mjs'

const PAGES = ['/', '/traces', '/sessions', '/calls', '/explore', '/slowest', '/costs', '/quality', '/compare', '/models', '/features', '/users', '/releases', '/tools', '/retrieval', '/ingest', '/prices']
const MOST_MS = 60_000

const [url, project, from, to, ...named] = process.argv.slice(2)
if (!url || !project || !from || !to) {
  console.error('usage: node e2e/open_pages.mjs URL PROJECT FROM TO [PAGE...]')
  process.exit(2)
}

async function open(context, path) {
  const page = await context.newPage()
  const [answers, failed] = [[], []]
  const began = Date.now()
  let last = began
  page.on('requestfinished', async (request) => {
    if (!request.url().includes('/api/')) return
    last = Math.max(last, Date.now())
    answers.push({ ms: Math.round(request.timing().responseEnd), what: `${request.method()} ${request.url().replace(url, '')} ${request.postData() ?? ''}`.slice(0, 200) })
    const status = (await request.response())?.status() ?? 0
    if (status >= 400) failed.push(`${status} ${request.url().replace(url, '')}`)
  })
  await page.goto(`${url}${path}?${new URLSearchParams({ project, from, to })}`)
  await page.waitForLoadState('networkidle', { timeout: MOST_MS }).catch(() => failed.push(`not whole after ${MOST_MS} ms`))
  await page.close()
  answers.sort((a, b) => b.ms - a.ms)
  console.log(JSON.stringify({ page: path, ms: last - began, requests: answers.length, slowest: answers[0] ?? null, failed }))
}

const browser = await launch()
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
for (const path of named.length > 0 ? named : PAGES) await open(context, path)
await browser.close()
