// How long prompts are, over time, by version: the band holds 80 of 100 calls, the line is the middle.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { groupTerm, joinTerms } from '@/base/filter'
import { formatValue, numberOf } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { Band } from '@/widgets/chart/Band'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import type { GroupContext } from '../GroupPage'

const MEASURES = ['p10(input_tokens)', 'p50(input_tokens)', 'p90(input_tokens)', 'p99(input_tokens)', 'count'] as const
const VERSIONS = 8

export function PromptLength({ context: { window, filter, by, byTitle } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, filter, measures: MEASURES, group_by: [by], interval: 'auto', top: VERSIONS, order: 'count' }))
  const rows = (data?.groups ?? []).filter((group) => !group.is_other && numberOf(group.values[1]) !== null)
  const most = Math.max(1, ...rows.flatMap((group) => (group.series?.[2] ?? []).map((value) => numberOf(value) ?? 0)))
  return (
    <section className="panel" aria-label="Prompt length over time">
      <header className="chartheader"><h2>Prompt length over time</h2><span className="t3 small">by {byTitle.toLowerCase()}{rows.length > 0 && <>; the band holds 80 of 100 calls, its top is {formatValue('tokens', most)} tokens in every row</>}</span></header>
      {error ? <ProblemBox what="Prompt lengths could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} />
        : rows.length === 0 ? <p className="panelnote">No call of this time says how long its prompt was.</p> : (
          <Wide label="Prompt length over time"><table>
            <thead><tr><th>{byTitle}</th><th className="bandcell">Over this time</th><th className="n" title="10 of 100 are shorter">p10</th><th className="n">p50</th><th className="n">p90</th><th className="n">p99</th><th className="n">Calls</th></tr></thead>
            <tbody>{rows.map((group) => {
              const series = (index: number): (number | null)[] => (group.series?.[index] ?? []).map(numberOf)
              const name = group.key[0] || `no ${byTitle.toLowerCase()}`
              return (
                <tr key={group.key[0]}>
                  <td className="groupname"><Link className="link" to="/calls" search={{ filter: joinTerms([filter, groupTerm(by, group.key[0] ?? '')]) } as never}>{name}</Link></td>
                  <td className="bandcell"><Band low={series(0)} middle={series(1)} high={series(2)} most={most} /></td>
                  {[0, 1, 2, 3].map((index) => <td key={index} className="n">{formatValue('tokens', group.values[index])}</td>)}<td className="n t2">{formatCount(numberOf(group.values[4]))}</td>
                </tr>
              )
            })}</tbody>
          </table></Wide>
        )}
    </section>
  )
}
