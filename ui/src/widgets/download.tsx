// Taking rows along: a menu of formats, each a plain link that the browser saves.
import type { ReactNode } from 'react'
import { Icon } from './icons'
import { useKeys } from './keys'
import { Popover } from './popover'

export interface Download {
  name: string
  note: string
  href: string
  /** What the file is called. */
  file: string
}

/** Something that the page itself writes: what it shows, as it shows it. */
export interface Saved {
  name: string
  note: string
  onSave: () => void
}

/** `e` opens it. `what` says which rows, since a file outlives the page it came from; `rows`, how many. */
export function DownloadMenu({ what, rows, downloads, saved = [] }: { what: string; rows?: ReactNode; downloads: readonly Download[]; saved?: readonly Saved[] }): ReactNode {
  useKeys({ e: () => document.querySelector<HTMLElement>('[data-export]')?.click() })
  return (
    <Popover align="end" trigger={<button type="button" className="btn quiet tiny" data-export title="e"><Icon name="download" size={12} /> Export</button>}>
      {(close) => (
        <div className="exportmenu">
          {saved.map((item) => <button key={item.name} type="button" className="item" onClick={() => { item.onSave(); close() }}><span>{item.name}</span><span className="t3 small push">{item.note}</span></button>)}
          {saved.length > 0 && <hr />}
          <p className="t3 small">{what}</p>
          {rows !== undefined && <p className="small" data-rows>{rows}</p>}
          {downloads.map((item) => <a key={item.name} className="item" href={item.href} download={item.file} onClick={close}><span>{item.name}</span><span className="t3 small push">{item.note}</span></a>)}
        </div>
      )}
    </Popover>
  )
}
