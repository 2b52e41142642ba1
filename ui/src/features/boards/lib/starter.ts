// A dashboard to begin with: what a team that runs an application asks first.
import type { BoardBody, Panel } from '@/api/boards'

const panel = (id: string, chart: Panel['chart'], [x, y, w, h]: readonly [number, number, number, number], query: Panel['query'], title = ''): Panel => ({ id, title, chart, x, y, w, h, query })

export const starterBody: BoardBody = {
  name: 'Calls, cost and latency', description: 'How much, how dear, how fast, how often wrong', range: '', filter: '',
  panels: [
    panel('calls', 'number', [0, 0, 3, 2], { measures: ['count'] }),
    panel('errors', 'number', [3, 0, 3, 2], { measures: ['error_rate'] }),
    panel('cost', 'number', [6, 0, 3, 2], { measures: ['sum(cost_usd)'] }),
    panel('ttft', 'number', [9, 0, 3, 2], { measures: ['p95(ttft)'] }),
    panel('calls-by-model', 'line', [0, 2, 6, 4], { measures: ['count'], group_by: ['model'], top: 5 }),
    panel('latency', 'line', [6, 2, 6, 4], { measures: ['p95(duration)'], group_by: ['model'], top: 5 }, 'Duration p95 by model'),
    panel('spend', 'bar', [0, 6, 4, 4], { measures: ['sum(cost_usd)'], group_by: ['feature'], top: 10 }),
    panel('models', 'table', [4, 6, 8, 4], { measures: ['count', 'error_rate', 'p95(ttft)', 'sum(cost_usd)'], group_by: ['model'], top: 10, compare: 'previous' }, 'Models'),
    panel('durations', 'heatmap', [0, 10, 12, 5], { measures: ['histogram(duration)'] }, 'Duration of every call'),
  ],
}
