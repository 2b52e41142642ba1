// The question in controls: unit, measures as chips, groups, interval, view.
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import type { FilterUnit } from '@/api/filter'
import { measureTitle } from '@/base/measure'
import { Icon } from '@/widgets/icons'
import { DIMENSIONS, GROUPINGS_MAX, HEAT_MEASURES, INTERVALS, MEASURES_MAX, TOPS, VIEWS, knownMeasures, type Explorer, type ExplorerSearch } from '../lib/state'

const UNITS: readonly FilterUnit[] = ['calls', 'spans', 'traces']
const VIEW_NAMES = { lines: 'Lines', stack: 'Stack', bars: 'Bars', heat: 'Heatmap' } as const

interface QuestionProps {
  explorer: Explorer
  set: (part: ExplorerSearch) => void
  scores: readonly string[]
  /** Without, somebody else chooses how it is drawn. */
  views?: boolean
  tools?: ReactNode
}

export function Question({ explorer, set, scores, views = true, tools }: QuestionProps): ReactNode {
  const { unit, measures, by, interval, view, top, compare, heat } = explorer
  const setMeasures = (next: readonly string[]): void => set({ measures: next.join(',') })
  return (
    <div className="question">
      <span className="seg" role="group" aria-label="What is counted">{UNITS.map((name) => <button key={name} type="button" aria-pressed={unit === name} onClick={() => set({ unit: name === 'calls' ? '' : name })}>{name.charAt(0).toUpperCase() + name.slice(1)}</button>)}</span>
      {views && <span className="seg" role="group" aria-label="View">{VIEWS.map((name) => <button key={name} type="button" aria-pressed={view === name} onClick={() => set({ view: name === 'lines' ? '' : name })}>{VIEW_NAMES[name]}</button>)}</span>}
      {view === 'heat' ? (
        <label className="row"><span className="t3 small">Measure</span>
          <select className="chooser" data-measure value={heat} onChange={(event) => set({ heat: event.target.value, region: '' })}>{[...new Set([...HEAT_MEASURES, ...scores.map((name) => `score.${name}`), heat])].map((name) => <option key={name} value={name}>{measureTitle(name)}</option>)}</select></label>
      ) : (
        <>
          <Tokens label="Measures" data="measure" values={measures} known={knownMeasures(scores)} placeholder="a measure, like p95(ttft)" max={MEASURES_MAX} onChange={setMeasures} />
          <Tokens label="Group by" data="by" values={by} known={[...DIMENSIONS, ...scores.map((name) => `score.${name}`)]} placeholder="dimension, attr.key" max={GROUPINGS_MAX} onChange={(next) => set({ by: next.join(',') })} />
          <label className="row"><span className="t3 small">Every</span><select className="chooser" value={interval} onChange={(event) => set({ interval: event.target.value === 'auto' ? '' : event.target.value })}>{INTERVALS.map((name) => <option key={name} value={name}>{name === 'none' ? 'whole time' : name}</option>)}</select></label>
          {by.length > 0 && <label className="row"><span className="t3 small">Top</span><select className="chooser" value={top} onChange={(event) => set({ top: event.target.value === '10' ? '' : event.target.value })}>{TOPS.map((count) => <option key={count}>{count}</option>)}</select></label>}
          <label className="row check"><input type="checkbox" checked={compare} onChange={(event) => set({ compare: event.target.checked ? '' : 'none' })} /> period before</label>
        </>
      )}
      {tools}
    </div>
  )
}

/** Values as chips, with a field to add one; what is known is offered, anything can be typed. */
function Tokens({ label, data, values, known, placeholder, max, onChange }: { label: string; data: string; values: readonly string[]; known: readonly string[]; placeholder: string; max: number; onChange: (values: readonly string[]) => void }): ReactNode {
  const [draft, setDraft] = useState('')
  const add = (text: string): void => {
    const value = text.trim().replaceAll(',', '')
    setDraft('')
    if (value !== '' && !values.includes(value) && values.length < max) onChange([...values, value])
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') {
      event.preventDefault()
      add(draft)
    } else if (event.key === 'Backspace' && draft === '' && values.length > 0) {
      event.preventDefault()
      setDraft(values.at(-1) ?? '')
      onChange(values.slice(0, -1))
    }
  }
  return (
    <span className="tokenbox">
      <span className="t3 small">{label}</span>
      {values.map((value) => (
        <span key={value} className="chip"><span className="v">{value}</span><button type="button" className="chipx" aria-label={`Remove ${value}`} onClick={() => onChange(values.filter((item) => item !== value))}><Icon name="close" size={10} weight={2} /></button></span>
      ))}
      {values.length < max && (
        <>
          <input {...{ [`data-${data}`]: '' }} className="plain mono small" aria-label={`Add to ${label.toLowerCase()}`} list={`known-${data}`} value={draft} placeholder={placeholder} spellCheck={false}
            onChange={(event) => { const text = event.target.value; if (known.includes(text) && !(event.nativeEvent as InputEvent).inputType) add(text); else setDraft(text) }} onKeyDown={onKey} onBlur={() => known.includes(draft) && add(draft)} />
          <datalist id={`known-${data}`}>{known.filter((name) => !values.includes(name)).map((name) => <option key={name} value={name} />)}</datalist>
        </>
      )}
    </span>
  )
}
