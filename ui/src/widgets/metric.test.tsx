// @vitest-environment jsdom
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { beforeAll, expect, it } from 'vitest'
import type { MetricUnit } from '@/base/measure'
import { Change } from './metric'

beforeAll(() => { (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true })

const textOf = (measure: string, unit: MetricUnit, now: unknown, before: unknown): string | null => {
  const place = document.createElement('div')
  act(() => createRoot(place).render(<Change measure={measure} unit={unit} now={now} before={before} />))
  return place.textContent
}

it.each([
  ['count', 'count', 500, 0, 'from 0'], ['error_count', 'count', 500, 0, '▲ from 0 worse'], ['sum(cost_usd)', 'usd', '2.5', '0', '▲ from $0 worse'], ['error_rate', 'ratio', 0.02, 0, '▲ +2 pt worse'],
  ['count', 'count', 0, 0, '±0%'], ['count', 'count', 500, null, '—'], ['count', 'count', null, 0, '—'],
] as const)('%s (%s) %s after %s: %s', (measure, unit, now, before, text) => expect(textOf(measure, unit, now, before)).toBe(text))
