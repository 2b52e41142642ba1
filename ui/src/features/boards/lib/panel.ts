// A panel: its question, as the explorer asks it, and the page behind its numbers. Pure.
import type { ChartKind, Panel, PanelQuestion } from '@/api/boards'
import type { MetricsRequest } from '@/api/metrics'
import { groupTerm, joinTerms } from '@/base/filter'
import { measureTitle } from '@/base/measure'
import type { ExplorerSearch, Explorer } from '@/features/metrics'

/** Sizes that suit a chart: columns, rows. */
export const SIZES: Readonly<Record<ChartKind, readonly [w: number, h: number]>> = { number: [3, 2], line: [6, 4], bar: [4, 4], table: [6, 4], heatmap: [12, 5] }
export const CHART_NAMES: Readonly<Record<ChartKind, string>> = { number: 'Number', line: 'Lines', bar: 'Bars', table: 'Table', heatmap: 'Heatmap' }

/** Charts over time have a table behind them; the others show their numbers already. */
export const hasTable = ({ chart }: Pick<Panel, 'chart'>): boolean => chart === 'line' || chart === 'heatmap'
/** Where the beginning of a release can be seen. */
export const hasMarks = ({ chart }: Pick<Panel, 'chart'>): boolean => chart === 'line' || chart === 'number'

const HEAT = /^histogram\((.+)\)$/

/** The measure of a heatmap; `duration` where the question has none. */
export const heatOf = (question: PanelQuestion): string => HEAT.exec(question.measures[0] ?? '')?.[1] ?? 'duration'

/** So many measures the server takes. */
const MEASURES_MAX = 20

/** Whether a change says something depends on how many there were before. */
const withCount = (measures: readonly string[], chart: ChartKind): readonly string[] => ((chart === 'number' || chart === 'table') && !measures.includes('count') && measures.length < MEASURES_MAX ? [...measures, 'count'] : measures)

/** The whole question: the panel's with the page's time and filter. */
export function requestOf(panel: Panel, range: { from: string; to: string }, filter: string): MetricsRequest {
  const { chart, query } = panel
  const series = chart === 'line' || chart === 'number'
  return {
    ...query, ...range, filter: joinTerms([filter, query.filter ?? '']),
    measures: withCount(query.measures, chart), interval: series ? (query.interval ?? 'auto') : null,
    ...(chart === 'number' && query.compare === undefined ? { compare: 'previous' as const } : {}),
  }
}

export interface Door {
  to: '/calls' | '/traces'
  filter: string
}

/** The page of what a number was computed from. A filter of spans is bound to one span of a trace. */
export function doorOf(panel: Panel, filter: string, key: readonly string[] = []): Door {
  const { query } = panel
  const terms = joinTerms([filter, query.filter ?? '', ...(query.group_by ?? []).flatMap((name, index) => (key[index] === undefined ? [] : [groupTerm(name, key[index])]))])
  const unit = query.unit ?? 'calls'
  return { to: unit === 'calls' ? '/calls' : '/traces', filter: unit === 'spans' && terms !== '' ? `{${terms}}` : terms }
}

/** What a panel is called where nobody gave it a name. */
export function titleOf(panel: Pick<Panel, 'title' | 'chart' | 'query'>): string {
  if (panel.title !== '') return panel.title
  const what = panel.chart === 'heatmap' ? measureTitle(heatOf(panel.query)) : panel.query.measures.map(measureTitle).join(', ')
  return panel.query.group_by && panel.query.group_by.length > 0 ? `${what} by ${panel.query.group_by.join(', ')}` : what
}

/** The question that the explorer's controls hold, in the words of a panel. */
export function questionOf(explorer: Explorer, filter: string, chart: ChartKind): PanelQuestion {
  const { unit, measures, by, interval, top, compare, heat } = explorer
  const common = { ...(unit === 'calls' ? {} : { unit }), ...(filter === '' ? {} : { filter }) }
  if (chart === 'heatmap') return { ...common, measures: [`histogram(${heat})`] }
  const one = chart === 'number' || chart === 'bar' || (chart === 'line' && by.length > 0)
  return {
    ...common, measures: one ? measures.slice(0, 1) : measures, ...(by.length > 0 && chart !== 'number' ? { group_by: by, top } : {}),
    ...(chart === 'line' && interval !== 'none' && interval !== 'auto' ? { interval } : {}), ...(compare ? { compare: 'previous' as const } : {}),
  }
}

/** The other way: what the explorer would have in its address. */
export function searchOf(panel: Pick<Panel, 'chart' | 'query'>): ExplorerSearch {
  const { chart, query } = panel
  const views: Readonly<Partial<Record<ChartKind, string>>> = { heatmap: 'heat', bar: 'bars' }
  return {
    ...(query.filter === undefined ? {} : { filter: query.filter }), ...(query.unit === undefined ? {} : { unit: query.unit }), ...(views[chart] === undefined ? {} : { view: views[chart] }),
    ...(chart === 'heatmap' ? { heat: heatOf(query) } : { measures: query.measures.join(',') }), ...(query.group_by === undefined ? {} : { by: query.group_by.join(',') }),
    ...(query.interval === undefined ? {} : { interval: query.interval }), ...(query.top === undefined ? {} : { top: String(query.top) }), ...(query.compare === 'previous' ? {} : { compare: 'none' }),
  }
}

/** What a question may say that the explorer has no control for: kept when it is changed. */
export function unseenOf({ order, exact, compare }: PanelQuestion): Partial<PanelQuestion> {
  return { ...(order === undefined ? {} : { order }), ...(exact === undefined ? {} : { exact }), ...(compare === undefined || compare === 'previous' ? {} : { compare }) }
}

/** The chart that shows what the explorer shows. */
export function chartOf(explorer: Explorer): ChartKind {
  if (explorer.view === 'heat') return 'heatmap'
  if (explorer.view === 'bars' && explorer.by.length > 0) return 'bar'
  if (explorer.interval === 'none') return explorer.by.length > 0 ? 'table' : 'number'
  return explorer.by.length > 0 && explorer.measures.length > 1 ? 'table' : 'line'
}
