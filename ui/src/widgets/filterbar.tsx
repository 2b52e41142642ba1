// The filter box: chips and text are one thing. A chip is a slice of the text; opened, it is typed again where it stood.
// The box knows no field. Whoever reads the language (`read`) says what is wrong and what could be typed next.
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { byteAt, indexAt, joinTerms, splitTerms, withoutTerm, type Term } from '@/base/filter'
import { clamp } from '@/base/values'
import { Icon } from './icons'
import { keyName, useKeys } from './keys'
import './filter.css'

export interface ReadError {
  from: number
  to: number
  message: string
  suggestion: string | null
}
export interface ReadCompletion {
  text: string
  label: string
  detail: string | null
  kind: string
  from: number
  to: number
}
export interface Reading {
  error: ReadError | null
  completions: readonly ReadCompletion[]
}

/** Reads a text; `at` is the place (in bytes) that completions are for. */
export type ReadFilter = (text: string, at?: number) => Promise<Reading>

interface Props {
  filter: string
  onChange: (filter: string) => void
  read: ReadFilter
  placeholder: string
  label?: string
}

const COMPLETIONS_MAX = 12
/** Long enough for a fast typist's next letter, too short to be felt. */
const PAUSE_MS = 60

/** What was said about a text: kept with it, because by the time an answer comes the text may be another. */
interface Said {
  text: string
  error: ReadError
}

/** Completions for the place of the caret, asked for when typing pauses; what is on the screen stays until the next answer. */
function useCompletions(read: ReadFilter, text: string, at: number, wanted: boolean): readonly ReadCompletion[] {
  const [found, setFound] = useState<readonly ReadCompletion[]>([])
  useEffect(() => {
    if (!wanted) return setFound([])
    let current = true
    const timer = setTimeout(() => {
      read(text, byteAt(text, at)).then((answer) => current && setFound(answer.completions.slice(0, COMPLETIONS_MAX)), () => current && setFound([]))
    }, PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [read, text, at, wanted])
  return found
}

export function FilterBar({ filter, onChange, read, placeholder, label = 'Filter' }: Props): ReactNode {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [asText, setAsText] = useState(false)
  const [draft, setDraft] = useState('')
  const [caret, setCaret] = useState(0)
  const [focused, setFocused] = useState(false)
  const [hushed, setHushed] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const [said, setSaid] = useState<Said | null>(null)
  const terms = asText ? [] : splitTerms(filter)
  // What the draft is read with: the terms before it, so that places in errors and completions are places of the whole.
  const before = asText ? '' : joinTerms([filter])
  const lead = before === '' ? 0 : before.length + 1
  const whole = before === '' ? draft : `${before} ${draft}`
  const completions = useCompletions(read, whole, lead + caret, focused && !hushed)
  const open = focused && !hushed && completions.length > 0
  useEffect(() => setChosen(-1), [draft, asText])
  // A filter that came with the address is read as well: a wrong one is shown as text, with its error.
  useEffect(() => {
    let current = true
    if (filter === '') return setSaid(null)
    read(filter).then((answer) => {
      if (!current) return
      setSaid(answer.error && { text: filter, error: answer.error })
      if (answer.error) {
        setAsText(true)
        setDraft(filter)
      }
    }, () => undefined)
    return () => {
      current = false
    }
  }, [filter, read])
  useEffect(() => {
    if (asText) setDraft(filter)
  }, [filter, asText])

  const put = (text: string, at = text.length): void => {
    setDraft(text)
    setCaret(at)
    setHushed(false)
    requestAnimationFrame(() => {
      input.current?.focus()
      input.current?.setSelectionRange(at, at)
    })
  }
  const run = async (text: string): Promise<void> => {
    const next = asText ? text.trim() : joinTerms([before, text])
    setHushed(true)
    // A reader that cannot be reached is no reason to stop: the list itself will say what is wrong.
    const answer = await read(next).catch(() => null)
    if (answer?.error) return setSaid({ text: next, error: answer.error })
    setSaid(null)
    if (!asText) setDraft('')
    if (next !== filter) onChange(next)
  }
  const complete = (item: ReadCompletion): void => {
    const from = Math.max(0, indexAt(whole, item.from) - lead)
    const to = Math.max(from, indexAt(whole, item.to) - lead)
    const text = draft.slice(0, from) + item.text + draft.slice(to)
    // A whole value ends a term; what ends in an operator goes on.
    if (item.kind === 'value' && !asText && to >= draft.trimEnd().length) void run(text)
    else put(text, from + item.text.length)
  }
  const editTerm = (term: Term, index: number): void => {
    if (draft.trim() !== '') return
    onChange(withoutTerm(filter, index))
    put(term.text)
  }
  const setText = (on: boolean): void => {
    if (on) {
      setAsText(true)
      put(joinTerms([filter, draft]))
    } else {
      setAsText(false)
      setSaid(null)
      put('')
      if (draft.trim() !== filter) void run(draft)
    }
  }
  const repair = (): void => {
    if (!said?.error.suggestion) return
    const { text, error } = said
    const next = text.slice(0, indexAt(text, error.from)) + error.suggestion + text.slice(indexAt(text, error.to))
    setSaid(null)
    if (asText) put(next)
    else if (before !== '' && next.startsWith(`${before} `)) put(next.slice(lead))
    else put(next.slice(lead))
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const pick = completions[chosen]
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !open) {
      event.preventDefault()
      setHushed(false)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setChosen((old) => (old < 0 ? (step > 0 ? 0 : completions.length - 1) : (old + step + completions.length) % completions.length))
    } else if (event.key === 'Tab' && !event.shiftKey && open && draft !== '') {
      const first = completions[Math.max(0, chosen)]
      if (!first) return
      event.preventDefault()
      complete(first)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (open && pick) complete(pick)
      else void run(draft)
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation()
      event.preventDefault()
      setHushed(true)
    } else if (event.key === 'Backspace' && draft === '' && !asText && terms.length > 0) {
      event.preventDefault()
      const last = terms[terms.length - 1]
      if (last) editTerm(last, terms.length - 1)
    }
  }
  useKeys({ 'mod+e': () => setText(!asText), '/': () => input.current?.focus() })
  const place = (): void => setCaret(clamp(input.current?.selectionStart ?? draft.length, 0, draft.length))
  return (
    <div className="filterbar" role="search">
      <div className={said ? 'filterbox wrong' : 'filterbox'} onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
        <span className="t3"><Icon name="search" size={14} /></span>
        {terms.map((term, index) => <Chip key={`${index} ${term.text}`} term={term} onOpen={() => editTerm(term, index)} onRemove={() => onChange(withoutTerm(filter, index))} />)}
        <input ref={input} data-filter aria-label={label} value={draft} spellCheck={false} autoComplete="off" autoCapitalize="off" enterKeyHint="search"
          role="combobox" aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" aria-invalid={said !== null} {...(said ? { 'aria-describedby': `${id}-error` } : {})}
          {...(open && chosen >= 0 ? { 'aria-activedescendant': `${id}-${chosen}` } : {})} placeholder={filter === '' || asText ? placeholder : 'and…'}
          onChange={(event) => { setDraft(event.target.value); setCaret(event.target.selectionStart ?? 0); setHushed(false); setSaid(null) }}
          onKeyDown={onKey} onSelect={place} onFocus={() => { setFocused(true); setHushed(true) }} onBlur={() => setFocused(false)} onClick={() => setHushed(false)} />
        {filter !== '' && <button type="button" className="btn quiet tiny" onClick={() => { setAsText(false); setDraft(''); setSaid(null); onChange('') }}>Clear</button>}
        <button type="button" className="btn quiet tiny astext" aria-pressed={asText} onClick={() => setText(!asText)}>{asText ? 'As chips' : 'As text'} <kbd>{keyName('⌘E')}</kbd></button>
      </div>
      {said && <Wrong said={said} id={`${id}-error`} onRepair={repair} />}
      <div className="pop suggestions" hidden={!open}>
        <div id={`${id}-list`} role="listbox" aria-label="Completions">
          {open && completions.map((item, index) => (
            <div key={`${item.kind} ${item.text} ${item.from}`} id={`${id}-${index}`} role="option" aria-selected={index === chosen} className="item"
              onMouseDown={(event) => { event.preventDefault(); complete(item) }}>
              <span className="mono clip">{item.label}</span><span className="t3 push small clip">{item.detail ?? item.kind}</span>
            </div>
          ))}
        </div>
        <div className="suggestkeys t3 small" aria-hidden="true"><kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Tab</kbd> complete <kbd>↵</kbd> run</div>
      </div>
    </div>
  )
}

function Chip({ term, onOpen, onRemove }: { term: Term; onOpen: () => void; onRemove: () => void }): ReactNode {
  return (
    <span className={term.negated ? 'chip not' : 'chip'}>
      <button type="button" className="chiptext" onClick={onOpen} title={`${term.text}\nClick to change it`} aria-label={`Change ${term.text}`}>
        {term.field === null ? <span className="v">{term.text}</span>
          : <>{term.negated && <span className="o">−</span>}<span className="f">{term.field}</span><span className="o">{term.operator}</span><span className="v">{term.value === '' ? '…' : term.value}</span></>}
      </button>
      <button type="button" className="chipx" onClick={onRemove} aria-label={`Remove ${term.text}`}><Icon name="close" size={10} weight={2} /></button>
    </span>
  )
}

const AROUND = 60

/** The place of the error under the text, as a compiler shows it; and what to write instead, one click away. */
function Wrong({ said, id, onRepair }: { said: Said; id: string; onRepair: () => void }): ReactNode {
  const { text, error } = said
  const from = indexAt(text, error.from)
  const to = Math.max(from + 1, indexAt(text, error.to))
  const start = Math.max(0, from - AROUND)
  const shown = text.slice(start, Math.min(text.length, to + AROUND))
  const lead = start > 0 ? '…' : ''
  return (
    <div className="filtererror" role="alert" id={id}>
      <pre aria-hidden="true">{lead}{shown}{'\n'}{' '.repeat(lead.length + from - start)}{'^'.repeat(clamp(to - from, 1, AROUND))}</pre>
      <p>{error.message}{/[.?!]$/.test(error.message) ? '' : '.'}
        {error.suggestion !== null && error.suggestion !== '' && <button type="button" className="btn tiny" onClick={onRepair}>Write <code>{error.suggestion}</code></button>}
      </p>
    </div>
  )
}
