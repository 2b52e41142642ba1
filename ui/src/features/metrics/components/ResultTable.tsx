// The answer as a table: totals first, then the groups, each a door to what it was computed from.
import { useEffect, useState, type ReactNode } from 'react'
import type { MetricGroup, MetricsAnswer } from '@/api/metrics'
import { toCsvRows } from '@/base/csv'
import { formatValue, isNew, isThin, measureTitle, numberOf } from '@/base/measure'
import { formatCount } from '@/base/tokens'
import { clamp } from '@/base/values'
import { saveText } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { useKeys } from '@/widgets/keys'
import { Change, Counted } from '@/widgets/metric'
import { Wide } from '@/widgets/wide'

function csvOf(answer: MetricsAnswer, shown: number): string {
  const measures = answer.measures.slice(0, shown)
  const head = [...answer.dimensions, ...measures.flatMap(({ name, unit }) => [`${name} [${unit}]`, ...(answer.totals.compare ? [`${name} before [${unit}]`] : [])])]
  const line = (key: readonly string[], item: { values: readonly unknown[]; compare: readonly unknown[] | null }): unknown[] => [...key, ...measures.flatMap((_, index) => [item.values[index], ...(answer.totals.compare ? [item.compare?.[index] ?? null] : [])])]
  const rows = answer.groups.length > 0 ? answer.groups.map((group) => line(group.is_other ? group.key.map((_, index) => (index === 0 ? '(everything else)' : '')) : group.key, group)) : [line([], answer.totals)]
  return toCsvRows([head, ...rows])
}

/** `shown` of the measures; the count may only be there to say what a change means. */
export function ResultTable({ answer, shown, onOpen, noun }: { answer: MetricsAnswer; shown: number; onOpen: (key: readonly string[], counted?: string) => void; noun: string }): ReactNode {
  const named = answer.groups.filter((group) => !group.is_other)
  const [selected, setSelected] = useState(0)
  useEffect(() => setSelected(0), [answer.dimensions.join(',')])
  const move = (step: number): void => setSelected((old) => clamp(old + step, 0, Math.max(0, named.length - 1)))
  const save = (): void => saveText('vitrine-metrics.csv', csvOf(answer, shown), 'text/csv')
  useKeys({
    j: () => move(1), J: () => move(1), ArrowDown: () => move(1), k: () => move(-1), K: () => move(-1), ArrowUp: () => move(-1), e: save,
    Enter: () => onOpen(named[Math.min(selected, named.length - 1)]?.key ?? []),
  })
  const measures = answer.measures.slice(0, shown)
  const countAt = answer.measures.findIndex((measure) => measure.name === 'count')
  // Where nothing was before, a column of changes would say so in each row.
  const compared = answer.totals.compare !== null && answer.totals.compare !== undefined && !isNew(answer.totals.values[countAt], answer.totals.compare[countAt])
  const freshOf = (item: Pick<MetricGroup, 'values' | 'compare'>): boolean => compared && isNew(item.values[countAt], item.compare?.[countAt])
  const cells = (item: Pick<MetricGroup, 'values' | 'compare'>, open?: (counted: string) => void): ReactNode => measures.map((measure, index) => [
    <td key={measure.name} className="n">{Array.isArray(item.values[index]) ? `${item.values[index].length} buckets` : <Counted measure={measure.name} value={item.values[index]} onOpen={open}>{formatValue(measure.unit, item.values[index])}</Counted>}</td>,
    compared && <td key={`${measure.name} change`} className="n">{numberOf(item.values[index]) === null || freshOf(item) ? '' : <Change plain measure={measure.name} unit={measure.unit} now={item.values[index]} before={item.compare?.[index]} {...(isThin(item.compare?.[countAt]) ? { mood: 'neutral' as const } : {})} />}</td>,
  ])
  return (
    <section className="panel" aria-label="Table">
      <header className="chartheader"><h2>Table</h2><span className="t3 small num">{answer.dimensions.length > 0 ? `${formatCount(answer.group_count)} groups, ` : ''}answered in {Math.round(answer.elapsed_ms)} ms{answer.unpriced_calls > 0 && answer.measures.some((measure) => measure.unit === 'usd') ? `; ${formatCount(answer.unpriced_calls)} unpriced calls are in no cost` : ''}</span>
        <button type="button" className="btn quiet tiny push" onClick={save} title="e"><Icon name="download" size={12} /> CSV</button></header>
      <Wide label="Table"><table className="rows">
        <thead><tr>{answer.dimensions.map((name) => <th key={name}>{name}</th>)}{answer.dimensions.length === 0 && <th><span className="hidden">Group</span></th>}
          {measures.map((measure) => [<th key={measure.name} className="n" title={measure.name}>{measureTitle(measure.name)}</th>, compared && <th key={`${measure.name} change`} className="n">change</th>])}</tr></thead>
        <tbody>
          <tr className="total" data-row onClick={() => onOpen([])}><td colSpan={Math.max(1, answer.dimensions.length)} className="strong"><button type="button" className="celllink">All {noun}</button></td>{cells(answer.totals, (counted) => onOpen([], counted))}</tr>
          {answer.groups.map((group, index) => (
            <tr key={group.is_other ? ' other' : group.key.join('\n')} data-row={group.is_other ? undefined : ''} aria-selected={!group.is_other && index === selected} onClick={group.is_other ? undefined : () => (index === selected ? onOpen(group.key) : setSelected(index))}>
              {answer.dimensions.map((name, at) => <td key={name}>{group.is_other ? <span className="t3">{at === 0 ? 'everything else' : ''}</span> : at === 0 ? <button type="button" className="celllink clip" onClick={(event) => { event.stopPropagation(); onOpen(group.key) }}>{group.key[at] || <span className="t3">(none)</span>}{freshOf(group) && <> <span className="badge" title="There was none of it in the period before">new</span></>}</button> : group.key[at] || <span className="t3">(none)</span>}</td>)}
              {cells(group, group.is_other ? undefined : (counted) => onOpen(group.key, counted))}
            </tr>
          ))}
        </tbody>
      </table></Wide>
    </section>
  )
}
