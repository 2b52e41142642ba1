// Chips and text in one box. What is typed is either a field (`status:error`) or words searched in prompts and answers.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Facets } from '@/api/types'
import { formatCount } from '@/base/tokens'
import { CopyButton } from '@/widgets/copy'
import { Icon } from '@/widgets/icons'
import { FILTER_FIELDS, formatFilter, formatTerm, isEmpty, parseFilter, type Filter, type FilterField } from '../lib/filter'

interface Suggestion {
  text: string
  note: string
  /** Ends with a colon: completing it goes on typing. */
  open: boolean
}

const NOTES: Readonly<Record<FilterField, string>> = {
  status: 'ok or error, of any span', model: 'requested or answering model', service: 'service.name', user: 'user id', session: 'session id',
  environment: 'deployment environment', release: 'version of the pipeline', kind: 'has a span of this kind',
}

function suggest(draft: string, facets: Facets['facets']): Suggestion[] {
  const word = /\S*$/.exec(draft)?.[0] ?? ''
  if (word === '') return []
  const colon = word.indexOf(':')
  if (colon < 0) {
    const low = word.toLowerCase()
    const fields = FILTER_FIELDS.filter((field) => field.startsWith(low)).map((field) => ({ text: `${field}:`, note: NOTES[field], open: true }))
    const values = FILTER_FIELDS.flatMap((field) =>
      (facets[field] ?? []).filter((item) => item.value.toLowerCase().includes(low)).slice(0, 3)
        .map((item) => ({ text: formatTerm(field, item.value), note: `${formatCount(item.count)} traces`, open: false })))
    return [...fields, ...values].slice(0, 9)
  }
  const field = FILTER_FIELDS.find((name) => name === word.slice(0, colon))
  const rest = word.slice(colon + 1).replaceAll('"', '').toLowerCase()
  if (!field) return []
  return (facets[field] ?? []).filter((item) => item.value.toLowerCase().includes(rest)).slice(0, 9)
    .map((item) => ({ text: formatTerm(field, item.value), note: `${formatCount(item.count)} traces`, open: false }))
}

interface Props {
  filter: Filter
  facets: Facets['facets']
  onChange: (filter: Filter) => void
}

export function FilterBar({ filter, facets, onChange }: Props): ReactNode {
  const [draft, setDraft] = useState('')
  const [chosen, setChosen] = useState(-1)
  const [error, setError] = useState<{ at: number; message: string } | null>(null)
  const [focused, setFocused] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const suggestions = useMemo(() => (focused ? suggest(draft, facets) : []), [draft, facets, focused])
  useEffect(() => setChosen(-1), [draft])
  const run = (text: string): void => {
    const parsed = parseFilter(text)
    setError(parsed.error)
    if (parsed.error) return
    const words = [filter.q, parsed.filter.q].filter((part) => part !== undefined).join(' ')
    setDraft('')
    onChange({ ...filter, ...parsed.filter, ...(words === '' ? {} : { q: words }) })
  }
  const complete = (suggestion: Suggestion): void => {
    const text = draft.replace(/\S*$/, suggestion.text)
    if (suggestion.open) setDraft(text)
    else run(text)
    input.current?.focus()
  }
  const edit = (text: string, rest: Filter): void => {
    onChange(rest)
    setDraft(text)
    input.current?.focus()
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const pick = suggestions[chosen]
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (suggestions.length === 0) return
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setChosen((old) => (old + step + suggestions.length + (old < 0 && step < 0 ? 1 : 0)) % suggestions.length)
    } else if (event.key === 'Tab' && suggestions[Math.max(0, chosen)] && draft !== '') {
      event.preventDefault()
      complete(suggestions[Math.max(0, chosen)] as Suggestion)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (pick) complete(pick)
      else if (draft.trim() !== '') run(draft)
    } else if (event.key === 'Backspace' && draft === '') {
      const fields = FILTER_FIELDS.filter((field) => filter[field] !== undefined)
      const last = filter.q !== undefined ? 'q' : fields.at(-1)
      if (last === undefined) return
      event.preventDefault()
      const rest = { ...filter }
      delete rest[last]
      edit(formatFilter({ [last]: filter[last] ?? '' }), rest)
    }
  }
  const drop = (field: FilterField | 'q'): void => {
    const rest = { ...filter }
    delete rest[field]
    onChange(rest)
  }
  return (
    <div className="filterbar" role="search">
      <div className={error ? 'filterbox wrong' : 'filterbox'} onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
        <span className="t3"><Icon name="search" size={14} /></span>
        {FILTER_FIELDS.map((field) => filter[field] !== undefined && (
          <span className="chip" key={field}>
            <span className="f">{field}</span><span className="o">:</span><span className="v">{filter[field]}</span>
            <button type="button" onClick={() => drop(field)} aria-label={`Remove ${field}`}><Icon name="close" size={10} weight={2} /></button>
          </span>
        ))}
        {filter.q !== undefined && (
          <span className="chip"><span className="v">“{filter.q}”</span>
            <button type="button" onClick={() => drop('q')} aria-label="Remove words"><Icon name="close" size={10} weight={2} /></button></span>
        )}
        <input ref={input} data-filter aria-label="Filter" value={draft} spellCheck={false} autoComplete="off" enterKeyHint="search"
          role="combobox" aria-expanded={suggestions.length > 0} aria-controls="filter-suggestions" aria-autocomplete="list"
          {...(chosen >= 0 ? { 'aria-activedescendant': `filter-suggestion-${chosen}` } : {})}
          placeholder={isEmpty(filter) ? 'status:error  model:…  user:…  words in prompts and answers' : 'and…'}
          onChange={(event) => { setDraft(event.target.value); setError(null) }} onKeyDown={onKey}
          onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} />
        {!isEmpty(filter) && <CopyButton className="btn quiet tiny" label="As text" text={formatFilter(filter)} />}
      </div>
      {error && <p className="filtererror" role="alert"><span className="mono">{' '.repeat(error.at)}^</span> {error.message}</p>}
      {suggestions.length > 0 && (
        <div className="pop suggestions" id="filter-suggestions" role="listbox" aria-label="Completions">
          {suggestions.map((item, index) => (
            <div key={item.text} id={`filter-suggestion-${index}`} role="option" aria-selected={index === chosen} className="item"
              onMouseDown={(event) => { event.preventDefault(); complete(item) }}>
              <span className="mono clip">{item.text}</span><span className="t3 push small nowrap">{item.note}</span>
            </div>
          ))}
          <div className="suggestkeys t3 small"><kbd>Tab</kbd> complete <kbd>↵</kbd> run</div>
        </div>
      )}
    </div>
  )
}
