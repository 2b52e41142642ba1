// The heatmap and the question behind it: what is different about the part that was marked?
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo, useState, type ReactNode } from 'react'
import { asProblem } from '@/api/client'
import { differenceQuery, heatmapQuery } from '@/api/metrics'
import { useScope } from '@/api/scope'
import type { Window } from '@/api/useWindow'
import { groupTerm, joinTerms } from '@/base/filter'
import { formatRatio, measureTitle, type MetricUnit } from '@/base/measure'
import { parseTime } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { HeatmapChart, type Cells } from '@/widgets/chart/HeatmapChart'
import { boundsWords, timeWords } from '@/widgets/chart/heatwords'
import { HeatTable } from '@/widgets/chart/HeatTable'
import { bucketAt, stepOf } from '@/widgets/chart/series'
import { ProblemBox, SkeletonRows } from '@/widgets/states'
import { Wide } from '@/widgets/wide'
import { formatRegion, regionFilter, valuedFilter, type Explorer, type ExplorerSearch, type Region } from '../lib/state'

const COLUMNS = 120
const ROWS = 40
/** What separates most comes first; the rest is asked for. */
const DIFFERENCES_FIRST = 15

export function unitOf(measure: string): MetricUnit {
  if (['duration', 'ttft', 'tpot', 'longest_stall'].includes(measure)) return 'ns'
  if (measure.endsWith('cost_usd')) return 'usd'
  if (measure.startsWith('score.') || measure.includes('score')) return 'score'
  return measure.endsWith('tokens') ? 'tokens' : 'count'
}

/** A region as cells of a heatmap; null where it has none. */
export function cellsOf(region: Region, times: readonly number[], bounds: readonly number[]): Cells | null {
  if (times.length === 0) return null
  const row = (value: number): number => { const at = bounds.findIndex((bound, index) => value < (bounds[index + 1] ?? Infinity) && value >= bound * 0.999999); return at < 0 ? 0 : Math.min(at, bounds.length - 2) }
  return [Math.max(0, bucketAt(times, region.fromMs)), row(region.low), Math.max(0, bucketAt(times, region.toMs - 1)), row(region.high * 0.999)]
}

interface Props { explorer: Explorer; window: Window; filter: string; setFilter: (filter: string) => void; set: (part: ExplorerSearch) => void }

export function Heat({ explorer, window, filter, setFilter, set }: Props): ReactNode {
  const { project } = useScope()
  const { unit, heat, region } = explorer
  const title = measureTitle(heat)
  const [table, setTable] = useState(false)
  const { data, error, refetch } = useQuery(heatmapQuery(project, { ...window, unit, filter, measure: heat, columns: COLUMNS, rows: ROWS }))
  const times = useMemo(() => data?.buckets.map(parseTime) ?? [], [data])
  const cells = useMemo(() => (data && region ? cellsOf(region, times, data.bounds) : null), [data, region, times])
  if (error) return <ProblemBox what="The heatmap could not be read" problem={asProblem(error)} onRetry={() => void refetch()} />
  if (!data) return <section className="panel" style={{ height: 380 }} aria-busy="true"><header><h2>{title}</h2></header></section>
  const total = data.counts.reduce((sum, column) => sum + column.reduce((all, count) => all + count, 0), 0)
  const mark = (next: Cells | null): void => {
    if (next === null) return set({ region: '' })
    set({ region: formatRegion({ fromMs: times[next[0]] ?? 0, toMs: (times[next[2]] ?? 0) + stepOf(times), low: data.bounds[next[1]] ?? 0, high: data.bounds[next[3] + 1] ?? 0 }) })
  }
  return (
    <>
      <section className="panel" aria-label="Heatmap">
        <header className="chartheader"><h2>{title}</h2><span className="t3 small num">{title !== heat && <><code>{heat}</code> </>}{formatCount(total)} {unit} with a value, darker where more lie; answered in {Math.round(data.elapsed_ms)} ms</span>
          <span className="push row t2 small">{region ? <button type="button" className="btn quiet tiny" onClick={() => mark(null)}>Clear the region</button> : !table && 'Drag over what stands out'}
          {total > 0 && <button type="button" className="btn quiet tiny" aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'Chart' : 'Table'}</button>}</span></header>
        {total === 0 ? <p className="panelnote">No {unit} of this time have a value of it.</p>
          : table ? <HeatTable times={times} bounds={data.bounds} counts={data.counts} unit={unitOf(heat)} label={`${title} over time`} noun={unit} />
          : <div className="chartbody"><HeatmapChart times={times} bounds={data.bounds} counts={data.counts} unit={unitOf(heat)} label={`${title} over time`} noun={unit.slice(0, -1)} region={cells} onRegion={mark} height={340} /></div>}
      </section>
      {region && <Different region={region} explorer={explorer} window={window} filter={filter} setFilter={setFilter} />}
    </>
  )
}

function Different({ region, explorer, window, filter, setFilter }: { region: Region; explorer: Explorer; window: Window; filter: string; setFilter: (filter: string) => void }): ReactNode {
  const { project } = useScope()
  const navigate = useNavigate()
  const [all, setAll] = useState(false)
  const selection = regionFilter(region, explorer.heat)
  const { data, error, refetch } = useQuery(differenceQuery(project, { ...window, unit: explorer.unit, filter: valuedFilter(filter, explorer.heat), selection }))
  const what = `${timeWords(region.fromMs, region.toMs)}, ${measureTitle(explorer.heat)} ${boundsWords(unitOf(explorer.heat), region.low, region.high)}`
  const door = joinTerms([filter, selection])
  return (
    <section className="panel" aria-label="What is different about these">
      <header className="chartheader"><h2>What is different about these?</h2><span className="t3 small num">{what}</span>
        <Link className="push link small" to={explorer.unit === 'calls' ? '/calls' : '/traces'} search={{ filter: explorer.unit === 'spans' ? `{${door}}` : door } as never}>Open {data && data.selected_sampling === 1 ? plural(data.selected_count, explorer.unit.slice(0, -1)) : 'them'}</Link></header>
        {data && data.sampling > 1 && <p className="panelnote">{data.selected_sampling === 1 ? 'The others are a sample' : 'Both are samples'}: 1/{formatCount(data.sampling)} of the time, in stretches spread over it.</p>}
      {error ? <ProblemBox what="The difference could not be computed" problem={asProblem(error)} onRetry={() => void refetch()} /> : !data ? <SkeletonRows count={6} />
        : data.selected_count === 0 ? <p className="panelnote">Nothing lies in this region.</p>
          : data.dimensions.length === 0 ? <p className="panelnote">No dimension separates these {formatCount(data.selected_count)} from the other {formatCount(data.other_count)}.</p> : (
            <Wide label="What is different"><table className="rows">
              <thead><tr><th>Dimension</th><th>Value</th><th>Of the {formatCount(data.selected_count)} marked</th><th>Of the other {formatCount(data.other_count)}</th><th className="n">Marked</th><th className="n">Others</th><th><span className="hidden">Filter</span></th></tr></thead>
              <tbody>{data.dimensions.slice(0, all ? undefined : DIFFERENCES_FIRST).map((item) => (
                <tr key={`${item.dimension} ${item.value}`} data-row>
                  <td className="t3">{item.dimension}</td><td className="strong"><button type="button" className="celllink clip" title="Open the marked ones that have this value" onClick={() => void navigate({ to: explorer.unit === 'calls' ? '/calls' : '/traces', search: { filter: explorer.unit === 'spans' ? `{${joinTerms([door, groupTerm(item.dimension, item.value)])}}` : joinTerms([door, groupTerm(item.dimension, item.value)]) } as never })}>{item.value || '(none)'}</button></td>
                  <td><ShareBar share={item.selected_share} look="b" /></td><td><ShareBar share={item.other_share} look="a" /></td><td className="n">{formatCount(item.selected_count)}</td><td className="n t2">{formatCount(item.other_count)}</td>
                  <td className="doors"><button type="button" className="btn quiet tiny" onClick={() => setFilter(joinTerms([filter, groupTerm(item.dimension, item.value)]))}>Filter</button></td>
                </tr>
              ))}</tbody>
            </table></Wide>
          )}
      {data && data.dimensions.length > DIFFERENCES_FIRST && (
        <footer className="tablefoot small t3"><button type="button" className="btn quiet tiny" onClick={() => setAll(!all)}>{all ? `The first ${DIFFERENCES_FIRST}` : `All ${formatCount(data.dimensions.length)}`}</button><span>those that separate most come first</span></footer>
      )}
    </section>
  )
}

function ShareBar({ share, look }: { share: number; look: 'a' | 'b' }): ReactNode {
  return <span className="row sharebar"><span className="meter" aria-hidden="true"><i style={{ width: `${share * 100}%`, background: `var(--${look}-side)` }} /></span><span className="num small">{formatRatio(share)}</span></span>
}
