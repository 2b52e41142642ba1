// Saved views, in the bar of every page: what everybody of the project has kept, and a way to keep this one.
import { useRouter, useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useScope } from '@/api/scope'
import { Icon } from '@/widgets/icons'
import { Popover } from '@/widgets/popover'
import { addressOf, splitAddress, useViews } from './views'

export function ViewsMenu({ onSave }: { onSave: () => void }): ReactNode {
  return (
    <Popover align="end" label="Saved views" trigger={<button type="button" className="btn quiet viewsbtn" title="Saved views" aria-label="Saved views"><Icon name="save" size={14} /><span className="label">Views</span></button>}>
      {(close) => <List onClose={close} onSave={onSave} />}
    </Popover>
  )
}

function List({ onClose, onSave }: { onClose: () => void; onSave: () => void }): ReactNode {
  const { project } = useScope()
  const router = useRouter()
  const views = useViews(project)
  const here = splitAddress(useRouterState({ select: (state) => state.location.href }))
  return (
    <>
      {views.length === 0 ? <p className="t3 small viewsnone">No view of this project is saved yet. A view is this page with its filter, time and columns.</p> : (
        <ul aria-label="Views of this project">{views.map((view) => {
          const isHere = view.page === here.page && view.query === here.query
          return (
            <li key={view.id}><button type="button" {...(isHere ? { 'aria-current': 'true' as const } : {})} className="item" onClick={() => { onClose(); router.history.push(addressOf(view, project)) }}>
              <span style={{ width: 13 }}>{isHere && <Icon name="check" size={13} weight={2} />}</span>
              <span className="grow clip">{view.name}</span><span className="t3 small clip viewspage">{view.page === '/' ? 'home' : view.page.slice(1).split('/')[0]}</span>
            </button></li>
          )
        })}</ul>
      )}
      <button type="button" className="item viewssave" onClick={() => { onClose(); onSave() }}><span style={{ width: 13 }}><Icon name="plus" size={13} /></span><span className="grow">{views.length === 0 ? 'Save this view' : 'Save this view, or change the list'}</span><kbd>s</kbd></button>
    </>
  )
}
