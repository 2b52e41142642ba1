// Keyboard: one listener, a stack of key maps. The newest map that knows a key takes it; typing in a field goes nowhere.
import { useEffect, useRef } from 'react'

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Both keys work everywhere; the one that is on the keyboard is named. */
const APPLE = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** A key as it is written on pages: `⌘K` is `Ctrl K` where there is no ⌘. */
export const keyName = (name: string, apple = APPLE): string => (apple ? name : name.replace(/⌘(?=.)/g, 'Ctrl '))

const stack: { current: KeyMap }[] = []
let goUntil = 0
const GO_WINDOW_MS = 900

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)
}

/** The name of a key as key maps spell it: `mod+k`, `g t`, `T`, `ArrowDown`. */
function nameOf(event: KeyboardEvent): string {
  if (event.metaKey || event.ctrlKey) return `mod+${event.key.toLowerCase()}`
  return event.key === ' ' ? 'Space' : event.key
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return
  const name = nameOf(event)
  // Of a key pressed within a shadow root, the target is its host: the path knows the field.
  const target = event.composedPath()[0] ?? event.target
  const field = inField(target)
  if (field && name === 'Escape') (target as HTMLElement).blur()
  if (field && !name.startsWith('mod+')) return
  if (document.querySelector('dialog[open]') && name !== 'mod+k') return
  const control = event.target instanceof Element && event.target.closest('button, a, [role=tab], summary, .pop')
  if (control && (name === 'Enter' || name === 'Space' || (control.getAttribute('role') === 'tab' && name.startsWith('Arrow')))) return
  const now = Date.now()
  const going = now < goUntil
  goUntil = 0
  if (!going && name === 'g') {
    goUntil = now + GO_WINDOW_MS
    return
  }
  for (let i = stack.length - 1; i >= 0; i--) {
    const action = stack[i]?.current[going ? `g ${name}` : name]
    if (!action) continue
    event.preventDefault()
    action(event)
    return
  }
}

export function useKeys(map: KeyMap, enabled = true): void {
  const holder = useRef(map)
  useEffect(() => {
    holder.current = map
  })
  useEffect(() => {
    if (!enabled) return
    const entry = holder
    if (stack.length === 0) window.addEventListener('keydown', onKey)
    stack.push(entry)
    return () => {
      stack.splice(stack.lastIndexOf(entry), 1)
      if (stack.length === 0) window.removeEventListener('keydown', onKey)
    }
  }, [enabled])
}
