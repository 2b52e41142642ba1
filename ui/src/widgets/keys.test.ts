import { expect, it } from 'vitest'
import { keyName } from './keys'

it('names the key that a keyboard has', () => {
  expect(['⌘K', '⌘↵', 'Esc', '⌘'].map((name) => keyName(name, false))).toEqual(['Ctrl K', 'Ctrl ↵', 'Esc', '⌘'])
  expect(keyName('⌘K', true)).toBe('⌘K')
})
