// The command palette. Its commands are read when it is first opened; what is typed meanwhile is theirs.
import { Suspense, lazy, useRef, type ReactNode } from 'react'
import { whenThere } from '@/api/reach'
import { Modal } from '@/widgets/modal'
import type { PaletteActions } from './Commands'

const Commands = lazy(() => whenThere(() => import('./Commands')).then((file) => ({ default: file.Commands })))

export function Palette({ open, ...actions }: PaletteActions & { open: boolean }): ReactNode {
  return (
    <Modal open={open} onClose={actions.onClose} label="Command palette" className="palette">
      <Content {...actions} />
    </Modal>
  )
}

function Content(actions: PaletteActions): ReactNode {
  const typed = useRef('')
  return (
    <Suspense fallback={<input cmdk-input="" aria-label="Commands" autoComplete="off" spellCheck={false} onChange={(event) => { typed.current = event.target.value }} />}>
      <Commands {...actions} typed={typed} />
    </Suspense>
  )
}
