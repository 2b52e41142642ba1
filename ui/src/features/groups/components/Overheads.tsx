// What is paid beside inference: judging and storage, as shares of it.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery, type MetricsAnswer } from '@/api/metrics'
import { rowsQuery, storageQuery } from '@/api/queries'
import { useScope } from '@/api/scope'
import { hoursOf } from '@/api/useWindow'
import { joinTerms } from '@/base/filter'
import { formatRatio, formatValue, numberOf } from '@/base/measure'
import { formatBytes, formatCount, plural } from '@/base/tokens'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import type { GroupContext } from '../GroupPage'
import { storageCost } from '../lib/growth'

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

/** What a gigabyte of a cloud's block storage costs a month, until somebody says what theirs does. */
const DOLLARS_PER_GB = 0.08

export function Storage({ context: { window } }: { context: GroupContext }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const { gb } = useSearch({ strict: false }) as { gb?: string }
  const rate = gb !== undefined && Number(gb) >= 0 && Number.isFinite(Number(gb)) ? Number(gb) : DOLLARS_PER_GB
  const size = useQuery(storageQuery(project))
  const all = useQuery(metricsQuery(project, { ...window, measures: ['sum(cost_usd)', 'count'] }))
  const error = size.error ?? all.error
  if (error) return <section className="panel"><header><h2>Storage</h2></header><ProblemBox what="What is stored could not be measured" problem={asProblem(error)} onRetry={() => { void size.refetch(); void all.refetch() }} /></section>
  const cost = size.data ? storageCost(size.data.bytes, rate, costOf(all.data), hoursOf(window)) : null
  const setRate = (text: string): void => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value >= 0) void navigate({ to: '.', search: (old) => ({ ...old, gb: value === DOLLARS_PER_GB ? undefined : String(value) }) as never, replace: true })
  }
  return (
    <section className="panel" aria-label="Storage">
      <header><h2>Storage</h2><span className="t3 small">of the whole project, whatever the filter</span></header>
      {!size.data || !cost || !all.data ? <SkeletonRows count={3} /> : (
        <>
          <p className="growthsay">{cost.share === null ? <b className="strong">{formatValue('usd', cost.monthly)} a month</b> : <><b className="strong">{formatRatio(cost.share)}</b> of inference: ≈ {formatValue('usd', cost.monthly)} a month beside {formatValue('usd', cost.inferenceMonthly)} at this time's pace</>}. ≈ {formatBytes(size.data.bytes)} on disk at
            <label className="inlinefield"> $<input className="plain num" key={rate} defaultValue={String(rate)} inputMode="decimal" aria-label="Dollars for a gigabyte a month" onBlur={(event) => setRate(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur() }} /> for a GB a month</label></p>
          <Wide label="Storage"><table>
            <thead><tr><th>Table</th><th className="n">Rows</th><th className="n">On disk</th><th className="n">Share</th></tr></thead>
            <tbody>{size.data.tables.slice(0, 5).map((table) => <tr key={table.name}><td>{table.name}</td><td className="n">{formatCount(table.rows)}</td><td className="n">{formatBytes(table.bytes)}</td><td className="n">{formatRatio(table.bytes / Math.max(1, size.data.bytes))}</td></tr>)}</tbody>
          </table></Wide>
        </>
      )}
    </section>
  )
}
