// Which rows are on the screen: folding, finding, moving. All of it works on row numbers of the model.
import { KINDS } from '@/api/types'
import { errorLabel, type ToolCallPlace } from '@/features/span'
import { CALL_KINDS, type TraceModel } from './model'

/** The visible rows in order, leaving out what is below a folded row. */
export function visibleRows(model: TraceModel, folded: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(model.count)
  let count = 0
  for (let row = 0; row < model.count; ) {
    rows[count++] = row
    row = folded.has(row) ? (model.end[row] ?? model.count) : row + 1
  }
  return rows.subarray(0, count)
}

/** Place of `row` among the visible rows, or of its nearest visible ancestor. Binary search: visible rows ascend. */
export function placeOf(visible: Int32Array, row: number): number {
  let low = 0
  let high = visible.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((visible[middle] ?? 0) <= row) low = middle
    else high = middle - 1
  }
  return low
}

export function ancestors(model: TraceModel, row: number): number[] {
  const rows: number[] = []
  for (let above = model.parent[row] ?? -1; above >= 0; above = model.parent[above] ?? -1) rows.push(above)
  return rows.reverse()
}

/** A fold set in which `row` can be seen; the same set when it can be already. */
export function reveal(model: TraceModel, folded: ReadonlySet<number>, row: number): ReadonlySet<number> {
  const hiding = ancestors(model, row).filter((above) => folded.has(above))
  if (hiding.length === 0) return folded
  const next = new Set(folded)
  for (const above of hiding) next.delete(above)
  return next
}

export const hasChildren = (model: TraceModel, row: number): boolean => (model.end[row] ?? 0) > row + 1

/** The next row of `rows` after (or before) `row`, going round. −1 when there is none. */
export function nextOf(rows: ArrayLike<number>, row: number, step: 1 | -1): number {
  if (rows.length === 0) return -1
  if (step === 1) {
    for (let i = 0; i < rows.length; i++) if ((rows[i] ?? 0) > row) return rows[i] ?? -1
    return rows[0] ?? -1
  }
  for (let i = rows.length - 1; i >= 0; i--) if ((rows[i] ?? 0) < row) return rows[i] ?? -1
  return rows[rows.length - 1] ?? -1
}

const SEARCHED = ['span_id', 'request_model', 'response_model', 'tool_name', 'agent_name', 'service', 'error_type', 'status_message', 'input_preview', 'output_preview']

/** Rows that hold every word of `text`, in any case, in their name, model, tool, status or previews. */
export function findRows(model: TraceModel, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return []
  const found: number[] = []
  for (let row = 0; row < model.count; row++) {
    let haystack = (model.names[row] ?? '').toLowerCase()
    for (const field of SEARCHED) {
      const cell = model.cell(row, field)
      if (typeof cell === 'string') haystack += '\n' + cell.toLowerCase()
    }
    if (words.every((word) => haystack.includes(word))) found.push(row)
  }
  return found
}

/** The row the page opens on: the first error that is the cause (no failing span below it), else the first row. */
export function firstInteresting(model: TraceModel): number {
  for (const row of model.errorRows) if (model.errorsBelow[row] === 1) return row
  return model.errorRows[0] ?? 0
}

/**
 * Rows of tool spans that may have run a call seen at `row`, the likeliest first. A span with the call's id is the one,
 * alone. Without ids in the rows: of the same name, after the call that asks for them, or before the one that repeats them.
 */
export function toolRows(model: TraceModel, row: number, call: ToolCallPlace): number[] {
  const from = model.start[row] ?? 0
  const rows: number[] = []
  for (let other = 0; other < model.count; other++) {
    if (other === row || KINDS[model.kind[other] ?? 0] !== 'tool') continue
    const id = model.cell(other, 'tool_call_id')
    if (call.id !== null && id === call.id) return [other]
    if (typeof id === 'string' && id !== '') continue
    if (model.cell(other, 'tool_name') !== call.name && model.names[other] !== call.name) continue
    if ((model.start[other] ?? 0) >= from === call.output) rows.push(other)
  }
  if (!call.output) return rows.reverse()
  const first = rows.splice(call.nth, 1)
  return [...first, ...rows]
}

/** The model call that began last before this one, of the same kind; −1 where there is none, or where this is no call. */
export function callBefore(model: TraceModel, row: number): number {
  if (!CALL_KINDS.has(KINDS[model.kind[row] ?? 0] ?? '') || (model.source[row] ?? -1) < 0) return -1
  let best = -1
  for (let other = 0; other < model.count; other++) {
    if (other === row || model.kind[other] !== model.kind[row] || (model.source[other] ?? -1) < 0) continue
    const start = model.start[other] ?? NaN
    if (start < (model.start[row] ?? 0) && (best < 0 || start > (model.start[best] ?? 0))) best = other
  }
  return best
}

/** The line of grey text behind a span's name. */
export function subtitle(model: TraceModel, row: number): string {
  const text = (field: string): string | null => {
    const cell = model.cell(row, field)
    return typeof cell === 'string' && cell !== '' ? cell : null
  }
  const name = model.names[row] ?? ''
  if ((model.source[row] ?? -1) < 0) return model.spanIds[row] ?? ''
  const parts: string[] = []
  const modelName = text('response_model') ?? text('request_model')
  if (modelName !== null && !name.includes(modelName)) parts.push(modelName)
  for (const field of ['tool_name', 'agent_name', 'guardrail_name']) {
    const value = text(field)
    if (value !== null && !name.includes(value)) parts.push(value)
  }
  const retrieved = model.cell(row, 'retrieval_count')
  if (typeof retrieved === 'number' && retrieved > 0) parts.push(`${retrieved} documents`)
  const guard = text('guardrail_result')
  if (guard !== null) parts.push(guard)
  const attempt = model.cell(row, 'attempt')
  if (typeof attempt === 'number' && attempt > 1) parts.push(`attempt ${attempt}`)
  const cache = text('cache_status')
  if (cache !== null && cache !== 'miss' && cache !== 'none') parts.push(`cache ${cache}`)
  const finish = text('finish_reason')
  if (finish === 'length' || finish === 'content_filter') parts.push(`stopped: ${finish}`)
  if (model.error[row] === 1) {
    const type = text('error_type')
    parts.push(type === null || type === 'other' ? (text('status_message') ?? errorLabel(type)) : errorLabel(type))
  }
  return parts.join(' · ')
}

// ---- the parts of the view that the URL keeps

/** More folded rows than this stay out of the URL: it must remain something one can paste. */
const FOLDS_IN_URL_MAX = 24

export function formatFolds(model: TraceModel, folded: ReadonlySet<number>): string | undefined {
  if (folded.size === 0 || folded.size > FOLDS_IN_URL_MAX) return undefined
  return [...folded].sort((a, b) => a - b).map((row) => model.spanIds[row] ?? '').join('.')
}

export function parseFolds(model: TraceModel, text: string | undefined): Set<number> {
  const rows = new Set<number>()
  for (const id of (text ?? '').split('.')) {
    const row = model.rowOf.get(id)
    if (row !== undefined && hasChildren(model, row)) rows.add(row)
  }
  return rows
}
