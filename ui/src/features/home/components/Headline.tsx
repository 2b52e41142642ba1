// The summary and the five tiles below it.
import { Link } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import type { MetricsAnswer } from '@/api/metrics'
import type { Arrival } from '@/api/useArrivals'
import { hoursOf, type Window } from '@/api/useWindow'
import { TELLING_COUNT, numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { Tile, type TileProps } from '@/widgets/metric'
import { stepOf } from '@/widgets/chart/series'
import { moversOf } from '../lib/movers'
import { errorsChanged, writeSummary, type Facts, type Pair, type Segment } from '../lib/summary'

interface Props {
  answer: MetricsAnswer
  window: Window
  score: string | null
  before: string
  arrivals: readonly Arrival[]
  /** The movers' answers by dimension. */
  groups: readonly MetricsAnswer[]
}

function factsOf({ answer, before, arrivals, groups, score }: Props): Facts {
  const pair = (name: string): Pair => {
    const index = answer.measures.findIndex((measure) => measure.name === name)
    return { now: numberOf(answer.totals.values[index]), before: numberOf(answer.totals.compare?.[index]) }
  }
  const topCost = moversOf(groups, 'cost').find((mover) => mover.share > 0) ?? null
  const group = topCost && groups.find((item) => item.dimensions[0] === topCost.dimension)
  const hit = group?.measures.findIndex((measure) => measure.name === 'cache_hit_rate') ?? -1
  const row = group?.groups.find((item) => item.key[0] === topCost?.value)
  return {
    calls: pair('count'), errors: pair('error_count'), ttft: pair('p95(ttft)'), cost: pair('sum(cost_usd)'), score: score === null ? null : { name: score, ...pair(`avg(score.${score})`) }, before,
    topCost, topTtft: moversOf(groups, 'ttft').find((mover) => mover.share > 0) ?? null, releases: arrivals.filter((item) => item.kind === 'release').map((item) => item.label).reverse(),
    cacheHit: row ? { now: numberOf(row.values[hit]), before: numberOf(row.compare?.[hit]) } : null,
  }
}

export function Headline(props: Props): ReactNode {
  const { answer, window, score, arrivals } = props
  const facts = useMemo(() => factsOf(props), [props])
  const words = useMemo(() => writeSummary(facts), [facts])
  const times = answer.buckets?.map(parseTime) ?? []
  const span = Math.max(1, parseTime(window.to) - parseTime(window.from))
  const marks = arrivals.filter((item) => item.kind === 'release').map((item) => (item.atMs - parseTime(window.from)) / span)
  const bucketHours = stepOf(times) / 3_600_000
  const hours = hoursOf(window)
  const tile = (title: string, measure: string, more: Partial<TileProps> & { perHour?: boolean } = {}): ReactNode => {
    const { perHour = false, ...rest } = more
    const index = answer.measures.findIndex((item) => item.name === measure)
    const scale = (value: unknown, by: number): number | null => { const number = numberOf(value); return number === null ? null : perHour ? number / by : number }
    return (
      <Tile key={measure} title={title} measure={measure} unit={answer.measures[index]?.unit ?? 'count'} now={scale(answer.totals.values[index], hours)} before={scale(answer.totals.compare?.[index], hours)}
        values={answer.totals.series?.[index]?.map((value) => scale(value, bucketHours)) ?? []} ghost={answer.totals.compare_series?.[index]?.map((value) => scale(value, bucketHours)) ?? []} marks={marks}
        to="/explore" search={{ measures: measure }} {...(thin ? { mood: 'neutral' as const } : {})} {...rest} />
    )
  }
  const noise = !errorsChanged(facts)
  const thin = (facts.calls.before ?? 0) < TELLING_COUNT
  return (
    <>
      <p className="say" data-summary>{words.map((segment, index) => <Words key={index} segment={segment} />)}</p>
      <section className="metrictiles" aria-label="Headline measures">
        {tile('Calls', 'count')}
        {tile('Errors', 'error_rate', noise ? { mood: 'neutral', note: 'within noise' } : {})}
        {tile('TTFT p95', 'p95(ttft)')}
        {tile('Cost per hour', 'sum(cost_usd)', { perHour: true, ...(answer.unpriced_calls > 0 ? { corner: `${answer.unpriced_calls.toLocaleString('en-US')} unpriced` } : {}) })}
        {score === null
          ? <Tile title="Quality" measure="score" unit="score" now={null} before={null} values={[]} ghost={[]} note="no scores yet: POST /api/v1/scores" to="/quality" search={{}} />
          : tile(score.charAt(0).toUpperCase() + score.slice(1).replace(/[._]+/g, ' '), `avg(score.${score})`, { to: '/quality', search: { score } })}
      </section>
    </>
  )
}

function Words({ segment }: { segment: Segment }): ReactNode {
  if (typeof segment === 'string') return segment
  if (segment.filter !== undefined) return <Link to="/calls" search={{ filter: segment.filter } as never} className={segment.look ?? ''}>{segment.text}</Link>
  return <Link to="/explore" search={{ measures: segment.measure } as never} className={segment.look ?? ''}>{segment.text}</Link>
}
