// The latency budget of a trace: its work by stage against targets. A span's stage is the one it was sent with, where that is
// one of these, else what a table of rules says by kind, name and place. Containers are no work of their own.
import { KINDS } from '@/api/types'
import { STAGES, type Stage } from '@/base/stages'
import type { TraceModel } from './model'

const MS = 1e6

/** Targets that hold until a project says otherwise; tools have none, because they are the application's own. */
export const DEFAULT_TARGETS: Readonly<Partial<Record<Stage, number>>> = {
  input_validation: 100 * MS, embedding: 150 * MS, search: 200 * MS, rerank: 300 * MS, assembly: 20 * MS, ttft: 1500 * MS, generation: 8000 * MS, output_guardrails: 200 * MS, total: 10_000 * MS,
}

export type Targets = Partial<Record<Stage, number>>

/** Names under which senders give a stage. */
const SENT: Readonly<Record<string, Stage>> = {
  input_validation: 'input_validation', validation: 'input_validation', input_guardrails: 'input_validation', input_guardrail: 'input_validation', embedding: 'embedding', embed: 'embedding',
  search: 'search', retrieval: 'search', vector_search: 'search', hybrid: 'search', lexical: 'search', dense: 'search', rerank: 'rerank', reranking: 'rerank',
  assembly: 'assembly', prompt_assembly: 'assembly', generation: 'generation', output_guardrails: 'output_guardrails', output_guardrail: 'output_guardrails', tools: 'tools', tool: 'tools',
}

interface Rule {
  kind?: readonly string[]
  name?: RegExp
  /** Where the span stands: before the trace's first model call, or after its first answer. */
  place?: 'before' | 'after'
  stage: Stage
}

/** The first that fits. */
const RULES: readonly Rule[] = [
  { kind: ['guardrail'], place: 'before', stage: 'input_validation' },
  { kind: ['guardrail'], place: 'after', stage: 'output_guardrails' },
  { kind: ['embedding'], stage: 'embedding' },
  { kind: ['rerank'], stage: 'rerank' },
  { kind: ['retrieval', 'db'], stage: 'search' },
  { kind: ['prompt'], stage: 'assembly' },
  { kind: ['llm'], stage: 'generation' },
  { kind: ['tool'], stage: 'tools' },
  { name: /\b(assembl|render|format).*(prompt|context)|prompt.*(assembl|render|build)/i, stage: 'assembly' },
  { name: /\b(validat|sanitiz|moderat)/i, place: 'before', stage: 'input_validation' },
]

export interface StageQuestion {
  sent: unknown
  kind: string
  name: string
  /** It starts before the trace's first model call. */
  before: boolean
}

/** The same rules as the server's (src/query/internal/stage_rules.cc); both are held against tests/golden/stages/cases.json. */
export function stageByRules({ sent, kind, name, before }: StageQuestion): Stage | null {
  const known = typeof sent === 'string' ? SENT[sent.toLowerCase().replaceAll(/[\s-]+/g, '_')] : undefined
  if (known !== undefined) return known
  if (kind === 'agent' || kind === 'workflow') return null
  for (const rule of RULES) {
    if (rule.kind && !rule.kind.includes(kind)) continue
    if (rule.name && !rule.name.test(name)) continue
    if (rule.place && rule.place !== (before ? 'before' : 'after')) continue
    return rule.stage
  }
  return null
}

export function stageOf(model: TraceModel, row: number, firstCall: number): Stage | null {
  const kind = KINDS[model.kind[row] ?? 0] ?? 'other'
  // A row that stands for a span that never came has a stage only where it says one.
  const sent = model.cell(row, 'stage')
  return stageByRules({ sent, kind: (model.source[row] ?? -1) < 0 ? 'workflow' : kind, name: model.names[row] ?? '', before: (model.start[row] ?? 0) < firstCall })
}

export interface StageLine {
  stage: Stage
  /** How many spans. */
  count: number
  /** Time in which at least one of them ran, in ns. */
  busy: number
  longest: number
  /** Row of the longest; −1 for the whole trace. */
  row: number
  target: number | null
  over: boolean
}

/** Lines in the order of a request's way. Targets are for one span: the longest is what is held against them. */
export function stageLines(model: TraceModel, targets: Targets): StageLine[] {
  const spans = new Map<Stage, number[]>()
  const add = (stage: Stage, row: number): void => {
    const list = spans.get(stage)
    if (list) list.push(row)
    else spans.set(stage, [row])
  }
  let firstCall = Infinity
  for (let row = 0; row < model.count; row++) {
    if (KINDS[model.kind[row] ?? 0] === 'llm' && (model.start[row] ?? Infinity) < firstCall) firstCall = model.start[row] ?? Infinity
  }
  for (let row = 0; row < model.count; row++) {
    if (Number.isNaN(model.duration[row] ?? NaN)) continue
    const stage = stageOf(model, row, firstCall)
    if (stage === null) continue
    add(stage, row)
    if (stage === 'generation' && !Number.isNaN(model.ttft[row] ?? NaN)) add('ttft', row)
  }
  const lines: StageLine[] = []
  for (const stage of STAGES) {
    const target = targets[stage] ?? null
    if (stage === 'total') {
      lines.push({ stage, count: 1, busy: model.span, longest: model.span, row: -1, target, over: target !== null && model.span > target })
      continue
    }
    const rows = spans.get(stage)
    if (rows === undefined) continue
    const lengthOf = (row: number): number => (stage === 'ttft' ? (model.ttft[row] ?? 0) : (model.duration[row] ?? 0))
    const longest = rows.reduce((best, row) => (lengthOf(row) > lengthOf(best) ? row : best), rows[0] ?? 0)
    lines.push({ stage, count: rows.length, busy: busyTime(model, rows, lengthOf), longest: lengthOf(longest), row: longest, target, over: target !== null && lengthOf(longest) > target })
  }
  return lines
}

/** The length of the union of the spans' times. */
function busyTime(model: TraceModel, rows: readonly number[], lengthOf: (row: number) => number): number {
  const sorted = [...rows].sort((a, b) => (model.start[a] ?? 0) - (model.start[b] ?? 0))
  let busy = 0
  let until = -Infinity
  for (const row of sorted) {
    const start = model.start[row] ?? 0
    const end = start + lengthOf(row)
    if (end <= until) continue
    busy += end - Math.max(start, until)
    until = end
  }
  return busy
}

// ---- what a project changed, kept in the browser

const key = (project: string): string => `vitrine-budget-${project}`

export function readTargets(project: string): Targets {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(project)) ?? '{}')
    const targets: Targets = { ...DEFAULT_TARGETS }
    if (typeof kept !== 'object' || kept === null) return targets
    for (const stage of STAGES) {
      const value = (kept as Record<string, unknown>)[stage]
      if (typeof value === 'number' && value > 0) targets[stage] = value
      else if (value === null) delete targets[stage]
    }
    return targets
  } catch {
    return { ...DEFAULT_TARGETS }
  }
}

/** Keeps what differs from the defaults; null says that a stage has no target. */
export function keepTargets(project: string, targets: Targets): void {
  const changed: Record<string, number | null> = {}
  for (const stage of STAGES) if (targets[stage] !== DEFAULT_TARGETS[stage]) changed[stage] = targets[stage] ?? null
  try {
    localStorage.setItem(key(project), JSON.stringify(changed))
  } catch {
    // Storage may be closed to us; the targets then last as long as the page.
  }
}
