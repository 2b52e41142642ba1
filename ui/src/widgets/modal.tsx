// A modal on the browser's own <dialog>: focus is kept inside and given back, Escape closes, no style is injected.
import { useLayoutEffect, useRef, type ReactNode } from 'react'

export function Modal({ open, onClose, label, className, children }: {
  open: boolean
  onClose: () => void
  label: string
  className: string
  children: ReactNode
}): ReactNode {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = element.current
    if (!dialog) return
    if (open && !dialog.open) {
      dialog.showModal()
      // What asked for the focus when it was made asked in vain: it was not shown yet.
      dialog.querySelector<HTMLElement>('input, textarea')?.focus()
    }
    if (!open && dialog.open) dialog.close()
  }, [open])
  return (
    <dialog ref={element} className={className} aria-label={label} onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}>
      {open ? children : null}
    </dialog>
  )
}
