// Cost growth against call growth, and what judging takes of it.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery, type MetricsAnswer } from '@/api/metrics'
import { rowsQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { joinTerms } from '@/base/filter'
import { formatRatio, formatValue, measureTitle, numberOf } from '@/base/measure'
import { plural } from '@/base/tokens'
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

/** Calls that an evaluator made. */
const JUDGING = 'evaluator > {kind:(llm or embedding or rerank)}'
const SCORED = `SELECT toFloat64(sum(judge_cost_usd)), countIf(isNotNull(judge_cost_usd)), countIf(source = 'judge') FROM scores
WHERE time >= parseDateTime64BestEffort({start:String}, 9, 'UTC') AND time < parseDateTime64BestEffort({end:String}, 9, 'UTC')`

const costOf = (answer: MetricsAnswer | undefined): number | null => numberOf(answer?.totals.values[0])

/** What judging costs beside the work that it judges. Judges tell their cost with the score, or as calls below an evaluator. */
export function Judging({ context: { window, filter } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const whole = joinTerms([filter, JUDGING])
  const all = useQuery(metricsQuery(project, { ...window, filter, measures: ['sum(cost_usd)', 'count'] }))
  const judged = useQuery(metricsQuery(project, { ...window, filter: whole, measures: ['sum(cost_usd)', 'count'] }))
  const scores = useQuery(rowsQuery(project, SCORED, { start: window.from, end: window.to }))
  const error = all.error ?? judged.error ?? scores.error
  if (error) return <section className="panel"><header><h2>Judging</h2></header><ProblemBox what="What judging costs could not be read" problem={asProblem(error)} onRetry={() => { void all.refetch(); void judged.refetch(); void scores.refetch() }} /></section>
  const [told = null, priced = 0, verdicts = 0] = (scores.data?.rows[0] ?? []).map(numberOf)
  const calls = numberOf(judged.data?.totals.values[1]) ?? 0
  const below = calls > 0 ? costOf(judged.data) : null
  const spent = costOf(all.data)
  const inference = spent === null ? null : spent - (below ?? 0)
  const judging = below === null && (priced ?? 0) === 0 ? null : (below ?? 0) + (told ?? 0)
  const ready = all.data && judged.data && scores.data
  return (
    <section className="panel" aria-label="Judging">
      <header><h2>Judging</h2><span className="t3 small">as a share of what inference costs</span></header>
      {!ready ? <SkeletonRows count={3} /> : (
        <>
          <p className="growthsay">{judging === null ? <>No judge tells what it costs{(verdicts ?? 0) > 0 ? `, though ${plural(verdicts ?? 0, 'score')} came from judges` : ''}. A call below a span of kind evaluator is counted here, and so is <code>judge_cost_usd</code> of an evaluation event.</>
            : <><b className="strong">{inference === null || inference <= 0 ? formatValue('usd', judging) : formatRatio(judging / inference)}</b> of inference: {formatValue('usd', judging)} beside {formatValue('usd', inference)}.</>}</p>
          <Wide label="Judging"><table>
            <thead><tr><th>Told by</th><th className="n">How many</th><th className="n">Cost</th></tr></thead>
            <tbody>
              <tr><td><Link className="link" to="/calls" search={{ filter: whole } as never}>Calls below evaluators</Link></td><td className="n">{plural(calls, 'call')}</td><td className="n">{calls === 0 ? '—' : formatValue('usd', below)}</td></tr>
              <tr><td>Scores with a cost{filter === '' ? '' : <span className="t3"> of everything: the filter is not applied here</span>}</td><td className="n">{plural(priced ?? 0, 'score')}</td><td className="n">{(priced ?? 0) === 0 ? '—' : formatValue('usd', told)}</td></tr>
            </tbody>
          </table></Wide>
        </>
      )}
    </section>
  )
}
