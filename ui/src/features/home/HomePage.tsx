// What changed: a written summary, headline measures against the period before, who moved them, and what was not seen.
import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy, useEffect, useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { projectsQuery } from '@/api/queries'
import { metricsQuery, scoreNamesQuery } from '@/api/metrics'
import { whenThere } from '@/api/reach'
import { useScope } from '@/api/scope'
import { useArrivals } from '@/api/useArrivals'
import { hoursOf, useWindow, type Window } from '@/api/useWindow'
import { formatMinute, formatRough, parseTime } from '@/base/time'
import { zoneLabel } from '@/base/zone'
import { useFace, type Hint } from '@/widgets/hints'
import { ChartSkeleton, SaySkeleton, TableSkeleton, TilesSkeleton } from '@/widgets/skeletons'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Arrivals } from './components/Arrivals'
import { CostByFeature } from './components/CostByFeature'
import { Headline } from './components/Headline'
import { Movers } from './components/Movers'
import { Unseen } from './components/Unseen'
import { silentUntil } from './lib/before'
import { moverMeasures } from './lib/movers'
import './home.css'

/** Read only by those who have no trace yet. */
const ConnectPanel = lazy(() => whenThere(() => import('@/features/connect')).then((face) => ({ default: face.ConnectPanel })))

const HINTS: readonly Hint[] = [['J K', 'mover'], ['↵', 'its calls'], ['x', 'compare'], ['m', 'next measure'], ['⌘K', 'anything'], ['?', 'all keys']]

export function HomePage(): ReactNode {
  const { project } = useScope()
  const projects = useQuery(projectsQuery(project))
  const bare = projects.isSuccess && !projects.data.projects.some((item) => item.name === project && item.trace_count > 0)
  // Once shown, the empty state stays: its lamp is to be seen when the first span comes.
  const [waiting, setWaiting] = useState(false)
  useEffect(() => {
    if (bare) setWaiting(true)
  }, [bare])
  useEffect(() => setWaiting(false), [project])
  const empty = bare || waiting
  useFace(empty ? null : { title: 'Home', hints: HINTS, ranged: true }, empty ? 'connect' : 'home')
  if (empty) return <Suspense fallback={<SkeletonRows count={8} />}><ConnectPanel /></Suspense>
  return <WhatChanged />
}

/** `the 24 h before`, in the words of the summary. */
export function beforeWords(window: Window): string {
  const ns = (parseTime(window.to) - parseTime(window.from)) * 1e6
  const hours = Math.round(ns / 3600e9)
  return `the ${hours >= 2 && hours <= 48 ? `${hours} h` : formatRough(ns).replace('≈ ', '')} before`
}

function WhatChanged(): ReactNode {
  const scope = useScope()
  const window = useWindow()
  const scores = useQuery(scoreNamesQuery(scope.project))
  const score = scores.data?.[0] ?? null
  const measures = useMemo(() => ['count', 'error_rate', 'error_count', 'p95(ttft)', 'sum(cost_usd)', ...(score === null ? [] : [`avg(score.${score})`])], [score])
  const settled = window !== null && !scores.isPending
  const totals = useQuery({ ...metricsQuery(scope.project, { ...window, measures, interval: 'auto', compare: 'previous' }), enabled: settled })
  const features = useQuery({ ...metricsQuery(scope.project, { ...window, measures: moverMeasures(null), group_by: ['feature'], compare: 'previous', top: 50 }), enabled: settled })
  const models = useQuery({ ...metricsQuery(scope.project, { ...window, measures: moverMeasures(null), group_by: ['model'], compare: 'previous', top: 50 }), enabled: settled })
  const silent = window !== null && totals.data !== undefined ? silentUntil(totals.data, window) : null
  const arrivals = useArrivals(window)
  const onBrush = (from: number, to: number): void => scope.setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })
  if (totals.isError) return <div className="insight"><h1>What changed</h1><ProblemBox what="The measures could not be read" problem={asProblem(totals.error)} onRetry={() => void totals.refetch()} /></div>
  return (
    <div className="insight home">
      <div className="insighthead">
        <h1>What changed</h1>
        {window && <span className="t3">{formatMinute(parseTime(window.from))} – {formatMinute(parseTime(window.to))} {zoneLabel()}, against {beforeWords(window)}{silent === null ? '' : `, which has no calls until ${formatMinute(silent)}`}</span>}
        {totals.data && <span className="t3 small push answered">answered in {Math.round(totals.data.elapsed_ms)} ms</span>}
      </div>
      {window === null || !totals.data ? <Waiting /> : (
        <>
          <Headline answer={totals.data} window={window} score={score} before={beforeWords(window)} arrivals={arrivals} groups={[features.data, models.data].filter((item) => item !== undefined)} />
          <div className="homecols">
            <div>
              <CostByFeature window={window} hours={hoursOf(window)} arrivals={arrivals} onBrush={onBrush} />
              <Movers window={window} score={score} />
            </div>
            <div>
              <Arrivals arrivals={arrivals} />
              <Unseen totals={totals.data} features={features.data} />
            </div>
          </div>
        </>
      )}
    </div>
  )
}

function Waiting(): ReactNode {
  return (
    <>
      <SaySkeleton lines={3} />
      <TilesSkeleton count={5} />
      <div className="homecols">
        <div><ChartSkeleton title="Cost per hour" /><TableSkeleton count={8} /></div>
        <div><TableSkeleton count={3} /><TableSkeleton count={4} /></div>
      </div>
    </>
  )
}
