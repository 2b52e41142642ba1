// The theme: light, dark or the system's. Canvas drawing needs colours as values, so it asks here and is told when
// they change.
import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'vitrine-theme'
const listeners = new Set<() => void>()
const resolved = new Map<string, string>()
let version = 0

const media = window.matchMedia('(prefers-color-scheme: dark)')

function changed(): void {
  resolved.clear()
  version++
  for (const listener of listeners) listener()
}
media.addEventListener('change', changed)

export function currentTheme(): Theme {
  const forced = document.documentElement.dataset['theme']
  return forced === 'light' || forced === 'dark' ? forced : 'system'
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // Storage may be closed to us; the choice then lasts as long as the page.
  }
  changed()
}

export function nextTheme(): void {
  setTheme(currentTheme() === 'system' ? 'light' : currentTheme() === 'light' ? 'dark' : 'system')
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Changes whenever colours do; put it into the dependencies of a drawing effect. */
export const useThemeVersion = (): number => useSyncExternalStore(subscribe, () => version)
export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme)

/** The value of a colour token in the theme of this moment, as the browser computes it. */
export function colourOf(token: string): string {
  const known = resolved.get(token)
  if (known !== undefined) return known
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  probe.hidden = true
  document.body.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  resolved.set(token, colour)
  return colour
}
