// Cost growth against call growth.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { formatValue, measureTitle, numberOf } from '@/base/measure'
import { Change } from '@/widgets/metric'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import type { GroupContext } from '../GroupPage'
import { growthSentence } from '../lib/growth'

const LINES = ['sum(cost_usd)', 'count', 'sum(cost_usd)/count', 'sum(total_tokens)/count', 'sum(cost_usd)/users', 'sum(cost_usd)/traces'] as const
const TITLES: Readonly<Record<string, string>> = { 'sum(total_tokens)/count': 'Tokens per call' }

export function Growth({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, filter, measures: LINES, compare: 'previous' }))
  const pair = (index: number): readonly [number | null, number | null] => [numberOf(data?.totals.values[index]), numberOf(data?.totals.compare?.[index])]
  return (
    <section className="panel" aria-label="Growth">
      <header><h2>Growth</h2><span className="t3 small">against the period before</span></header>
      {error ? <ProblemBox what="The growth could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} /> : (
        <>
          <p className="growthsay">{growthSentence(pair(0), pair(1))}</p>
          <Wide label="Growth"><table>
            <thead><tr><th>Measure</th><th className="n">Before</th><th className="n">Now</th><th className="n">Change</th></tr></thead>
            <tbody>{data.measures.map(({ name, unit }, index) => (
              <tr key={name}><td>{TITLES[name] ?? measureTitle(name)}</td><td className="n t2">{formatValue(unit, data.totals.compare?.[index])}</td><td className="n">{formatValue(unit, data.totals.values[index])}</td><td className="n"><Change plain measure={name} unit={unit} now={data.totals.values[index]} before={data.totals.compare?.[index]} /></td></tr>
            ))}</tbody>
          </table></Wide>
        </>
      )}
    </section>
  )
}
