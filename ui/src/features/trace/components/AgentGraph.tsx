// The graph of agents, models and tools. A node leads to its spans; the table of the same numbers stands behind it.
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { formatNanoUsd } from '@/base/money'
import { formatDuration } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { Icon, KindIcon } from '@/widgets/icons'
import { SkeletonRows } from '@/widgets/states'
import { NODE_HEIGHT, NODE_WIDTH, buildGraph, linePath, placeGraph, type GraphNode, type PlacedGraph } from '../lib/graph'
import type { TraceModel } from '../lib/model'

export function AgentGraph({ model, selected, onSelect }: { model: TraceModel; selected: number; onSelect: (row: number) => void }): ReactNode {
  const graph = useMemo(() => buildGraph(model), [model])
  const [placed, setPlaced] = useState<PlacedGraph | null>(null)
  useEffect(() => {
    let left = false
    void placeGraph(graph).then((found) => { if (!left) setPlaced(found) })
    return () => { left = true }
  }, [graph])
  if (placed === null) return <SkeletonRows count={6} height={46} />
  return (
    <div className="agentgraph" tabIndex={0} aria-label="Graph of agents, models and tools" role="group">
      {graph.left > 0 && <p className="small t3 graphnote">The {formatCount(graph.nodes.length)} that took longest or failed are shown; {formatCount(graph.left)} more are in the tree.</p>}
      <div className="graphbox" style={{ width: placed.width, height: placed.height }}>
        <svg width={placed.width} height={placed.height} aria-hidden="true">
          {placed.edges.map((edge) => {
            const middle = edge.points[Math.floor(edge.points.length / 2)]
            return (
              <g key={`${edge.from} ${edge.to}`}>
                <path d={linePath(edge.points)} className={edge.errors > 0 ? 'edge bad' : 'edge'} style={{ strokeWidth: Math.min(4, 1 + Math.log10(edge.count)) }} />
                {edge.count > 1 && middle && <text x={middle.x} y={middle.y - 4} className="edgecount">{formatCount(edge.count)}×</text>}
              </g>
            )
          })}
        </svg>
        {placed.nodes.map((node) => (
          <button key={node.id} type="button" className={`gnode${node.row === selected ? ' on' : ''}${node.errors > 0 ? ' bad' : ''}`} style={{ left: node.x, top: node.y, width: NODE_WIDTH, height: NODE_HEIGHT }} onClick={() => onSelect(node.row)} title={spoken(node)}>
            <KindIcon kind={node.kind} size={18} />
            <span className="gtext"><b className="clip">{node.name === '' ? 'unnamed' : node.name}</b>
              <span className="clip small t3 num">{node.count > 1 && `${formatCount(node.count)}× · `}{formatDuration(node.duration)}{!Number.isNaN(node.cost) && ` · ${formatNanoUsd(node.cost)}`}</span></span>
            {node.errors > 0 && <span className="err"><Icon name="error" size={13} /><span className="hidden">{formatCount(node.errors)} failed</span></span>}
          </button>
        ))}
      </div>
    </div>
  )
}

function spoken(node: GraphNode): string {
  const parts = [`${node.kind} ${node.name}`, plural(node.count, 'span'), formatDuration(node.duration)]
  if (!Number.isNaN(node.cost)) parts.push(formatNanoUsd(node.cost))
  if (node.errors > 0) parts.push(`${formatCount(node.errors)} failed`)
  return parts.join(', ')
}
