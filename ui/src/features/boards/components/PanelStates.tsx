// What a panel shows while it has no numbers: waiting, nothing, or what went wrong.
import type { ReactNode } from 'react'
import type { Panel } from '@/api/boards'
import { asProblem } from '@/api/client'
import { Icon } from '@/widgets/icons'
import { Late, Remedy } from '@/widgets/states'

export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  const { message, hint, requestId } = asProblem(error)
  return (
    <div className="panelstate" role="alert">
      <p className="err row"><Icon name="error" size={13} /> <span>{message}</span></p>
      {hint !== null && <p className="t2"><Remedy text={hint} /></p>}
      <p className="row wrap"><button type="button" className="btn tiny" onClick={onRetry}>Try again</button>{requestId !== null && <span className="t3 micro">request <code>{requestId}</code></span>}</p>
    </div>
  )
}

export const Waiting = (): ReactNode => <Late><div className="panelstate" role="status" aria-label="Loading" aria-busy="true"><i className="skeleton" style={{ width: '40%' }} /><i className="skeleton" style={{ width: '70%' }} /></div></Late>

export function Nothing({ panel }: { panel: Panel }): ReactNode {
  return <div className="panelstate"><p className="t3">No {panel.query.unit ?? 'calls'} in this time{panel.query.filter === undefined ? '' : ' that match'}.</p></div>
}
