// Facets: the values there are, how many of something each has, one click to filter by it.
import type { ReactNode } from 'react'
import { termValue } from '@/base/filter'
import { formatCount, formatTokens } from '@/base/tokens'
import { Icon } from './icons'
import { Late, ProblemLine, type ProblemView } from './states'
import type { FilterHandle } from './useFilter'
import './filter.css'

const SHOWN_MAX = 8
/** Counts written out beyond this would leave no room for what they count. */
const SHORT_FROM = 1e6

/** Values seen of a field, most frequent first. */
export type KnownValues = Readonly<Partial<Record<string, readonly { value: string; count: number }[]>>>

const titleOf = (field: string): string => field.charAt(0).toUpperCase() + field.slice(1).replaceAll('_', ' ')

export function FacetList({ fields, known, handle, pending, problem, onRetry, note }: {
  /** In the order in which they are shown. */
  fields: readonly string[]
  known: KnownValues
  handle: FilterHandle
  pending: boolean
  problem: ProblemView | null
  onRetry: () => void
  /** What the counts are, where that is not what the list shows. */
  note?: string
}): ReactNode {
  return (
    <aside className="facets" aria-label="Facets">
      {note !== undefined && <p className="t3 micro note">{note}</p>}
      {problem !== null && <ProblemLine what="The facets could not be read" problem={problem} onRetry={onRetry} />}
      {pending && <Late><div className="facetswait" aria-hidden="true">{fields.slice(0, 5).map((field) => <section key={field}><i className="skeleton" style={{ width: 54 }} /><i className="skeleton" style={{ width: '86%' }} /><i className="skeleton" style={{ width: '62%' }} /></section>)}</div></Late>}
      {fields.map((field) => {
        const seen = (known[field] ?? []).filter((item) => item.value !== '')
        const on = termValue(handle.filter, field)
        const values = on !== null && !seen.some((item) => item.value === on) ? [{ value: on, count: NaN }, ...seen] : seen
        if (values.length === 0) return null
        const most = Math.max(1, ...values.map((item) => item.count || 0))
        return (
          <section key={field}>
            <h2>{titleOf(field)}</h2>
            {values.slice(0, SHOWN_MAX).map((item) => {
              const checked = handle.has(field, item.value)
              return (
                <button key={item.value} type="button" role="checkbox" aria-checked={checked} className="facet" title={item.value} onClick={() => handle.toggle(field, item.value)}>
                  <span className="box">{checked && <Icon name="check" size={10} weight={2.400} />}</span>
                  <span className={field === 'status' && item.value === 'error' ? 'clip err' : 'clip'}>{item.value}</span>
                  <span className="count">{Number.isNaN(item.count) ? '' : item.count < SHORT_FROM ? formatCount(item.count) : formatTokens(item.count)}</span>
                  {item.count > 0 && <span className="share" aria-hidden="true"><i style={{ width: `${(item.count / most) * 100}%` }} /></span>}
                </button>
              )
            })}
            {values.length > SHOWN_MAX && <p className="t3 micro more">and {formatCount(values.length - SHOWN_MAX)} more: type {field}:</p>}
          </section>
        )
      })}
    </aside>
  )
}
