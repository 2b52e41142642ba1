// Counts: tokens are shortened to three figures, everything else is written out with group marks.

const UNITS = [[1e3, 'k'], [1e6, 'M'], [1e9, 'B'], [1e12, 'T']] as const

/** Token count: `412`, `1.92k`, `24.1k`, `3.20M`, `11.4B`; unknown is a dash. */
export function formatTokens(count: number | null | undefined): string {
  if (count == null || Number.isNaN(count)) return '—'
  if (count < 1000) return String(Math.round(count))
  // What would be rounded to a thousand of a unit is one of the next.
  const [size, unit] = UNITS.find(([of]) => count < of * 999.5) ?? UNITS[UNITS.length - 1]!
  const value = count / size
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + unit
}

export function formatCount(count: number | null | undefined): string {
  if (count == null || Number.isNaN(count)) return '—'
  return Math.round(count).toLocaleString('en-US')
}

/** `part` of `whole` in whole percent; `<1` rather than 0 for something that is there. */
export function formatShare(part: number, whole: number): string {
  if (!(whole > 0) || Number.isNaN(part)) return ''
  const percent = (part / whole) * 100
  if (percent > 0 && percent < 0.5) return '<1'
  return String(Math.round(percent))
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return '—'
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + ' ' + units[unit]
}

export function plural(count: number, one: string, many = one + 's'): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
