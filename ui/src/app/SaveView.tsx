// `s`: gives the view on the screen a name; the list of all names, in the order that everybody sees.
import { useState, type ReactNode } from 'react'
import type { SavedView } from '@/api/boards'
import { asProblem, type Problem } from '@/api/client'
import { useScope } from '@/api/scope'
import { Icon } from '@/widgets/icons'
import { keyName } from '@/widgets/keys'
import { Modal } from '@/widgets/modal'
import { splitAddress, useViewActions, useViews } from './views'

const NAME_MAX = 120

interface Props {
  onClose: () => void
  onSaved: (name: string) => void
  title: string
}

export function SaveView({ open, ...form }: Props & { open: boolean }): ReactNode {
  return <Modal open={open} onClose={form.onClose} label="Save this view" className="saveview"><Form {...form} /></Modal>
}

function Form({ onClose, onSaved, title }: Props): ReactNode {
  const { project } = useScope()
  const views = useViews(project)
  const actions = useViewActions(project, views)
  const [name, setName] = useState(title)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const taken = views.some((view) => view.name === name.trim())
  const run = (action: Promise<void>, then?: () => void): void => {
    setBusy(true)
    setProblem(null)
    action.then(then, (error: unknown) => setProblem(asProblem(error))).finally(() => setBusy(false))
  }
  const save = (): void => {
    if (name.trim() === '') return
    const { page, query } = splitAddress(window.location.pathname + window.location.search)
    run(actions.save({ name: name.trim(), page, query }), () => { onClose(); onSaved(name.trim()) })
  }
  return (
    <form className="viewform" onSubmit={(event) => { event.preventDefault(); save() }}>
      <h1>Save this view</h1>
      <label>Name <input className="plain" autoFocus value={name} onChange={(event) => setName(event.target.value)} onFocus={(event) => event.target.select()} maxLength={NAME_MAX} /></label>
      <p className="t3 small">Kept on the server for everybody of this project. {keyName('⌘K')} finds it by its name; a link (<kbd>y</kbd>) shares it.</p>
      {problem && <p className="err small" role="alert">{problem.message}{problem.hint === null ? '' : ` ${problem.hint}`}</p>}
      <div className="row"><button type="submit" className="btn primary" disabled={busy || name.trim() === ''}>{taken ? 'Replace' : 'Save'}</button><button type="button" className="btn" onClick={onClose}>Cancel</button></div>
      {views.length > 0 && <ul className="viewlist" aria-label="Saved views">{views.map((view, index) => (
        <Entry key={view.id} view={view} first={index === 0} last={index === views.length - 1} onMove={(step) => run(actions.move(view, index + step))} onRemove={() => run(actions.remove(view))} />
      ))}</ul>}
    </form>
  )
}

function Entry({ view, first, last, onMove, onRemove }: { view: SavedView; first: boolean; last: boolean; onMove: (step: number) => void; onRemove: () => void }): ReactNode {
  return (
    <li className="row">
      <span className="clip grow">{view.name}</span><span className="t3 small clip">{view.page}</span>
      <button type="button" className="btn quiet tiny" disabled={first} onClick={() => onMove(-1)} aria-label={`Move ${view.name} up`}><Icon name="up" size={12} /></button>
      <button type="button" className="btn quiet tiny" disabled={last} onClick={() => onMove(1)} aria-label={`Move ${view.name} down`}><Icon name="down" size={12} /></button>
      <button type="button" className="btn quiet tiny" onClick={onRemove} aria-label={`Remove ${view.name}`}>Remove</button>
    </li>
  )
}
