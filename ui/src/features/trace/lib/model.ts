// The trace as flat arrays: one row per span in display order (depth first, children by start time), so that the
// tree, the waterfall and every total are index arithmetic. Built once in linear time; nothing here touches the DOM.
//
// Row `i` owns the half-open range [i, end[i]) of rows below it. Rows whose parent never arrived hang under a
// synthetic row with the missing id. Costs are integer nano-dollars, NaN is "not known" in every float array.
import type { Cell, SpanTable } from '@/api/types'
import { KINDS } from '@/api/types'
import { nanoUsd } from '@/base/money'

export const CALL_KINDS: ReadonlySet<string> = new Set(['llm', 'embedding', 'rerank'])
const CONTAINER_KINDS: ReadonlySet<string> = new Set(['agent', 'workflow'])
const KIND_INDEX = new Map<string, number>(KINDS.map((kind, index) => [kind, index]))
const OTHER = KIND_INDEX.get('other') ?? 0

export interface TraceModel {
  count: number
  /** Rows from the server; the others are synthetic. */
  received: number
  spanIds: string[]
  names: string[]
  /** Index into the server's rows; −1 for a synthetic row. */
  source: Int32Array
  parent: Int32Array
  depth: Int32Array
  end: Int32Array
  kind: Uint8Array
  error: Uint8Array
  errorsBelow: Int32Array
  start: Float64Array
  duration: Float64Array
  ttft: Float64Array
  cost: Float64Array
  subtreeCost: Float64Array
  unpriced: Uint8Array
  subtreeUnpriced: Int32Array
  tokens: Float64Array
  subtreeTokens: Float64Array
  critical: Uint8Array
  /** Length of the whole trace in ns, from the earliest start to the latest end; at least 1. */
  span: number
  origin: number
  rowOf: Map<string, number>
  errorRows: Int32Array
  cell: (row: number, field: string) => Cell
}

/** Reads a cell by field name, so that the order of columns is the server's business. */
function reader(table: SpanTable): { column: (field: string) => number; at: (row: number, column: number) => Cell } {
  const columns = new Map(table.fields.map((field, index) => [field, index]))
  return {
    column: (field) => columns.get(field) ?? -1,
    at: (row, column) => table.rows[row]?.[column] ?? null,
  }
}

interface Forest {
  /** Node ids: 0…received−1 are the server's rows, then synthetic ones. */
  order: Int32Array
  depth: Int32Array
  end: Int32Array
  parent: Int32Array
  syntheticIds: string[]
}

/** Links children to parents by id and walks the forest depth first without recursion: chains may be very deep. */
function buildForest(ids: readonly string[], parents: readonly (string | null)[]): Forest {
  const received = ids.length
  const nodeOf = new Map<string, number>()
  for (let i = received - 1; i >= 0; i--) nodeOf.set(ids[i] ?? '', i)
  const syntheticIds: string[] = []
  const parentNode = new Int32Array(received * 2).fill(-1)
  for (let i = 0; i < received; i++) {
    const parent = parents[i]
    if (parent == null || parent === '') continue
    let node = nodeOf.get(parent)
    if (node === undefined) {
      node = received + syntheticIds.length
      syntheticIds.push(parent)
      nodeOf.set(parent, node)
    }
    if (node !== i) parentNode[i] = node
  }
  const count = received + syntheticIds.length
  const firstChild = new Int32Array(count).fill(-1)
  const nextSibling = new Int32Array(count).fill(-1)
  // Backwards, so that each list of children comes out in the server's order, which is by start time.
  for (let i = received - 1; i >= 0; i--) {
    const parent = parentNode[i] ?? -1
    if (parent < 0) continue
    nextSibling[i] = firstChild[parent] ?? -1
    firstChild[parent] = i
  }
  return walk({ received, count, parentNode, firstChild, nextSibling, syntheticIds })
}

interface Links {
  received: number
  count: number
  parentNode: Int32Array
  firstChild: Int32Array
  nextSibling: Int32Array
  syntheticIds: string[]
}

function walk(links: Links): Forest {
  const { received, count, parentNode, firstChild, nextSibling } = links
  const order = new Int32Array(count)
  const depth = new Int32Array(count)
  const end = new Int32Array(count)
  const parent = new Int32Array(count).fill(-1)
  const rowOfNode = new Int32Array(count).fill(-1)
  let rows = 0
  const place = (node: number, above: number): void => {
    rowOfNode[node] = rows
    order[rows] = node
    parent[rows] = above
    depth[rows] = above < 0 ? 0 : (depth[above] ?? 0) + 1
    rows++
  }
  const descend = (root: number): void => {
    place(root, -1)
    let node = root
    for (;;) {
      let next = firstChild[node] ?? -1
      // A node already placed here means that a circle of parents was cut at it.
      while (next >= 0 && rowOfNode[next] !== -1) next = nextSibling[next] ?? -1
      if (next >= 0) {
        place(next, rowOfNode[node] ?? -1)
        node = next
        continue
      }
      for (;;) {
        end[rowOfNode[node] ?? 0] = rows
        if (node === root) return
        next = nextSibling[node] ?? -1
        while (next >= 0 && rowOfNode[next] !== -1) next = nextSibling[next] ?? -1
        if (next >= 0) break
        node = order[parent[rowOfNode[node] ?? 0] ?? 0] ?? root
      }
      place(next, parent[rowOfNode[node] ?? 0] ?? -1)
      node = next
    }
  }
  // A synthetic parent stands where its first child stands: roots are taken in the order of the rows.
  for (let i = 0; i < received; i++) {
    const above = parentNode[i] ?? -1
    if (above < 0 && rowOfNode[i] === -1) descend(i)
    else if (above >= received && rowOfNode[above] === -1) descend(above)
  }
  // What is left are circles: each is cut at its earliest span.
  for (let i = 0; i < received; i++) if (rowOfNode[i] === -1) descend(i)
  return { order, depth, end, parent, syntheticIds: links.syntheticIds }
}

/** 64-bit integers may travel as text. */
const numberOr = (cell: Cell): number => (typeof cell === 'number' ? cell : typeof cell === 'string' && /^-?\d+$/.test(cell) ? Number(cell) : NaN)

/** Only a clear no is a no: a column that is not there leaves every span counted. */
export const isCounted = (cell: Cell): boolean => cell !== false && cell !== 0

/** Builds the model from the answer of /api/v1/traces/{id}. */
export function buildTrace(table: SpanTable): TraceModel {
  const read = reader(table)
  const received = table.rows.length
  const text = (column: number) => (row: number): string | null => {
    const cell = read.at(row, column)
    return typeof cell === 'string' ? cell : null
  }
  const idAt = text(read.column('span_id'))
  const parentAt = text(read.column('parent_span_id'))
  const ids = Array.from({ length: received }, (_, row) => idAt(row) ?? '')
  const parents = Array.from({ length: received }, (_, row) => parentAt(row))
  const forest = buildForest(ids, parents)
  const model = allocate(forest, received, table, ids)
  fillRows(model, read)
  model.end.set(forest.end)
  settle(model)
  markCriticalPath(model)
  return model
}

function allocate(forest: Forest, received: number, table: SpanTable, ids: readonly string[]): TraceModel {
  const count = forest.order.length
  const columns = new Map(table.fields.map((field, index) => [field, index]))
  const source = forest.order.map((node) => (node < received ? node : -1))
  const spanIds = Array.from(forest.order, (node) => (node < received ? (ids[node] ?? '') : (forest.syntheticIds[node - received] ?? '')))
  const rowOf = new Map<string, number>()
  for (let row = count - 1; row >= 0; row--) rowOf.set(spanIds[row] ?? '', row)
  const floats = (fill: number) => new Float64Array(count).fill(fill)
  return {
    count, received, spanIds, names: new Array<string>(count), source, parent: forest.parent, depth: forest.depth,
    end: new Int32Array(count), kind: new Uint8Array(count), error: new Uint8Array(count), errorsBelow: new Int32Array(count),
    start: floats(NaN), duration: floats(NaN), ttft: floats(NaN), cost: floats(NaN), subtreeCost: floats(NaN),
    unpriced: new Uint8Array(count), subtreeUnpriced: new Int32Array(count), tokens: floats(NaN), subtreeTokens: floats(NaN),
    critical: new Uint8Array(count), span: 1, origin: 0, rowOf, errorRows: new Int32Array(0),
    cell: (row, field) => {
      const at = source[row] ?? -1
      return at < 0 ? null : (table.rows[at]?.[columns.get(field) ?? -1] ?? null)
    },
  }
}

function fillRows(model: TraceModel, read: ReturnType<typeof reader>): void {
  const column = {
    name: read.column('name'), kind: read.column('kind'), status: read.column('status'), offset: read.column('offset_ns'),
    duration: read.column('duration_ns'), ttft: read.column('ttft_ns'), cost: read.column('cost_usd'), counted: read.column('counted'),
    input: read.column('input_tokens'), output: read.column('output_tokens'),
  }
  for (let row = 0; row < model.count; row++) {
    const at = model.source[row] ?? -1
    if (at < 0) {
      model.names[row] = 'span not received'
      model.kind[row] = OTHER
      continue
    }
    const kind = String(read.at(at, column.kind) ?? 'other')
    model.names[row] = String(read.at(at, column.name) ?? '')
    model.kind[row] = KIND_INDEX.get(kind) ?? OTHER
    model.error[row] = read.at(at, column.status) === 'error' ? 1 : 0
    model.start[row] = numberOr(read.at(at, column.offset))
    model.duration[row] = numberOr(read.at(at, column.duration))
    model.ttft[row] = numberOr(read.at(at, column.ttft))
    const cost = read.at(at, column.cost)
    const nano = typeof cost === 'string' ? nanoUsd(cost) : null
    model.cost[row] = nano ?? NaN
    const counted = isCounted(read.at(at, column.counted))
    const input = numberOr(read.at(at, column.input))
    const output = numberOr(read.at(at, column.output))
    const tokens = Number.isNaN(input) ? output : Number.isNaN(output) ? input : input + output
    model.tokens[row] = tokens
    // A call that failed before it used anything cost nothing: it is not a call without a price.
    const nothingUsed = model.error[row] === 1 && Number.isNaN(tokens)
    model.unpriced[row] = counted && nano === null && CALL_KINDS.has(kind) && !nothingUsed ? 1 : 0
    if (counted) {
      model.subtreeCost[row] = model.cost[row] ?? NaN
      model.subtreeTokens[row] = tokens
      model.subtreeUnpriced[row] = model.unpriced[row] ?? 0
    }
    model.errorsBelow[row] = model.error[row] ?? 0
  }
}

/** NaN is the absence of a value, not a value: adding it changes nothing. */
const plus = (a: number, b: number): number => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b)

/** Totals of subtrees, the extent of synthetic rows and of the whole trace. Children come after parents, so backwards. */
function settle(model: TraceModel): void {
  let low = Infinity
  let high = -Infinity
  const errors: number[] = []
  for (let row = model.count - 1; row >= 0; row--) {
    const start = model.start[row] ?? NaN
    const finish = start + (Number.isNaN(model.duration[row] ?? NaN) ? 0 : (model.duration[row] ?? 0))
    if (start < low) low = start
    if (finish > high) high = finish
    if (model.error[row] === 1) errors.push(row)
    const parent = model.parent[row] ?? -1
    if (parent < 0) continue
    model.subtreeCost[parent] = plus(model.subtreeCost[parent] ?? NaN, model.subtreeCost[row] ?? NaN)
    model.subtreeTokens[parent] = plus(model.subtreeTokens[parent] ?? NaN, model.subtreeTokens[row] ?? NaN)
    model.subtreeUnpriced[parent] = (model.subtreeUnpriced[parent] ?? 0) + (model.subtreeUnpriced[row] ?? 0)
    model.errorsBelow[parent] = (model.errorsBelow[parent] ?? 0) + (model.errorsBelow[row] ?? 0)
    if ((model.source[parent] ?? -1) < 0 && !Number.isNaN(start)) {
      const from = model.start[parent] ?? NaN
      const to = from + (model.duration[parent] ?? 0)
      const newFrom = Number.isNaN(from) ? start : Math.min(from, start)
      model.start[parent] = newFrom
      model.duration[parent] = (Number.isNaN(to) ? finish : Math.max(to, finish)) - newFrom
    }
  }
  model.origin = Number.isFinite(low) ? low : 0
  model.span = Math.max(1, Number.isFinite(high) ? high - model.origin : 1)
  model.errorRows = Int32Array.from(errors.reverse())
}

export function isContainer(model: TraceModel, row: number): boolean {
  return (model.source[row] ?? -1) < 0 || CONTAINER_KINDS.has(KINDS[model.kind[row] ?? OTHER] ?? 'other')
}

/**
 * The critical path: going back from the end of a span, the child that finished last before that moment, then the
 * child that finished last before that one began, and so on; each of them again. What is not on it could have been
 * slower without the trace taking longer.
 */
function markCriticalPath(model: TraceModel): void {
  const byEnd: number[] = []
  const endOf = (row: number): number => (model.start[row] ?? 0) + (Number.isNaN(model.duration[row] ?? NaN) ? 0 : (model.duration[row] ?? 0))
  const pending: number[] = []
  let root = -1
  for (let row = 0; row < model.count; row = model.end[row] ?? model.count) if (root < 0 || endOf(row) - (model.start[row] ?? 0) > endOf(root) - (model.start[root] ?? 0)) root = row
  if (root >= 0) pending.push(root)
  while (pending.length > 0) {
    const row = pending.pop() ?? 0
    model.critical[row] = 1
    byEnd.length = 0
    for (let child = row + 1; child < (model.end[row] ?? 0); child = model.end[child] ?? model.count) byEnd.push(child)
    byEnd.sort((a, b) => endOf(b) - endOf(a) || (model.start[b] ?? 0) - (model.start[a] ?? 0))
    // Clocks of different machines disagree by a little: one part in a thousand of the parent is let through.
    const slack = (model.duration[row] ?? 0) / 1000 || 0
    let cursor = endOf(row)
    for (const child of byEnd) {
      if (endOf(child) > cursor + slack) continue
      pending.push(child)
      cursor = model.start[child] ?? cursor
    }
  }
}

/** Share of the whole trace in which the critical path was inside a span of this kind, and not inside a child of it. */
export function criticalShare(model: TraceModel, kind: string): number {
  let sum = 0
  for (let row = 0; row < model.count; row++) {
    if (model.critical[row] === 1 && KINDS[model.kind[row] ?? OTHER] === kind && !Number.isNaN(model.duration[row] ?? NaN)) {
      sum += model.duration[row] ?? 0
      row = (model.end[row] ?? row + 1) - 1
    }
  }
  return Math.min(1, sum / model.span)
}
