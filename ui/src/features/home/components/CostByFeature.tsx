// Cost per hour as a stack of features, over the whole of the period before.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { metricsQuery } from '@/api/metrics'
import { asProblem } from '@/api/client'
import { useScope } from '@/api/scope'
import type { Arrival } from '@/api/useArrivals'
import type { Window } from '@/api/useWindow'
import { formatTerm } from '@/base/filter'
import { numberOf } from '@/base/measure'
import { parseTime } from '@/base/time'
import { ChartPanel } from '@/widgets/chart/ChartPanel'
import { useColours } from '@/widgets/chart/colours'
import { NAMED_SERIES_MAX, OTHER_COLOUR, stepOf } from '@/widgets/chart/series'
import { ChartSkeleton } from '@/widgets/skeletons'
import { ProblemBox } from '@/widgets/states'

export function CostByFeature({ window, hours, arrivals, onBrush }: { window: Window; hours: number; arrivals: readonly Arrival[]; onBrush: (from: number, to: number) => void }): ReactNode {
  const { project } = useScope()
  const coloursOf = useColours(project)
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(metricsQuery(project, { ...window, measures: ['sum(cost_usd)'], group_by: ['feature'], interval: 'auto', compare: 'previous', top: NAMED_SERIES_MAX }))
  if (error) return <section className="panel"><header><h2>Cost per hour</h2></header><ProblemBox what="Cost by feature could not be read" problem={asProblem(error)} onRetry={() => void refetch()} /></section>
  if (!data?.buckets) return <ChartSkeleton title="Cost per hour" />
  const times = data.buckets.map(parseTime)
  const perHour = 3_600_000 / stepOf(times)
  const scaled = (values: readonly unknown[] | undefined): (number | null)[] => (values ?? []).map((value) => { const number = numberOf(value); return number === null ? null : number * perHour })
  const groups = data.groups.filter((group) => (numberOf(group.values[0]) ?? 0) > 0)
  if (groups.length === 0) {
    return <section className="panel"><header><h2>Cost per hour</h2></header><p className="panelnote">{data.unpriced_calls > 0 ? 'No call of this time has a price. Rates can be set under Prices.' : `Nothing was spent in these ${Math.round(hours)} hours.`}</p></section>
  }
  const colours = coloursOf(groups.filter((group) => !group.is_other).map((group) => group.key[0] ?? ''))
  const series = groups.map((group, index) => ({
    name: group.is_other ? 'other' : group.key[0] || 'no feature', ...(group.is_other ? {} : { key: group.key[0] ?? '' }), colour: group.is_other ? OTHER_COLOUR : (colours[index] ?? OTHER_COLOUR), values: scaled(group.series?.[0]),
    ...(index === 0 ? { ghost: scaled(data.totals.compare_series?.[0]) } : {}),
  }))
  return (
    <ChartPanel title="Cost per hour" note="by feature" stacked times={times} series={series} unit="usd" marks={arrivals.map(({ atMs, label }) => ({ atMs, label }))} onBrush={onBrush}
      onSeries={(feature) => void navigate({ to: '/calls', search: { filter: formatTerm('feature', feature) } as never })} />
  )
}
