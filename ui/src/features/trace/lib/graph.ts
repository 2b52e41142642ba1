// The trace as a graph of who worked with whom: agents, models, tools and sources as nodes, each once, however often they ran;
// edges from the one that asked to the one that was asked. Placed by dagre, which is read when a graph is first shown.
import { whenThere } from '@/api/reach'
import { KINDS } from '@/api/types'
import type { TraceModel } from './model'

export interface GraphNode {
  id: string
  kind: string
  name: string
  count: number
  errors: number
  /** Added up over its spans; spans that ran side by side count both. */
  duration: number
  /** Nano-dollars; NaN: not known. */
  cost: number
  /** A row of it: the first that failed, else the first. */
  row: number
}

export interface GraphEdge {
  from: string
  to: string
  count: number
  errors: number
}

export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  /** Nodes that are not shown, least time first to go. */
  left: number
}

/** Kinds that are somebody; what runs below another kind belongs to who is above it. */
const SHOWN: ReadonlySet<string> = new Set(['agent', 'workflow', 'llm', 'embedding', 'rerank', 'retrieval', 'tool', 'guardrail', 'evaluator', 'db'])
/** A graph of more nodes is read by nobody, and takes dagre seconds. */
export const NODES_MAX = 80

function nameOf(model: TraceModel, row: number, kind: string): string {
  const text = (field: string): string | null => {
    const cell = model.cell(row, field)
    return typeof cell === 'string' && cell !== '' ? cell : null
  }
  const name = model.names[row] ?? ''
  if (kind === 'agent') return text('agent_name') ?? name
  if (kind === 'tool') return text('tool_name') ?? name
  if (kind === 'guardrail') return text('guardrail_name') ?? name
  if (kind === 'llm' || kind === 'embedding' || kind === 'rerank') return text('request_model') ?? text('response_model') ?? name
  return name
}

export function buildGraph(model: TraceModel): Graph {
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, GraphEdge>()
  /** The node of each row, or of who is above it. */
  const owner = new Array<string | null>(model.count).fill(null)
  for (let row = 0; row < model.count; row++) {
    const parent = model.parent[row] ?? -1
    const above = parent >= 0 ? (owner[parent] ?? null) : null
    const kind = KINDS[model.kind[row] ?? 0] ?? 'other'
    const root = parent < 0 && (model.source[row] ?? -1) >= 0
    if ((!SHOWN.has(kind) && !root) || (model.source[row] ?? -1) < 0) {
      owner[row] = above
      continue
    }
    const name = nameOf(model, row, kind)
    const id = `${kind} ${name}`
    owner[row] = id
    const failed = model.error[row] === 1
    const node = nodes.get(id) ?? { id, kind, name, count: 0, errors: 0, duration: 0, cost: NaN, row }
    if (failed && node.errors === 0) node.row = row
    node.count++
    node.errors += failed ? 1 : 0
    node.duration += model.duration[row] || 0
    const cost = model.cost[row] ?? NaN
    if (!Number.isNaN(cost)) node.cost = (Number.isNaN(node.cost) ? 0 : node.cost) + cost
    nodes.set(id, node)
    if (above === null || above === id) continue
    const edge = edges.get(`${above}\n${id}`) ?? { from: above, to: id, count: 0, errors: 0 }
    edge.count++
    edge.errors += failed ? 1 : 0
    edges.set(`${above}\n${id}`, edge)
  }
  const all = [...nodes.values()]
  const kept = all.length <= NODES_MAX ? all : [...all].sort((a, b) => b.errors - a.errors || b.duration - a.duration).slice(0, NODES_MAX)
  const ids = new Set(kept.map((node) => node.id))
  return { nodes: kept, edges: [...edges.values()].filter((edge) => ids.has(edge.from) && ids.has(edge.to)), left: all.length - kept.length }
}

interface Point {
  x: number
  y: number
}

export interface PlacedGraph {
  width: number
  height: number
  nodes: (GraphNode & { x: number; y: number })[]
  edges: (GraphEdge & { points: Point[] })[]
}

export const NODE_WIDTH = 186
export const NODE_HEIGHT = 46

export async function placeGraph(graph: Graph): Promise<PlacedGraph> {
  const { Graph: Layout, layout } = await whenThere(() => import('@dagrejs/dagre')).then((dagre) => ({ Graph: dagre.graphlib.Graph, layout: dagre.layout }))
  const placed = new Layout()
  placed.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 64, marginx: 24, marginy: 24 })
  placed.setDefaultEdgeLabel(() => ({}))
  for (const node of graph.nodes) placed.setNode(node.id, { width: NODE_WIDTH, height: NODE_HEIGHT })
  for (const edge of graph.edges) placed.setEdge(edge.from, edge.to, {})
  layout(placed)
  const size = placed.graph() as { width?: number; height?: number }
  const middleOf = (id: string): Point => placed.node(id) as Point
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: graph.nodes.map((node) => {
      const at = middleOf(node.id)
      return { ...node, x: at.x - NODE_WIDTH / 2, y: at.y - NODE_HEIGHT / 2 }
    }),
    edges: graph.edges.map((edge) => {
      const points = (placed.edge(edge.from, edge.to) as { points?: Point[] } | undefined)?.points ?? []
      const [from, to] = [middleOf(edge.from), middleOf(edge.to)]
      // From side to side reads best; an edge that goes back keeps the way that dagre found.
      const forward = to.x - from.x > NODE_WIDTH
      return { ...edge, points: forward ? [{ x: from.x + NODE_WIDTH / 2, y: from.y }, ...points.slice(1, -1), { x: to.x - NODE_WIDTH / 2, y: to.y }] : points }
    }),
  }
}

/** A smooth line through the points dagre gives. */
export function linePath(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`
  rest.forEach((point, index) => {
    const before = points[index] ?? first
    const middle = (before.x + point.x) / 2
    path += `C${middle.toFixed(1)} ${before.y.toFixed(1)} ${middle.toFixed(1)} ${point.y.toFixed(1)} ${point.x.toFixed(1)} ${point.y.toFixed(1)}`
  })
  return path
}
