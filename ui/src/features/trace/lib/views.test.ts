import { describe, expect, it } from 'vitest'
import type { Cell } from '@/api/types'
import { NODES_MAX, buildGraph, linePath, placeGraph } from './graph'
import { buildTrace, type TraceModel } from './model'
import { callBefore } from './rows'
import { DEFAULT_TARGETS, stageLines, stageOf } from './stages'

const FIELDS = ['span_id', 'parent_span_id', 'offset_ns', 'duration_ns', 'name', 'kind', 'status', 'response_model', 'agent_name', 'tool_name', 'cost_usd', 'counted', 'ttft_ns', 'stage']
type Span = { id: string; parent?: string; at?: number; took?: number; name?: string; kind?: string; status?: string; model?: string; agent?: string; tool?: string; cost?: string; ttft?: number; stage?: string }
const MS = 1e6
const trace = (...spans: Span[]): TraceModel => buildTrace({
  fields: FIELDS,
  rows: spans.map((span): Cell[] => [span.id, span.parent ?? null, (span.at ?? 0) * MS, (span.took ?? 0) * MS, span.name ?? span.id, span.kind ?? 'other', span.status ?? 'ok', span.model ?? null, span.agent ?? null, span.tool ?? null, span.cost ?? null, true, span.ttft === undefined ? null : span.ttft * MS, span.stage ?? null]),
})

describe('the latency budget', () => {
  const model = trace(
    { id: 'root', kind: 'agent', took: 12_000 },
    { id: 'in', parent: 'root', at: 0, took: 250, kind: 'guardrail' },
    { id: 'search', parent: 'root', at: 300, took: 100, kind: 'retrieval' }, { id: 'search2', parent: 'root', at: 350, took: 150, kind: 'retrieval' },
    { id: 'chat', parent: 'root', at: 600, took: 9000, kind: 'llm', ttft: 900 },
    { id: 'out', parent: 'root', at: 9700, took: 20, kind: 'guardrail' },
    { id: 'build', parent: 'root', at: 550, took: 30, name: 'assemble prompt' },
  )
  const lines = new Map(stageLines(model, DEFAULT_TARGETS).map((line) => [line.stage, line]))
  it('gives every stage its longest span and holds it against its target', () => {
    expect(lines.get('input_validation')).toMatchObject({ count: 1, longest: 250 * MS, over: true })
    expect(lines.get('output_guardrails')).toMatchObject({ count: 1, over: false })
    expect(lines.get('generation')).toMatchObject({ longest: 9000 * MS, over: true })
    expect(lines.get('ttft')).toMatchObject({ longest: 900 * MS, over: false })
    expect(lines.get('assembly')).toMatchObject({ longest: 30 * MS, over: true })
    expect(lines.get('total')).toMatchObject({ longest: 12_000 * MS, over: true })
    expect(lines.has('rerank')).toBe(false)
  })
  it('counts time in which two ran side by side once', () => expect(lines.get('search')).toMatchObject({ count: 2, busy: 200 * MS, longest: 150 * MS }))
  it('takes a stage that was sent before its rules', () => {
    const sent = trace({ id: 'a', kind: 'tool', stage: 'Vector Search', took: 1 }, { id: 'b', kind: 'llm', stage: 'of our own', took: 1 })
    expect(stageOf(sent, sent.rowOf.get('a') ?? -1, 0)).toBe('search')
    expect(stageOf(sent, sent.rowOf.get('b') ?? -1, 0)).toBe('generation')
  })
  it('says nothing against a target that is not set', () => expect(stageLines(model, {}).every((line) => !line.over && line.target === null)).toBe(true))
})

describe('the graph of agents', () => {
  const model = trace(
    { id: 'root', kind: 'agent', agent: 'planner', took: 100 },
    { id: 'c1', parent: 'root', kind: 'llm', model: 'gpt-4o', cost: '0.5', took: 10 }, { id: 'c2', parent: 'root', kind: 'llm', model: 'gpt-4o', cost: '0.25', took: 10, status: 'error' },
    { id: 'sub', parent: 'root', kind: 'agent', agent: 'worker', took: 50 },
    { id: 'http', parent: 'sub', kind: 'http', took: 5 }, { id: 't1', parent: 'http', kind: 'tool', tool: 'look', took: 5 },
    { id: 'lost', parent: 'nowhere', kind: 'tool', tool: 'look', took: 5 },
  )
  const graph = buildGraph(model)
  it('has each of them once, with what its spans add up to', () => {
    expect(graph.nodes.map((node) => `${node.id} ${node.count}`)).toEqual(['agent planner 1', 'llm gpt-4o 2', 'agent worker 1', 'tool look 2'])
    expect(graph.nodes[1]).toMatchObject({ errors: 1, cost: 0.75e9, row: model.rowOf.get('c2') })
  })
  it('joins who asked with who was asked, through spans that are nobody', () => {
    expect(graph.edges.map((edge) => `${edge.from} > ${edge.to} ${edge.count} ${edge.errors}`)).toEqual(['agent planner > llm gpt-4o 2 1', 'agent planner > agent worker 1 0', 'agent worker > tool look 1 0'])
  })
  it('is placed without overlap', async () => {
    const placed = await placeGraph(graph)
    expect(placed.width).toBeGreaterThan(0)
    for (const a of placed.nodes) for (const b of placed.nodes) if (a !== b) expect(Math.abs(a.x - b.x) >= 186 || Math.abs(a.y - b.y) >= 46).toBe(true)
    for (const edge of placed.edges) expect(linePath(edge.points)).toMatch(/^M[\d.-]+ [\d.-]+C/)
  })
  it('leaves out the least when there are too many, and says how many', () => {
    const many = buildGraph(trace({ id: 'root', kind: 'agent' }, ...Array.from({ length: NODES_MAX + 20 }, (_, index): Span => ({ id: `t${index}`, parent: 'root', kind: 'tool', tool: `tool ${index}`, took: index })) ))
    expect(many.nodes.length).toBe(NODES_MAX)
    expect(many.left).toBe(21)
  })
})

describe('the call before', () => {
  it('is the one that began last before, of the same kind', () => {
    const model = trace({ id: 'a', kind: 'llm', at: 0 }, { id: 'b', kind: 'embedding', at: 5 }, { id: 'c', kind: 'llm', at: 10 }, { id: 't', kind: 'tool', at: 20 })
    const row = (id: string): number => model.rowOf.get(id) ?? -1
    expect(callBefore(model, row('c'))).toBe(row('a'))
    expect(callBefore(model, row('a'))).toBe(-1)
    expect(callBefore(model, row('t'))).toBe(-1)
  })
})
