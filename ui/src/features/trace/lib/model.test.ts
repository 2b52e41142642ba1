import { describe, expect, it } from 'vitest'
import type { Cell, SpanTable } from '@/api/types'
import { buildTrace, criticalShare, type TraceModel } from './model'
import { formatZoom, parseZoom } from '@/base/zoom'
import { ancestors, findRows, firstInteresting, formatFolds, nextOf, parseFolds, placeOf, reveal, toolRows, visibleRows } from './rows'

interface Spec {
  id: string
  parent?: string | null
  start?: number | null
  took?: number | null
  kind?: string
  cost?: string | null
  counted?: boolean
  status?: string
  input?: number | null
  output?: number | null
  name?: string
}
const FIELDS = ['span_id', 'parent_span_id', 'name', 'kind', 'status', 'offset_ns', 'duration_ns', 'cost_usd', 'counted', 'input_tokens', 'output_tokens', 'ttft_ns', 'status_message']

function table(specs: readonly Spec[]): SpanTable {
  return {
    fields: FIELDS,
    rows: specs.map((s): Cell[] => [s.id, s.parent ?? null, s.name ?? s.id, s.kind ?? 'other', s.status ?? 'ok', s.start === undefined ? 0 : s.start, s.took === undefined ? 10 : s.took, s.cost ?? null, s.counted ?? true, s.input ?? null, s.output ?? null, null, null]),
  }
}
const build = (specs: readonly Spec[]): TraceModel => buildTrace(table(specs))
const rowOf = (model: TraceModel, id: string): number => model.rowOf.get(id) ?? -1
const shape = (model: TraceModel): string => model.spanIds.map((id, row) => '.'.repeat(model.depth[row] ?? 0) + id).join(' ')

describe('tool spans of a call', () => {
  const fields = [...FIELDS, 'tool_name', 'tool_call_id']
  const traceOf = (ids: readonly (string | null)[]): TraceModel => {
    const made = table([{ id: 'c1', kind: 'llm', start: 0 }, { id: 't1', kind: 'tool', start: 20 }, { id: 't2', kind: 'tool', start: 21 }, { id: 'c2', kind: 'llm', start: 40 }])
    const tool = (at: number): Cell[] => (at === 1 || at === 2 ? ['look', ids[at - 1] ?? null] : [null, null])
    return buildTrace({ fields, rows: made.rows.map((row, at) => [...row, ...tool(at)]) })
  }
  const ask = (model: TraceModel, row: string, id: string | null, output: boolean, nth: number): string[] =>
    toolRows(model, rowOf(model, row), { name: 'look', id, output, nth }).map((found) => model.spanIds[found] ?? '')
  it('takes the one with the id, wherever it stands', () => {
    expect(ask(traceOf(['x', 'y']), 'c1', 'y', true, 0)).toEqual(['t2'])
    expect(ask(traceOf(['x', 'y']), 'c2', 'x', false, 0)).toEqual(['t1'])
    expect(ask(traceOf(['x', 'y']), 'c1', 'z', true, 0)).toEqual([])
  })
  it('goes by order where the rows have no ids: after the call that asks, before the one that repeats', () => {
    expect(ask(traceOf([null, null]), 'c1', 'y', true, 1)).toEqual(['t2', 't1'])
    expect(ask(traceOf([null, null]), 'c2', 'y', false, 0)).toEqual(['t2', 't1'])
    expect(ask(traceOf([null, null]), 'c2', 'y', true, 0)).toEqual([])
  })
})

describe('the tree', () => {
  it('puts children under parents in order of start, whatever the order of arrival', () => {
    expect(shape(build([{ id: 'b', parent: 'r', start: 1 }, { id: 'r', start: 2 }, { id: 'c', parent: 'b', start: 3 }, { id: 'd', parent: 'r', start: 4 }]))).toBe('r .b ..c .d')
  })
  it('hangs orphans under a row for the parent that never came', () => {
    const model = build([{ id: 'r', start: 0, took: 5 }, { id: 'x', parent: 'gone', start: 10, took: 30 }, { id: 'y', parent: 'gone', start: 20, took: 60, kind: 'llm', cost: '0.5' }])
    expect(shape(model)).toBe('r gone .x .y')
    const gone = rowOf(model, 'gone')
    expect(model.source[gone]).toBe(-1)
    expect([model.start[gone], model.duration[gone]]).toEqual([10, 70])
    expect(model.subtreeCost[gone]).toBe(5e8)
  })
  it('survives circles, spans that are their own parent and repeated ids', () => {
    expect(shape(build([{ id: 'a', parent: 'b' }, { id: 'b', parent: 'a' }, { id: 'c', parent: 'b' }]))).toBe('a .b ..c')
    expect(shape(build([{ id: 'a', parent: 'a' }]))).toBe('a')
    const twice = build([{ id: 'a' }, { id: 'a' }, { id: 'b', parent: 'a' }])
    expect(twice.count).toBe(3)
    expect(shape(twice)).toBe('a .b a')
  })
  it('is empty when the trace is', () => expect(build([]).count).toBe(0))
  it('is linear: a chain of 100,000 and a fan of 100,000, without recursion', { timeout: 60_000 }, () => {
    const chain = Array.from({ length: 100_000 }, (_, i): Spec => ({ id: `s${i}`, parent: i === 0 ? null : `s${i - 1}`, start: i, took: 200_000 - 2 * i }))
    const fan = Array.from({ length: 100_000 }, (_, i): Spec => ({ id: `s${i}`, parent: i === 0 ? null : 's0', start: i, took: 5 }))
    for (const specs of [chain, fan]) {
      const rows = table(specs)
      const before = performance.now()
      const model = buildTrace(rows)
      // A quadratic build of this size takes many minutes; the bound leaves room for a busy machine.
      expect(performance.now() - before).toBeLessThan(15_000)
      expect(model.count).toBe(100_000)
      expect(model.end[0]).toBe(100_000)
    }
  })
})

describe('totals', () => {
  const model = build([
    { id: 'r', kind: 'agent', took: 100 }, { id: 'a', parent: 'r', kind: 'llm', cost: '0.1', input: 10, output: 5 }, { id: 'b', parent: 'r', kind: 'llm', cost: '0.2', input: 7 },
    { id: 'w', parent: 'r', kind: 'llm', cost: '0.2', counted: false, input: 7 }, { id: 'u', parent: 'r', kind: 'rerank' }, { id: 't', parent: 'r', kind: 'tool' },
    { id: 'f', parent: 'r', kind: 'llm', status: 'error' },
  ])
  it('add exactly, count a paid call once, and keep unknown apart', () => {
    expect(model.subtreeCost[0]).toBe(300_000_000)
    expect(model.subtreeUnpriced[0]).toBe(1)
    expect(model.subtreeTokens[0]).toBe(22)
    expect(model.unpriced[rowOf(model, 'u')]).toBe(1)
    expect(model.unpriced[rowOf(model, 'w')]).toBe(0)
    expect(model.unpriced[rowOf(model, 'f')], 'failed before it used anything').toBe(0)
  })
  it('are absent, not zero, where nothing is known', () => {
    const empty = build([{ id: 'r' }, { id: 't', parent: 'r', kind: 'tool' }, { id: 'z', kind: 'llm', input: 0, output: 0, cost: '0' }])
    expect(empty.subtreeCost[0]).toBeNaN()
    expect(empty.subtreeTokens[0]).toBeNaN()
    expect(empty.subtreeCost[rowOf(empty, 'z')]).toBe(0)
    expect(empty.tokens[rowOf(empty, 'z')]).toBe(0)
  })
  it('finds the extent although a child outlives its root and one has no end', () => {
    const late = build([{ id: 'r', start: 5, took: 10 }, { id: 'a', parent: 'r', start: 8, took: 92 }, { id: 'open', parent: 'r', start: 200, took: null }])
    expect([late.origin, late.span]).toEqual([5, 195])
  })
})

describe('the critical path', () => {
  it('goes back from the end through the children that finished last', () => {
    const model = build([
      { id: 'r', kind: 'agent', start: 0, took: 100 }, { id: 'short', parent: 'r', start: 5, took: 20 }, { id: 'long', parent: 'r', kind: 'llm', start: 5, took: 50 },
      { id: 'inner', parent: 'long', start: 10, took: 40 }, { id: 'last', parent: 'r', start: 60, took: 38 },
    ])
    expect(['r', 'short', 'long', 'inner', 'last'].map((id) => model.critical[rowOf(model, id)])).toEqual([1, 0, 1, 1, 1])
    expect(criticalShare(model, 'llm')).toBe(0.5)
  })
})

describe('rows on the screen', () => {
  const model = build([
    { id: 'r' }, { id: 'a', parent: 'r', start: 1 }, { id: 'a1', parent: 'a', start: 2, status: 'error', name: 'Fetch Fares' }, { id: 'a2', parent: 'a1', start: 3, status: 'error' }, { id: 'b', parent: 'r', start: 4, status: 'error' },
  ])
  it('leave out what is folded', () => {
    expect([...visibleRows(model, new Set())]).toEqual([0, 1, 2, 3, 4])
    expect([...visibleRows(model, new Set([1]))]).toEqual([0, 1, 4])
    expect(placeOf(visibleRows(model, new Set([1])), 3)).toBe(1)
    expect([...reveal(model, new Set([1, 2]), 2)]).toEqual([2])
    expect(ancestors(model, 3)).toEqual([0, 1, 2])
  })
  it('lead from error to error, round and round, and open on the cause', () => {
    expect(nextOf(model.errorRows, 2, 1)).toBe(3)
    expect(nextOf(model.errorRows, 4, 1)).toBe(2)
    expect(nextOf(model.errorRows, 2, -1)).toBe(4)
    expect(nextOf([], 2, 1)).toBe(-1)
    expect(firstInteresting(model)).toBe(3)
    expect(firstInteresting(build([{ id: 'x' }]))).toBe(0)
  })
  it('are found by all words in any case', () => {
    expect(findRows(model, 'FARES fetch')).toEqual([2])
    expect(findRows(model, '  ')).toEqual([])
  })
  it('keep zoom and folds in the URL', () => {
    expect(parseZoom(formatZoom([2_000, 9_000]), 10_000)).toEqual([2_000, 9_000])
    expect(parseZoom('9-2', 10_000)).toBeNull()
    expect(parseZoom('0-99', 10_000)).toEqual([0, 10_000])
    expect([...parseFolds(model, formatFolds(model, new Set([2, 1])))]).toEqual([1, 2])
    expect(parseFolds(model, 'nonsense.b').size).toBe(0)
  })
})
