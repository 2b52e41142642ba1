// @vitest-environment jsdom
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { beforeAll, expect, it, vi } from 'vitest'
import type { MetricsAnswer } from '@/api/metrics'
import { BigNumber } from './PanelBody'

vi.mock('@tanstack/react-router', async (original) => ({ ...(await original<object>()), Link: ({ children }: { children: ReactNode }) => <a>{children}</a> }))
// Canvas charts, which are not drawn here.
vi.mock('./LinesPanel', () => ({ LinesPanel: null }))
vi.mock('./HeatPanel', () => ({ HeatPanel: null }))
beforeAll(() => { (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true })

/** What stands under the number: of a measure and its count, now and before. */
function under(name: string, unit: 'ratio' | 'count', now: [number | null, number], before: [number | null, number]): string | null | undefined {
  const measure = (of: string, its: 'ratio' | 'count') => ({ name: of, unit: its, source: 'rows' as const, error: 0 })
  const answer: MetricsAnswer = {
    from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z', measures: [measure(name, unit), measure('count', 'count')], dimensions: [], buckets: null,
    totals: { values: now, compare: before, series: null, compare_series: null }, groups: [], group_count: 0, unpriced_calls: 0, compare_unpriced_calls: null, elapsed_ms: 1,
  }
  const place = document.createElement('div')
  const panel = { id: 'a', title: '', chart: 'number' as const, query: { measures: [name] }, x: 0, y: 0, w: 3, h: 2 }
  act(() => createRoot(place).render(<BigNumber panel={panel} window={{ from: answer.from, to: answer.to }} filter="" marks={[]} asTable={false} answer={answer} />))
  return place.querySelector('.delta')?.textContent
}

it('shows the change of what was measured as 0', () => {
  expect(under('error_rate', 'ratio', [0.02, 9000], [0, 10_000])).toBe('▲ +2 pt worse was 0%')
  expect(under('error_count', 'count', [500, 9000], [0, 10_000])).toBe('▲ from 0 worse')
})

it('says that nothing was before where there was no call', () => {
  expect(under('error_rate', 'ratio', [0.02, 9000], [null, 0])).toBe('nothing before')
  expect(under('error_count', 'count', [500, 9000], [0, 0])).toBe('nothing before')
})
