// Cost growth against call growth: how much of a change of cost is more calls, and how much dearer ones. Pure.
import { formatChange, formatValue } from '@/base/measure'

export interface Growth {
  /** Dollars that more calls at the price of before would have added. */
  byCalls: number
  /** The rest: the same calls at another price each. */
  byPrice: number
}

/** Both parts add up to the difference of cost; null where one side is not known. */
export function growthOf(cost: readonly [number | null, number | null], calls: readonly [number | null, number | null]): Growth | null {
  const [now, before] = cost
  const [callsNow, callsBefore] = calls
  if (now === null || before === null || callsNow === null || callsBefore === null || callsBefore === 0) return null
  const byCalls = (callsNow - callsBefore) * (before / callsBefore)
  return { byCalls, byPrice: now - before - byCalls }
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${formatValue('usd', Math.abs(value))}`

export interface StorageCost {
  monthly: number
  /** What inference would cost in a month at the pace of the time looked at; null where it has no price. */
  inferenceMonthly: number | null
  share: number | null
}

const HOURS_A_MONTH = 730

export function storageCost(bytes: number, dollarsPerGb: number, inference: number | null, hours: number): StorageCost {
  const monthly = (bytes / 1e9) * dollarsPerGb
  const inferenceMonthly = inference === null || hours <= 0 ? null : (inference / hours) * HOURS_A_MONTH
  return { monthly, inferenceMonthly, share: inferenceMonthly === null || inferenceMonthly <= 0 ? null : monthly / inferenceMonthly }
}

/** Cost that moves by less is what it was. */
const NOTEWORTHY = 0.05

export function growthSentence(cost: readonly [number | null, number | null], calls: readonly [number | null, number | null]): string {
  const growth = growthOf(cost, calls)
  const [now, before] = cost
  if (growth === null || now === null || before === null) return 'Nothing before to compare with.'
  const change = formatChange('usd', now, before) ?? 'new'
  const callChange = formatChange('count', calls[0], calls[1]) ?? 'new'
  if (before > 0 && Math.abs(now / before - 1) < NOTEWORTHY) return `Cost ${change} with calls ${callChange}: about what it was.`
  return `Cost ${change} with calls ${callChange}: ${signed(growth.byCalls)} from the number of calls, ${signed(growth.byPrice)} from what each costs.`
}
