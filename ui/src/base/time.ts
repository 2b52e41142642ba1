// Time: the API speaks RFC 3339 with nanoseconds and durations in integer nanoseconds; people read the clocks of their project
// (base/zone.ts) and short units.
import { inZone } from './zone'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const pad = (value: number, width = 2): string => String(value).padStart(width, '0')

/** A duration in nanoseconds: `38 µs`, `4.2 ms`, `840 ms`, `2.62 s`, `1 m 28 s`, `3 h 05 m`; unknown is a dash. */
export function formatDuration(ns: number | null | undefined): string {
  if (ns == null || Number.isNaN(ns)) return '—'
  if (ns < 0) return '−' + formatDuration(-ns)
  if (ns === 0) return '0 ms'
  if (ns < 1_000) return Math.round(ns) + ' ns'
  if (ns < 999_500) return Math.round(ns / 1e3) + ' µs'
  const ms = ns / 1e6
  if (ms < 9.95) return ms.toFixed(1) + ' ms'
  if (ms < 999.5) return Math.round(ms) + ' ms'
  if (ms < 59_995) return (ms / 1e3).toFixed(2) + ' s'
  const seconds = Math.round(ms / 1e3)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`
  return `${Math.floor(minutes / 1440)} d ${pad(Math.floor((minutes % 1440) / 60))} h`
}

/** A step of an axis: a duration without the zeros at its end, `15 m`, `5 s`, `200 ms`. */
export function formatStep(ns: number): string {
  if (ns === 0) return '0'
  return formatDuration(ns).replace(/(\.\d*?)0+ (m?s)$/, '$1 $2').replace(/\. (m?s)$/, ' $1').replace(/ 00 [sm]$/, '').replace(/ 00 h$/, '')
}

/** A length said roughly, in one unit: `40 s`, `32 min`, `6 h`, `251 days`; with `≈` where something was left off. */
export function formatRough(ns: number): string {
  const units = [[86_400e9, ' days'], [3600e9, ' h'], [60e9, ' min'], [1e9, ' s']] as const
  for (const [size, unit] of units) {
    if (ns < 2 * size && !(ns % size === 0 && ns >= size)) continue
    const count = Math.round(ns / size)
    return `${count * size === ns ? '' : '≈ '}${count}${count === 1 && unit === ' days' ? ' day' : unit}`
  }
  return formatStep(ns)
}

/** Milliseconds since the epoch, or NaN. Date keeps three digits; more than that is cut here, not refused. */
export function parseTime(text: string): number {
  return Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
}

/** `01:31:07.204` */
export function formatClock(text: string): string {
  const ms = parseTime(text)
  if (Number.isNaN(ms)) return text
  const at = inZone(ms)
  return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}.${pad(at.getUTCMilliseconds(), 3)}`
}

/** `21 Nov`, with the year where it is not the current one. */
export function formatDay(ms: number, now: number): string {
  const at = inZone(ms)
  const year = at.getUTCFullYear()
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${year === inZone(now).getUTCFullYear() ? '' : ' ' + year}`
}

/** `21 Nov 01:31:07.204` */
export function formatMoment(text: string, now = Date.now()): string {
  const ms = parseTime(text)
  return Number.isNaN(ms) ? text : `${formatDay(ms, now)} ${formatClock(text)}`
}

/** `21 Nov 01:31` */
export function formatMinute(ms: number, now = Date.now()): string {
  const at = inZone(ms)
  return `${formatDay(ms, now)} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`
}

/** How long ago, in one unit: `just now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`. */
export function formatAgo(text: string, now = Date.now()): string {
  const ms = parseTime(text)
  if (Number.isNaN(ms)) return text
  const seconds = Math.round((now - ms) / 1000)
  if (seconds < 3) return 'just now'
  if (seconds < 90) return `${seconds} s ago`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} d ago`
}

/** Round steps for a time axis over `span` ns, at most `count` of them. */
export function axisStep(span: number, count: number): number {
  const rough = span / Math.max(1, count)
  if (!(rough > 0)) return 1
  const MINUTE = 60e9
  const steps = [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE).concat([1, 2, 3, 6, 12, 24].map((n) => n * 60 * MINUTE))
  if (rough > 30e9) return steps.find((step) => step >= rough) ?? Math.ceil(rough / (24 * 60 * MINUTE)) * 24 * 60 * MINUTE
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((n) => n * power >= rough) ?? 10
  const step = factor * power
  return rough > 10e9 && step > 20e9 ? 30e9 : step
}

/** A tick of a time axis with steps of `stepMs`: the day where one begins, else the time of day, as fine as it must be. */
export function timeTick(ms: number, stepMs: number): string {
  const minute = formatMinute(ms)
  if (stepMs >= 86_400_000) return minute.slice(0, -6)
  if (stepMs < 60_000) return inZone(ms).toISOString().slice(11, 19)
  return inZone(ms).getTime() % 86_400_000 === 0 ? minute.slice(0, -6) : minute.slice(-5)
}
