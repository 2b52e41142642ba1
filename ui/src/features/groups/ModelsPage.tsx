// Models and providers. Latency grows with the prompt, so it is shown by length of input as well.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { formatValue, numberOf } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { Meter } from '@/widgets/metric'
import { ProblemBox } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { GroupPage, type GroupContext } from './GroupPage'

export function ModelsPage(): ReactNode {
  return <GroupPage id="models" extra={(context) => (context.by === 'input_length' ? null : <ByLength context={context} />)} />
}

function ByLength({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, filter, measures: ['count', 'p50(ttft)', 'p95(ttft)', 'p95(duration)', 'sum(cost_usd)/count'], group_by: ['input_length'], top: 20 }))
  const rows = (data?.groups ?? []).filter((group) => !group.is_other && group.key[0] !== '')
  if (error) return <section className="panel"><header><h2>Latency by length of input</h2></header><ProblemBox what="The latency by length of input could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /></section>
  if (!data || rows.length === 0) return null
  const most = Math.max(...rows.map((group) => numberOf(group.values[2]) ?? 0), 1)
  // Lengths are names such as `1k-4k`: what they begin with says their order.
  const order = (key: string): number => { const parts = /([\d.]+)\s*([kM]?)/.exec(key); return parts ? Number(parts[1]) * (parts[2] === 'k' ? 1e3 : parts[2] === 'M' ? 1e6 : 1) : Infinity }
  const sorted = [...rows].sort((a, b) => order(a.key[0] ?? '') - order(b.key[0] ?? '') || (a.key[0] ?? '').length - (b.key[0] ?? '').length)
  return (
    <section className="panel" aria-label="Latency by length of input">
      <header><h2>Latency by length of input</h2><span className="t3 small">a longer prompt answers later: compare models at the same length</span></header>
      <Wide label="Latency by length of input"><table>
        <thead><tr><th>Input tokens</th><th className="n">Calls</th><th className="n">TTFT p50</th><th className="n">TTFT p95</th><th><span className="hidden">TTFT p95 as a bar</span></th><th className="n">Duration p95</th><th className="n">Cost per call</th></tr></thead>
        <tbody>{sorted.map((group) => (
          <tr key={group.key[0]}><td className="nowrap">{group.key[0]}</td><td className="n">{formatCount(numberOf(group.values[0]))}</td><td className="n">{formatValue('ns', group.values[1])}</td><td className="n">{formatValue('ns', group.values[2])}</td>
            <td><Meter share={(numberOf(group.values[2]) ?? 0) / most} /></td><td className="n">{formatValue('ns', group.values[3])}</td><td className="n">{formatValue('usd', group.values[4])}</td></tr>
        ))}</tbody>
      </table></Wide>
    </section>
  )
}
