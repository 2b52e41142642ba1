// Saved views, dashboards and settings in memory, with the answers of the real ones. What is checked is what pages rely on.
import { hex, random } from './random.mjs'

const next = random(5)
const time = () => new Date().toISOString().replace('Z', '000000Z')
const refuse = (status, code, message) => Object.assign(new Error(message), { status, code })

const panel = (id, chart, [x, y, w, h], query, title = '') => ({ id, title, chart, x, y, w, h, query })
export const BOARD_ID = 'b'.repeat(16)

/** A dashboard with every kind of panel, one of them without an answer and one with nothing to show. */
const FULL = {
  id: BOARD_ID, version: 3, created_at: time(), updated_at: time(), name: 'Refunds', description: 'What the desk watches', range: '', filter: '',
  panels: [
    panel('calls', 'number', [0, 0, 3, 2], { measures: ['count'] }), panel('errors', 'number', [3, 0, 3, 2], { measures: ['error_rate'] }),
    panel('cost', 'number', [6, 0, 3, 2], { measures: ['sum(cost_usd)'] }), panel('wrong', 'number', [9, 0, 3, 2], { measures: ['gone_rate'] }, 'A measure that is gone'),
    panel('lines', 'line', [0, 2, 6, 4], { measures: ['count'], group_by: ['model'], top: 5 }), panel('two', 'line', [6, 2, 6, 4], { measures: ['p95(ttft)', 'error_rate'] }, 'Slow and wrong'),
    panel('bars', 'bar', [0, 6, 4, 4], { measures: ['sum(cost_usd)'], group_by: ['feature'], top: 10 }), panel('rows', 'table', [4, 6, 5, 4], { measures: ['count', 'p95(ttft)', 'sum(cost_usd)'], group_by: ['release'], top: 10, compare: 'previous' }),
    panel('none', 'table', [9, 6, 3, 4], { measures: ['count'], group_by: ['user'], filter: 'user:nobody' }, 'Nothing here'), panel('heat', 'heatmap', [0, 10, 12, 4], { measures: ['histogram(ttft)'] }, 'First tokens'),
  ],
}

export const makeBoards = (mode) => ({ views: [], boards: new Map(mode === 'empty' ? [] : [[BOARD_ID, structuredClone(FULL)]]), settings: { project: 'default', version: 0, time_zone: 'UTC', link_templates: [], updated_at: null } })

function viewsAnswer(store, method, id, body) {
  const found = store.views.find((view) => view.id === id)
  if (id !== undefined && !found) throw refuse(404, 'not_found', `there is no view ${id} here`)
  if (method === 'DELETE') {
    store.views = store.views.filter((view) => view !== found)
    return { removed: id }
  }
  if (method === 'GET') return { views: store.views }
  if (store.views.some((view) => view.name === body.name && view !== found)) throw refuse(409, 'conflict', `another view of this project is called '${body.name}'`)
  const { position, ...said } = body
  const view = Object.assign(found ?? { id: hex(next, 16), created_at: time() }, { query: '', ...said, updated_at: time() })
  if (!found) store.views.push(view)
  if (position !== undefined) {
    store.views = store.views.filter((item) => item !== view)
    store.views.splice(position, 0, view)
  }
  return view
}

function boardsAnswer(store, method, id, body) {
  const found = store.boards.get(id)
  if (id !== undefined && !found) throw refuse(404, 'not_found', `there is no dashboard ${id} here`)
  if (method === 'DELETE') {
    store.boards.delete(id)
    return { removed: id }
  }
  if (method === 'GET') return found ?? { dashboards: [...store.boards.values()].map(({ panels, name, id: key, version, created_at, updated_at }) => ({ id: key, version, created_at, updated_at, name, panel_count: panels.length })) }
  if (!Array.isArray(body.panels)) throw refuse(400, 'invalid_input', 'panels: is a list; [] for an empty dashboard')
  if (found && body.version !== found.version) throw refuse(409, 'conflict', `somebody changed this dashboard meanwhile: it has version ${found.version}, and this change was made to version ${body.version}; load it again and repeat the change`)
  const { vitrine_dashboard: format, ...said } = body
  const board = { description: '', range: '', filter: '', ...said, id: id ?? hex(next, 16), version: (found?.version ?? 0) + 1, created_at: found?.created_at ?? time(), updated_at: time() }
  store.boards.set(board.id, board)
  return board
}

const isZone = (name) => { try { return new Intl.DateTimeFormat('en', { timeZone: name }) !== null } catch { return false } }

function settingsAnswer(store, method, body) {
  if (method === 'PUT') {
    if (!isZone(body.time_zone)) throw refuse(400, 'invalid_input', `time_zone: there is no time zone '${body.time_zone}'; it is a name like UTC or Europe/Berlin`)
    if (body.version !== store.settings.version) throw refuse(409, 'conflict', 'somebody changed these settings meanwhile')
    store.settings = { ...store.settings, ...body, version: store.settings.version + 1, updated_at: time() }
  }
  return store.settings
}

export function storeAnswer(store, room, method, id, body) {
  if (room === 'views') return viewsAnswer(store, method, id, body)
  return room === 'project' ? settingsAnswer(store, method, body) : boardsAnswer(store, method, id, body)
}
