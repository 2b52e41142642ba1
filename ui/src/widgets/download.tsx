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

/** `e` opens it. `what` says which rows, since a file outlives the page it came from. */
export function DownloadMenu({ what, downloads }: { what: string; downloads: readonly Download[] }): ReactNode {
  useKeys({ e: () => document.querySelector<HTMLElement>('[data-export]')?.click() })
  return (
    <Popover align="end" trigger={<button type="button" className="btn quiet tiny" data-export title="e"><Icon name="download" size={12} /> Export</button>}>
      {(close) => (
        <div className="exportmenu">
          <p className="t3 small">{what}</p>
          {downloads.map((item) => <a key={item.name} className="item" href={item.href} download={item.file} onClick={close}><span>{item.name}</span><span className="t3 small push">{item.note}</span></a>)}
        </div>
      )}
    </Popover>
  )
}
