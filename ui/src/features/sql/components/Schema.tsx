// The views and their columns as a tree; a click writes the name where the caret is.
import { useState, type ReactNode } from 'react'
import { Icon } from '@/widgets/icons'
import { Late, ProblemLine, type ProblemView } from '@/widgets/states'
import { shortType, type View } from '../lib/views'

export function Schema({ views, pending, problem, onRetry, onInsert }: { views: readonly View[]; pending: boolean; problem: ProblemView | null; onRetry: () => void; onInsert: (name: string) => void }): ReactNode {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(['calls']))
  const [find, setFind] = useState('')
  const words = find.trim().toLowerCase()
  const toggle = (name: string): void => setOpen((old) => { const next = new Set(old); if (!next.delete(name)) next.add(name); return next })
  return (
    <aside className="schema" aria-label="Views">
      <label className="field"><Icon name="search" size={12} /><input value={find} onChange={(event) => setFind(event.target.value)} placeholder="Find a column" aria-label="Find a column" /></label>
      {pending && <Late><p className="t3 small">Reading the views</p></Late>}
      {problem !== null && <ProblemLine what="The views could not be read" problem={problem} onRetry={onRetry} />}
      <ul>{views.map((view) => {
        const shown = words === '' ? view.columns : view.columns.filter((column) => column.name.toLowerCase().includes(words))
        const expanded = words === '' ? open.has(view.name) : shown.length > 0
        if (words !== '' && shown.length === 0) return null
        return (
          <li key={view.name}>
            <div className="row viewrow">
              <button type="button" aria-expanded={expanded} className="row viewname" onClick={() => toggle(view.name)}><Icon name={expanded ? 'down' : 'right'} size={11} /><b className="strong">{view.name}</b></button>
              <span className="t3 micro num push">{view.columns.length === 0 ? 'not here' : view.columns.length}</span>
              <button type="button" className="btn quiet tiny" aria-label={`Write ${view.name}`} title="Write its name" onClick={() => onInsert(view.name)}><Icon name="right" size={11} /></button>
            </div>
            {expanded && <ul>{shown.map((column) => (
              <li key={column.name}><button type="button" className="column" title={`${column.name} ${column.type}`} onClick={() => onInsert(column.name)}><span className="clip">{column.name}</span><span className="t3 micro push nowrap">{shortType(column.type)}</span></button></li>
            ))}</ul>}
          </li>
        )
      })}</ul>
    </aside>
  )
}
