// Counts: tokens are shortened to three figures, everything else is written out with group marks.

/** Token count: `412`, `1.92k`, `24.1k`, `3.20M`; unknown is a dash. */
export function formatTokens(count: number | null | undefined): string {
  if (count == null || Number.isNaN(count)) return '—'
  if (count < 1000) return String(Math.round(count))
  if (count < 9_995) return (count / 1e3).toFixed(2) + 'k'
  if (count < 99_950) return (count / 1e3).toFixed(1) + 'k'
  if (count < 999_500) return Math.round(count / 1e3) + 'k'
  if (count < 9_995_000) return (count / 1e6).toFixed(2) + 'M'
  return (count / 1e6).toFixed(1) + 'M'
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
