// What the steps of two traces are called and how they differ, in words.
import type { DiffPair, DiffStep } from '@/api/threads'

const WORDS: Readonly<Record<string, string>> = {
  tool: 'another tool', arguments: 'other arguments', content: 'another answer', input: 'other input', status: 'another outcome', model: 'another model', finish_reason: 'stopped otherwise', name: 'another step',
}

export const stepName = (step: DiffStep): string => step.tool_name ?? step.agent_name ?? step.guardrail_name ?? step.name

/** What a step did, in one line: what it asked for, or the start of what came of it. */
export function stepLine(step: DiffStep): string {
  if (step.status === 'error') return step.status_message ?? step.error_type?.replaceAll('_', ' ') ?? 'failed'
  if (step.tool_call_names.length > 0) return step.tool_call_names.map((name, index) => `→ ${name} ${step.tool_call_arguments[index] ?? ''}`).join('  ')
  if (step.guardrail_result !== null) return step.guardrail_result
  if (step.retrieval_count !== null) return `${step.retrieval_count} ${step.retrieval_count === 1 ? 'document' : 'documents'}`
  return step.output_preview ?? step.input_preview ?? ''
}

export function pairWords(pair: DiffPair): string {
  if (pair.same === 'only_a') return 'only in A'
  if (pair.same === 'only_b') return 'only in B'
  return pair.what.map((what) => WORDS[what] ?? what).join(', ')
}

/** What the verdict says of the first divergence. */
export function divergenceWords(pair: DiffPair): string {
  if (pair.a !== null && pair.b !== null) {
    if (pair.what.includes('tool')) return pair.a.kind === 'tool' ? `A ran ${stepName(pair.a)}, B ran ${stepName(pair.b)}` : `A asked for ${toolsOf(pair.a)}, B for ${toolsOf(pair.b)}`
    if (pair.what.includes('arguments')) return `both came to ${stepName(pair.b)}, with other arguments`
    if (pair.what.includes('status')) return pair.a.status === 'error' ? `${stepName(pair.a)} failed in A alone` : `${stepName(pair.b)} failed in B alone`
    return `${stepName(pair.b)} answered otherwise`
  }
  const step = pair.a ?? pair.b
  return step === null ? '' : `${stepName(step)} ran in ${pair.a === null ? 'B' : 'A'} alone`
}

const toolsOf = (step: DiffStep): string => (step.tool_call_names.length === 0 ? 'no tool' : step.tool_call_names.join(', '))

export type Row = { type: 'pair'; index: number } | { type: 'fold'; from: number; to: number }

/** Rows to show: runs of more than `keep` equal pairs are one line, unless opened. */
export function foldRows(pairs: readonly DiffPair[], opened: ReadonlySet<number>, keep = 3): Row[] {
  const rows: Row[] = []
  for (let i = 0; i < pairs.length; ) {
    let end = i
    while (end < pairs.length && pairs[end]?.same === 'same') end++
    if (end - i > keep && !opened.has(i)) {
      rows.push({ type: 'fold', from: i, to: end })
      i = end
      continue
    }
    for (; i < end; i++) rows.push({ type: 'pair', index: i })
    if (i < pairs.length) rows.push({ type: 'pair', index: i++ })
  }
  return rows
}
