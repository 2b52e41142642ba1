// Quality: a score by day beside releases, its drops; against cost; by how long people waited.
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { metricsQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import { groupTerm, joinTerms } from '@/base/filter'
import { formatValue, measureTitle, numberOf } from '@/base/measure'
import { formatMinute, parseTime } from '@/base/time'
import { formatCount } from '@/base/tokens'
import { ChartPanel } from '@/widgets/chart/ChartPanel'
import { stepOf } from '@/widgets/chart/series'
import { Scatter } from '@/widgets/chart/Scatter'
import { Empty, ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { GroupPage, ROWS_MAX, type GroupContext } from './GroupPage'
import { dropsOf } from './lib/drops'

export function QualityPage(): ReactNode {
  return <GroupPage id="quality" extra={(context) => (context.score === null ? !context.noScoreNames && <NoScores /> : <Scored context={context} score={context.score} />)} />
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
  if (error) return <section className="panel"><header><h2>{measureTitle(measure)}</h2></header><ProblemBox what="The score could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /></section>
  if (!data) return <section className="panel" aria-busy="true"><header><h2>{measureTitle(measure)}</h2></header><SkeletonRows count={4} /></section>
  const values = (data.totals.series?.[0] ?? []).map(numberOf)
  if (!data.buckets || values.every((value) => value === null)) return <section className="panel"><header><h2>{measureTitle(measure)}</h2></header><p className="panelnote">No call of this time has this score.</p></section>
  const times = data.buckets.map(parseTime)
  const drops = dropsOf(values)
  const step = stepOf(times)
  const nearest = (ms: number): string | null => arrivals.filter((item) => item.atMs < ms + step && item.atMs > ms - Math.max(2 * step, DAY_MS)).at(-1)?.label ?? null
  return (
    <div>
      <ChartPanel title={`${measureTitle(measure)} ${days ? 'by day' : 'over time'}`} times={times} series={[{ name: measureTitle(measure), colour: '--s1', values }]} unit="score" marks={arrivals.map(({ atMs, label }) => ({ atMs, label }))} height={300} />
      <p className="small t2 dropnote">{drops.length === 0 ? 'No point lies more than two standard deviations below those before it.' : drops.map((drop) => {
        const label = nearest(times[drop.index] ?? 0)
        return <span key={drop.index}><b className="warn">▼ {formatValue('score', drop.value)}</b> on {formatMinute(times[drop.index] ?? 0)}, usually {formatValue('score', drop.mean)}{label !== null && <>: <b className="strong">{label}</b> had begun</>}</span>
      })}</p>
    </div>
  )
}

function AgainstCost({ context: { window, filter, by, byTitle }, score }: { context: GroupContext; score: string }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, filter, measures: ['count', `avg(score.${score})`, 'sum(cost_usd)/count'], group_by: [by], top: 24 }))
  const dots = (data?.groups ?? []).filter((group) => !group.is_other).flatMap((group) => {
    const [n, y, x] = group.values.map(numberOf)
    return n != null && x != null && y != null ? [{ key: group.key[0] ?? '', name: group.key[0] || `no ${byTitle.toLowerCase()}`, x, y, n }] : []
  })
  return (
    <section className="panel" aria-label="Score against cost">
      <header><h2>Score against cost</h2><span className="t3 small">by {byTitle.toLowerCase()}; up and left is good and cheap</span></header>
      {error ? <ProblemBox what="The groups could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={4} /> 
        : dots.length === 0 ? <p className="panelnote">No group has both a score and a price in this time.</p>
        : <div className="chartbody"><Scatter dots={dots} xUnit="usd" yUnit="score" xName="Cost per call" yName={measureTitle(`avg(score.${score})`)} onDot={(key) => void navigate({ to: '/calls', search: { filter: joinTerms([filter, groupTerm(by, key)]) } as never })} /></div>}
    </section>
  )
}

/** How long people waited: what they put up with, what they notice, what they leave. */
const BANDS = [['under 1 s', 'ttft<1s'], ['1 to 3 s', 'ttft>=1s ttft<3s'], ['3 s and more', 'ttft>=3s']] as const
const GROUPS = 12

/** The score by group and by time to the first token: a group may be slow, or bad, or bad because it is slow. */
function ByWait({ context, score }: { context: GroupContext; score: string }): ReactNode {
  const { window, filter, by, byTitle } = context
  const { project } = useScope()
  const measures = [`avg(score.${score})`, 'count']
  const all = useQuery(metricsQuery(project, { ...window, filter, measures, group_by: [by], top: GROUPS, order: 'count' }))
  const bands = useQueries({ queries: BANDS.map(([, term]) => metricsQuery(project, { ...window, filter: joinTerms([filter, term]), measures, group_by: [by], top: ROWS_MAX, order: 'count' })) })
  const error = [all, ...bands].find((one) => one.isError)?.error ?? null
  const named = (all.data?.groups ?? []).filter((group) => !group.is_other && numberOf(group.values[0]) !== null)
  return (
    <section className="panel" aria-label="Score by waiting time">
      <header className="chartheader"><h2>{measureTitle(measures[0] ?? '')} by time to the first token</h2><span className="t3 small">and by {byTitle.toLowerCase()}; below each score, of how many calls</span></header>
      {error ? <ProblemBox what="The scores could not be read" problem={asProblem(error)} onRetry={() => { for (const one of [all, ...bands]) if (one.isError) void one.refetch() }} /> : !all.data || bands.some((band) => band.isPending) ? <SkeletonRows count={4} /> : (
        <Wide label="Score by waiting time"><table className="matrix">
          <thead><tr><th>{byTitle}</th><th className="n">All</th>{BANDS.map(([name]) => <th key={name} className="n">{name}</th>)}</tr></thead>
          <tbody>
            <tr><td className="strong">All calls</td><Cell values={all.data.totals.values} filter={filter} />{BANDS.map(([name, term], index) => <Cell key={name} values={bands[index]?.data?.totals.values} filter={joinTerms([filter, term])} />)}</tr>
            {named.map((group) => (
              <tr key={group.key[0]}><td className="clip groupname">{group.key[0] || <span className="t3">no {byTitle.toLowerCase()}</span>}</td><Cell values={group.values} filter={joinTerms([filter, groupTerm(by, group.key[0] ?? '')])} />
                {BANDS.map(([name, term], index) => <Cell key={name} values={bands[index]?.data?.groups.find((item) => !item.is_other && item.key[0] === group.key[0])?.values} filter={joinTerms([filter, groupTerm(by, group.key[0] ?? ''), term])} />)}</tr>
            ))}
          </tbody>
        </table></Wide>
      )}
    </section>
  )
}

function Cell({ values, filter }: { values: readonly unknown[] | undefined; filter: string }): ReactNode {
  const [value, count] = [numberOf(values?.[0]), numberOf(values?.[1])]
  if (value === null) return <td className="n twoline"><span className="t3">—</span><span className="was t3">{count === null || count === 0 ? '' : `${formatCount(count)} unscored`}</span></td>
  return (
    <td className="n twoline"><span><Link className="link" to="/calls" search={{ filter: filter === '' ? undefined : filter } as never}>{formatValue('score', value)}</Link></span><span className="was t3">{formatCount(count)}</span></td>
  )
}
