// The command palette. Its commands are read when it is first opened.
import { Suspense, lazy, type ReactNode } from 'react'
import { whenThere } from '@/api/reach'
import { Modal } from '@/widgets/modal'

const Commands = lazy(() => whenThere(() => import('./Commands')).then((file) => ({ default: file.Commands })))

export function Palette({ open, onClose, onHelp, onSave }: { open: boolean; onClose: () => void; onHelp: () => void; onSave: () => void }): ReactNode {
  return (
    <Modal open={open} onClose={onClose} label="Command palette" className="palette">
      <Suspense fallback={null}><Commands onClose={onClose} onHelp={onHelp} onSave={onSave} /></Suspense>
    </Modal>
  )
}
