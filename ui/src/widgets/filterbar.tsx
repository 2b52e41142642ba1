// Chips and text in one box. What is typed is either a field (`status:error`) or words.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { formatTerm, isEmptyFilter, type FilterLanguage, type FilterOf } from '@/base/filter'
import { formatCount } from '@/base/tokens'
import { CopyButton } from './copy'
import { Icon } from './icons'
import './filter.css'

/** Values seen of a field, most frequent first. */
export type KnownValues = Readonly<Partial<Record<string, readonly { value: string; count: number }[]>>>

interface Suggestion {
  text: string
  note: string
  /** Ends with a colon: completing it goes on typing. */
  open: boolean
}

interface Props<Field extends string> {
  language: FilterLanguage<Field>
  notes: Readonly<Record<Field, string>>
  known: KnownValues
  /** What the counts of known values count. */
  counted: string
  placeholder: string
  filter: FilterOf<Field>
  onChange: (filter: FilterOf<Field>) => void
}

const SUGGESTIONS_MAX = 9

function suggest<Field extends string>(draft: string, { language, notes, known, counted }: Props<Field>): Suggestion[] {
  const word = /\S*$/.exec(draft)?.[0] ?? ''
  if (word === '') return []
  const values = (field: Field, part: string): Suggestion[] => {
    const chosen = language.choices[field]
    if (chosen) return chosen.filter((value) => value.includes(part)).map((value) => ({ text: formatTerm(field, value), note: '', open: false }))
    return (known[field] ?? []).filter((item) => item.value.toLowerCase().includes(part)).map((item) => ({ text: formatTerm(field, item.value), note: `${formatCount(item.count)} ${counted}`, open: false }))
  }
  const colon = word.indexOf(':')
  if (colon < 0) {
    const low = word.toLowerCase()
    const fields = language.fields.filter((field) => field.startsWith(low)).map((field) => ({ text: `${field}:`, note: notes[field], open: true }))
    return [...fields, ...language.fields.flatMap((field) => values(field, low).slice(0, 3))].slice(0, SUGGESTIONS_MAX)
  }
  const field = language.fields.find((name) => name === word.slice(0, colon))
  return field ? values(field, word.slice(colon + 1).replaceAll('"', '').toLowerCase()).slice(0, SUGGESTIONS_MAX) : []
}

export function FilterBar<Field extends string>(props: Props<Field>): ReactNode {
  const { language, filter, onChange } = props
  const [draft, setDraft] = useState('')
  const [chosen, setChosen] = useState(-1)
  const [error, setError] = useState<{ at: number; message: string } | null>(null)
  const [focused, setFocused] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const suggestions = useMemo(() => (focused ? suggest(draft, props) : []), [draft, props, focused])
  useEffect(() => setChosen(-1), [draft])
  const run = (text: string): void => {
    const parsed = language.parse(text)
    setError(parsed.error)
    if (parsed.error) return
    const words = [filter.q, parsed.filter.q].filter((part) => part !== undefined).join(' ')
    setDraft('')
    onChange({ ...filter, ...parsed.filter, ...(words === '' ? {} : { q: words }) } as FilterOf<Field>)
  }
  const complete = (suggestion: Suggestion): void => {
    const text = draft.replace(/\S*$/, suggestion.text)
    if (suggestion.open) setDraft(text)
    else run(text)
    input.current?.focus()
  }
  const edit = (text: string, rest: FilterOf<Field>): void => {
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
      const fields = language.fields.filter((field) => filter[field] !== undefined)
      const last = filter.q !== undefined ? 'q' : fields.at(-1)
      if (last === undefined) return
      event.preventDefault()
      const rest = { ...filter }
      delete rest[last]
      edit(language.format({ [last]: filter[last] ?? '' } as FilterOf<Field>), rest)
    }
  }
  const drop = (field: Field | 'q'): void => {
    const rest = { ...filter }
    delete rest[field]
    onChange(rest)
  }
  return (
    <div className="filterbar" role="search">
      <div className={error ? 'filterbox wrong' : 'filterbox'} onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
        <span className="t3"><Icon name="search" size={14} /></span>
        {language.fields.map((field) => filter[field] !== undefined && (
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
          placeholder={isEmptyFilter(filter) ? props.placeholder : 'and…'}
          onChange={(event) => { setDraft(event.target.value); setError(null) }} onKeyDown={onKey}
          onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} />
        {!isEmptyFilter(filter) && <CopyButton className="btn quiet tiny" label="As text" text={language.format(filter)} />}
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
