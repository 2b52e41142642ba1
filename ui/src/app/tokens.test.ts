import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SERIES_COLOURS } from '@/widgets/chart/colours'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const channels = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
function valueOf(token: string, theme: 'light' | 'dark'): string {
  const found = new RegExp(`${token}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css)
  return (theme === 'light' ? found?.[1] : found?.[2]) ?? ''
}

function brightness(hex: string): number {
  const [r = 0, g = 0, b = 0] = channels(hex).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [brightness(a), brightness(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}
const spread = (hex: string): number => Math.max(...channels(hex)) - Math.min(...channels(hex))

describe.each(['light', 'dark'] as const)('colours of series, %s', (theme) => {
  it.each(SERIES_COLOURS)('%s stands out from every surface, and is no grey: that is "other"', (token) => {
    const colour = valueOf(token, theme)
    for (const surface of ['--bg', '--surface', '--sunken', '--raised', '--hover']) expect(contrast(colour, valueOf(surface, theme))).toBeGreaterThanOrEqual(3)
    expect(spread(colour)).toBeGreaterThan(0.25)
    expect(spread(valueOf('--s6', theme))).toBeLessThan(0.12)
  })
})
