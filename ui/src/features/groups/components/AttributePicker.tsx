// Any attribute as the dimension: what was sent is offered while a key is typed, by the reader of filters.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { filterQuery, type FilterUnit } from '@/api/filter'
import { useScope } from '@/api/scope'
import { attributeOf } from '../lib/pages'

const PREFIX = 'attr.'

export function AttributePicker({ unit, by, onPick }: { unit: FilterUnit; by: string; onPick: (by: string) => void }): ReactNode {
  const { project } = useScope()
  const chosen = by.startsWith(PREFIX) ? by.slice(PREFIX.length) : ''
  const [text, setText] = useState(chosen)
  const [asked, setAsked] = useState(false)
  useEffect(() => setText(chosen), [chosen])
  const known = useQuery({ ...filterQuery(project, unit, PREFIX, PREFIX.length), enabled: asked })
  const pick = (value: string): void => {
    const name = attributeOf(value)
    if (name !== null && name !== by) onPick(name)
  }
  return (
    <form className="attribute" onSubmit={(event) => { event.preventDefault(); pick(text) }}>
      <input className={chosen === '' ? 'plain mono small' : 'plain mono small on'} list="known-attributes" aria-label="By an attribute" placeholder="or an attribute" value={text} spellCheck={false} onFocus={() => setAsked(true)}
        onChange={(event) => { setText(event.target.value); if (!(event.nativeEvent as InputEvent).inputType) pick(event.target.value) }} onBlur={() => { if (text.trim() !== '') pick(text); else setText(chosen) }} />
      <datalist id="known-attributes">{(known.data?.completions ?? []).map((item) => <option key={item.text} value={item.label.replace(/^attr\./, '')} />)}</datalist>
    </form>
  )
}
