// A popover under a button. Non-modal, so nothing is injected into the page's head.
import * as Radix from '@radix-ui/react-popover'
import { useState, type ReactNode } from 'react'

/** `label` names a popover that has no menu within. */
export function Popover({ trigger, children, align = 'start', label }: {
  trigger: ReactNode
  children: (close: () => void) => ReactNode
  align?: 'start' | 'end'
  label?: string
}): ReactNode {
  const [open, setOpen] = useState(false)
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="pop" {...(label === undefined ? {} : { 'aria-label': label })} align={align} sideOffset={4} collisionPadding={8}>
          {children(() => setOpen(false))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
