import { describe, expect, it } from 'vitest'
import type { SessionRow } from '@/api/threads'
import { COMPLETION_NAMES, completionOf, completionParams, outcomesOf } from './outcomes'

const session = (more: Partial<SessionRow>): SessionRow => ({
  session_id: 's', user_id: null, start_time: '2026-11-20T00:00:00Z', end_time: '2026-11-20T00:01:00Z', last_turn_time: '2026-11-20T00:00:30Z', trace_count: 1, call_count: 1, error_count: 0, unpriced_count: 0, input_tokens: null, output_tokens: null,
  cost_usd: null, models: [], first_input_preview: null, last_output_preview: null, first_bad_turn: null, ...more,
})

describe('outcomes of sessions', () => {
  it('count the ones that went bad, and price only what has a price', () => {
    const found = outcomesOf([session({ trace_count: 3, cost_usd: '0.02' }), session({ trace_count: 9, first_bad_turn: 2, cost_usd: '0.04' }), session({ trace_count: 5, cost_usd: '7', unpriced_count: 1 }), session({})])
    expect(found).toEqual({ count: 4, failed: 1, turnsMedian: 5, turnsP95: 9, cost: 30_000_000, priced: 2 })
  })
  it('say unknown of nothing', () => expect(outcomesOf([])).toEqual({ count: 0, failed: 0, turnsMedian: null, turnsP95: null, cost: null, priced: 0 }))
  it('ask about scores while the sessions lasted', () => {
    expect(completionParams([])).toBeNull()
    const [a, b] = [session({ session_id: 'a', start_time: '2026-11-20T09:00:00.000000002Z', end_time: '2026-11-20T09:30:00.000000000Z' }), session({ session_id: 'b', start_time: '2026-11-20T09:00:00.000000001Z', end_time: '2026-11-20T09:10:00.000000000Z' })]
    expect(completionParams([a, b])).toEqual({ ids: ['a', 'b'], start: b.start_time, end: a.end_time })
  })
  it('know what a score of completion is called', () => {
    for (const name of ['task_completion', 'task completed', 'resolution', 'solved', 'goal_reached', 'success', 'completed']) expect(name).toMatch(new RegExp(COMPLETION_NAMES))
    for (const name of ['faithfulness', 'helpful', 'unresolved', 'incomplete']) expect(name).not.toMatch(new RegExp(COMPLETION_NAMES))
    expect(completionOf([])).toBeNull()
    expect(completionOf([['resolution', 3, 5]])).toEqual({ name: 'resolution', done: 3, judged: 5 })
  })
})
