// `s`: gives the view on the screen a name.
import { useState, type ReactNode } from 'react'
import { Modal } from '@/widgets/modal'
import { removeView, saveView, useViews } from './views'

function addressHere(): string {
  const url = new URL(window.location.href)
  url.searchParams.delete('theme')
  return url.pathname + url.search
}

export function SaveView({ open, onClose, title }: { open: boolean; onClose: () => void; title: string }): ReactNode {
  return <Modal open={open} onClose={onClose} label="Save this view" className="saveview"><Form onClose={onClose} title={title} /></Modal>
}

function Form({ onClose, title }: { onClose: () => void; title: string }): ReactNode {
  const views = useViews()
  const [name, setName] = useState(title)
  const [failed, setFailed] = useState(false)
  const taken = views.some((view) => view.name === name.trim())
  const save = (): void => {
    if (name.trim() === '') return
    if (saveView({ name: name.trim(), address: addressHere() })) onClose()
    else setFailed(true)
  }
  return (
    <form className="viewform" onSubmit={(event) => { event.preventDefault(); save() }}>
      <h1>Save this view</h1>
      <label>Name <input className="plain" autoFocus value={name} onChange={(event) => setName(event.target.value)} onFocus={(event) => event.target.select()} maxLength={120} /></label>
      <p className="t3 small">Kept in this browser. ⌘K finds it by its name; a link (<kbd>y</kbd>) shares it.</p>
      {failed && <p className="err small" role="alert">This browser keeps nothing for this page; the view lasts until it is closed.</p>}
      <div className="row"><button type="submit" className="btn primary" disabled={name.trim() === ''}>{taken ? 'Replace' : 'Save'}</button><button type="button" className="btn" onClick={onClose}>Cancel</button></div>
      {views.length > 0 && <ul className="viewlist">{views.map((view) => <li key={view.name} className="row"><span className="clip grow">{view.name}</span><button type="button" className="btn quiet tiny" onClick={() => removeView(view.name)} aria-label={`Remove ${view.name}`}>Remove</button></li>)}</ul>}
    </form>
  )
}
