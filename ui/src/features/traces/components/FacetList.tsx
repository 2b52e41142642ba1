// Facets: the values there are, how many traces each has, one click to filter by it.
import type { ReactNode } from 'react'
import type { Facets } from '@/api/types'
import { formatCount } from '@/base/tokens'
import { Icon } from '@/widgets/icons'
import { FILTER_FIELDS, type Filter, type FilterField } from '../lib/filter'

const TITLES: Readonly<Record<FilterField, string>> = {
  status: 'Status', model: 'Model', service: 'Service', user: 'User', session: 'Session', environment: 'Environment', release: 'Release', kind: 'Kind',
}
const ORDER: readonly FilterField[] = ['status', 'service', 'model', 'release', 'environment', 'kind', 'user', 'session']
const SHOWN_MAX = 8

export function FacetList({ facets, filter, onToggle }: {
  facets: Facets['facets']
  filter: Filter
  onToggle: (field: FilterField, value: string) => void
}): ReactNode {
  return (
    <aside className="facets" aria-label="Facets">
      {ORDER.filter((field) => FILTER_FIELDS.includes(field)).map((field) => {
        const known = (facets[field] ?? []).filter((item) => item.value !== '')
        const on = filter[field]
        const values = on !== undefined && !known.some((item) => item.value === on) ? [{ value: on, count: 0 }, ...known] : known
        if (values.length === 0) return null
        const most = Math.max(1, ...values.map((item) => item.count))
        return (
          <section key={field}>
            <h2>{TITLES[field]}</h2>
            {values.slice(0, SHOWN_MAX).map((item) => (
              <button key={item.value} type="button" role="checkbox" aria-checked={on === item.value} className="facet" title={item.value}
                onClick={() => onToggle(field, item.value)}>
                <span className="box">{on === item.value && <Icon name="check" size={10} weight={2.400} />}</span>
                <span className={field === 'status' && item.value === 'error' ? 'clip err' : 'clip'}>{item.value}</span>
                <span className="count">{formatCount(item.count)}</span>
                <span className="share" aria-hidden="true"><i style={{ width: `${(item.count / most) * 100}%` }} /></span>
              </button>
            ))}
            {values.length > SHOWN_MAX && <p className="t3 micro more">and {formatCount(values.length - SHOWN_MAX)} more: type {field}:</p>}
          </section>
        )
      })}
    </aside>
  )
}
