// Money in the UI: decimal strings of the API as integer nano-dollars. A Number holds integers exactly up to
// 2^53, which is nine million dollars in nano-dollars, so sums over a trace stay exact and fit typed arrays.

const NANO = 1_000_000_000

/** Reads a decimal dollar string as integer nano-dollars. Null or malformed text is null, never 0. */
export function nanoUsd(text: string | null | undefined): number | null {
  if (text == null) return null
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!parts) return null
  const fraction = (parts[3] ?? '').padEnd(9, '0').slice(0, 9)
  const value = Number(parts[2]) * NANO + Number(fraction)
  return parts[1] ? -value : value
}

function grouped(integer: number): string {
  return String(integer).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Writes nano-dollars the way the product does: `$0.0042`, `$0.412`, `$3.42`, `$218`, `<$0.0001`, `unpriced`. */
export function formatNanoUsd(nano: number | null): string {
  if (nano == null || Number.isNaN(nano)) return 'unpriced'
  if (nano < 0) return '−' + formatNanoUsd(-nano)
  if (nano === 0) return '$0'
  const usd = nano / NANO
  if (usd < 0.0001) return '<$0.0001'
  if (usd < 0.09995) return '$' + usd.toFixed(4)
  if (usd < 0.9995) return '$' + usd.toFixed(3)
  if (usd < 99.995) return '$' + usd.toFixed(2)
  return '$' + grouped(Math.round(usd))
}

export function formatUsd(text: string | null | undefined): string {
  return formatNanoUsd(nanoUsd(text))
}

/** Every digit of an amount, at least two of them behind the point: what a bill is checked against. */
export function formatUsdExact(text: string): string {
  return text.startsWith('-') ? '−' + formatRate(text.slice(1)) : formatRate(text)
}

/** A rate as a decimal string in dollars per million tokens, without trailing zeros. */
export function formatRate(text: string): string {
  if (!/^\d+(\.\d+)?$/.test(text)) return text
  const trimmed = text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
  const [whole, fraction] = trimmed.split('.')
  return '$' + grouped(Number(whole)) + (fraction ? '.' + fraction.padEnd(2, '0') : '.00')
}
