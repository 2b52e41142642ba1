import { describe, expect, it } from 'vitest'
import type { Panel } from '@/api/boards'
import type { Explorer } from '@/features/metrics'
import { chartOf, doorOf, questionOf, requestOf, searchOf, titleOf } from './panel'

const TIME = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }
/** What the explorer holds where its address says nothing. */
const explorerWith = (part: Partial<Explorer>): Explorer => ({ unit: 'calls', measures: ['count'], by: [], interval: 'auto', view: 'lines', top: 10, compare: true, heat: 'duration', region: null, ...part })
const panel = (part: Partial<Panel>): Panel => ({ id: 'p1', title: '', chart: 'line', x: 0, y: 0, w: 6, h: 4, query: { measures: ['count'] }, ...part })

describe('a panel of a dashboard', () => {
  it('asks its question with the time and filter of the page', () => {
    const asked = requestOf(panel({ query: { measures: ['count'], filter: 'model:a', group_by: ['user'] } }), TIME, 'status:error')
    expect(asked).toMatchObject({ ...TIME, filter: 'status:error model:a', interval: 'auto', group_by: ['user'] })
    expect(requestOf(panel({ chart: 'table', query: { measures: ['count'], interval: '1h' } }), TIME, '').interval).toBeNull()
    expect(requestOf(panel({ chart: 'number' }), TIME, '')).toMatchObject({ compare: 'previous', interval: 'auto' })
    // How many there were says whether a change means anything.
    expect(requestOf(panel({ chart: 'number', query: { measures: ['p95(ttft)'] } }), TIME, '').measures).toEqual(['p95(ttft)', 'count'])
    expect(requestOf(panel({ query: { measures: ['p95(ttft)'] } }), TIME, '').measures).toEqual(['p95(ttft)'])
  })
  it('opens what its numbers were computed from', () => {
    const query = { measures: ['count'], filter: 'kind:tool', group_by: ['tool_name'], unit: 'spans' as const }
    expect(doorOf(panel({ query }), 'release:v48', ['search flights'])).toEqual({ to: '/traces', filter: '{release:v48 kind:tool tool_name:"search flights"}' })
    expect(doorOf(panel({}), '')).toEqual({ to: '/calls', filter: '' })
  })
  it('is made of what the explorer shows, and leads back to it', () => {
    const search = { unit: 'spans', measures: 'count', by: 'tool_name', interval: '1h', top: '5', compare: 'none', filter: 'status:error' }
    const explorer = explorerWith({ unit: 'spans', by: ['tool_name'], interval: '1h', top: 5, compare: false })
    expect(chartOf(explorer)).toBe('line')
    const query = questionOf(explorer, search.filter, 'line')
    expect(query).toEqual({ unit: 'spans', filter: 'status:error', measures: ['count'], group_by: ['tool_name'], top: 5, interval: '1h' })
    expect(searchOf({ chart: 'line', query })).toEqual(search)
    expect(questionOf(explorerWith({ view: 'heat', heat: 'ttft' }), '', 'heatmap')).toEqual({ measures: ['histogram(ttft)'] })
    expect(([{ view: 'heat' }, { view: 'bars', by: ['user'] }, { interval: 'none' }, { interval: 'none', by: ['user'] }, { measures: ['count', 'users'], by: ['user'] }] as const).map((each) => chartOf(explorerWith(each as Partial<Explorer>)))).toEqual(['heatmap', 'bar', 'number', 'table', 'table'])
  })
  it('has a name where nobody gave it one', () => {
    expect(titleOf(panel({ chart: 'heatmap', query: { measures: ['histogram(cost_usd)'] } }))).toBe('Cost')
    expect([titleOf(panel({})), titleOf(panel({ title: 'Mine' })), titleOf(panel({ query: { measures: ['sum(cost_usd)'], group_by: ['model'] } }))]).toEqual(['Calls', 'Mine', 'Cost by model'])
  })
})
