// Quality: a score by day beside releases, its drops; against cost; by how long people waited.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { formatTerm, joinTerms } from '@/base/filter'
import { formatValue, measureTitle, numberOf } from '@/base/measure'
import { formatMinute, parseTime } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { ChartPanel } from '@/widgets/chart/ChartPanel'
import { stepOf } from '@/widgets/chart/series'
import { Scatter } from '@/widgets/chart/Scatter'
import { Meter } from '@/widgets/metric'
import { Empty, ProblemBox } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { GroupPage, type GroupContext } from './GroupPage'
import { dropsOf } from './lib/drops'

export function QualityPage(): ReactNode {
  return <GroupPage id="quality" extra={(context) => (context.score === null ? <NoScores /> : <Scored context={context} score={context.score} />)} />
}

function NoScores(): ReactNode {
  return (
    <Empty title="No scores have come yet">
      <p>A score is a judgement of a trace, a span or a session: by a person, a program or a model. Send it to <code>POST /api/v1/scores</code>, before or after its trace.</p>
      <Link to="/connect" className="btn">Connect</Link>
    </Empty>
  )
}

function Scored({ context, score }: { context: GroupContext; score: string }): ReactNode {
  return (
    <>
      {context.scores.length > 1 && <ScorePicker scores={context.scores} score={score} />}
      <div className="extras">
        <ByDay context={context} score={score} />
        <AgainstCost context={context} score={score} />
      </div>
      <ByWait context={context} score={score} />
    </>
  )
}

function ScorePicker({ scores, score }: { scores: readonly string[]; score: string }): ReactNode {
  const navigate = useNavigate()
  return (
    <div className="row wrap"><span className="t2">Score</span>
      <span className="seg" role="group" aria-label="Score">{scores.map((name) => <button key={name} type="button" aria-pressed={name === score} onClick={() => void navigate({ to: '.', search: (old) => ({ ...old, score: name }) as never, replace: true })}>{name}</button>)}</span></div>
  )
}

const DAY_MS = 86_400_000

function ByDay({ context: { window, filter, arrivals }, score }: { context: GroupContext; score: string }): ReactNode {
  const { project } = useScope()
  const measure = `avg(score.${score})`
  const days = parseTime(window.to) - parseTime(window.from) >= 6 * DAY_MS
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, filter, measures: [measure], interval: days ? '1d' : 'auto' }))
  if (error) return <ProblemBox what="The score could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  const values = (data?.totals.series?.[0] ?? []).map(numberOf)
  if (!data?.buckets || values.every((value) => value === null)) return <section className="panel"><header><h2>{measureTitle(measure)}</h2></header><p className="panelnote">No call of this time has this score.</p></section>
  const times = data.buckets.map(parseTime)
  const drops = dropsOf(values)
  const step = stepOf(times)
  const nearest = (ms: number): string | null => arrivals.filter((item) => item.atMs < ms + step && item.atMs > ms - Math.max(2 * step, DAY_MS)).at(-1)?.label ?? null
  return (
    <div>
      <ChartPanel title={`${measureTitle(measure)} ${days ? 'by day' : 'over time'}`} times={times} series={[{ name: measureTitle(measure), colour: '--s1', values }]} unit="score" marks={arrivals.map(({ atMs, label }) => ({ atMs, label }))} height={300} />
      <p className="small t2 dropnote">{drops.length === 0 ? 'No point lies more than two standard deviations below those before it.' : drops.map((drop) => {
        const label = nearest(times[drop.index] ?? 0)
        return <span key={drop.index} className="row"><b className="warn">▼ {formatValue('score', drop.value)}</b> on {formatMinute(times[drop.index] ?? 0)}, usually {formatValue('score', drop.mean)}{label !== null && <>: <b className="strong">{label}</b> had begun</>}</span>
      })}</p>
    </div>
  )
}

function AgainstCost({ context: { window, filter, by, byTitle }, score }: { context: GroupContext; score: string }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const { data } = useQuery(metricsQuery(project, { ...window, filter, measures: ['count', `avg(score.${score})`, 'sum(cost_usd)/count'], group_by: [by], top: 24 }))
  const dots = (data?.groups ?? []).filter((group) => !group.is_other).flatMap((group) => {
    const [n, y, x] = group.values.map(numberOf)
    return n != null && x != null && y != null ? [{ key: group.key[0] ?? '', name: group.key[0] || `no ${byTitle.toLowerCase()}`, x, y, n }] : []
  })
  return (
    <section className="panel" aria-label="Score against cost">
      <header><h2>Score against cost</h2><span className="t3 small">by {byTitle.toLowerCase()}; up and left is good and cheap</span></header>
      <div className="chartbody">{dots.length === 0 ? <p className="t2">No group has both a score and a price in this time.</p>
        : <Scatter dots={dots} xUnit="usd" yUnit="score" xName="Cost per call" yName={measureTitle(`avg(score.${score})`)} onDot={(key) => void navigate({ to: '/calls', search: { filter: joinTerms([filter, formatTerm(by, key)]) } as never })} />}</div>
    </section>
  )
}

const BANDS = [['under 1 s', 'ttft<1s'], ['1 to 3 s', 'ttft>=1s ttft<3s'], ['3 s and more', 'ttft>=3s']] as const

function ByWait({ context, score }: { context: GroupContext; score: string }): ReactNode {
  return (
    <section className="panel" aria-label="Score by waiting time">
      <header><h2>{measureTitle(`avg(score.${score})`)} by time to the first token</h2></header>
      <Wide label="Score by waiting time"><table>
        <thead><tr><th>Waited</th><th className="n">Calls</th><th className="n">Score</th><th><span className="hidden">Score as a bar</span></th></tr></thead>
        <tbody>{BANDS.map(([name, term]) => <Wait key={name} name={name} term={term} context={context} score={score} />)}</tbody>
      </table></Wide>
    </section>
  )
}

function Wait({ name, term, context: { window, filter }, score }: { name: string; term: string; context: GroupContext; score: string }): ReactNode {
  const { project } = useScope()
  const whole = joinTerms([filter, term])
  const { data } = useQuery(metricsQuery(project, { ...window, filter: whole, measures: ['count', `avg(score.${score})`] }))
  const value = numberOf(data?.totals.values[1])
  return (
    <tr><td><Link className="link" to="/calls" search={{ filter: whole } as never}>{name}</Link></td><td className="n">{formatCount(numberOf(data?.totals.values[0]))}</td><td className="n">{formatValue('score', value)}</td>
      <td>{value !== null && value <= 1 && <Meter share={value} />}</td></tr>
  )
}
