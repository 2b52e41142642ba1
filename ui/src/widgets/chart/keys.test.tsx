// @vitest-environment jsdom
// Two series, or two marks, may be called the same: a group named `other` beside the rest of all groups. React says so in the console where their keys clash.
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SeriesTable } from './SeriesTable'
import { Spark } from './Spark'

const times = [0, 60_000]
const series = [{ name: 'other', key: 'other', colour: '--s1', values: [1, 2] }, { name: 'other', colour: '--s6', values: [3, 4] }]
const marks = [{ atMs: 1, label: 'v48' }, { atMs: 2, label: 'v48' }]

describe('what is called the same', () => {
  const said = vi.spyOn(console, 'error')
  beforeEach(() => {
    ;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true
    said.mockReset()
  })
  afterEach(() => expect(said).not.toHaveBeenCalled())
  const draw = (what: React.ReactNode): HTMLElement => {
    const place = document.createElement('div')
    act(() => createRoot(place).render(what))
    return place
  }

  it('has a column each', () => {
    const place = draw(<SeriesTable times={times} series={series} marks={marks} unit="count" label="Calls" />)
    expect([...place.querySelectorAll('tbody tr:first-child td.n')].map((cell) => cell.textContent)).toEqual(['1', '3'])
    expect(place.querySelectorAll('tbody tr:first-child .badge')).toHaveLength(2)
  })

  it('has a line each, also at the same time', () => {
    expect(draw(<Spark values={[1, 2]} ghost={[]} marks={[0.5, 0.5]} colour="--s1" zero />).querySelectorAll('line')).toHaveLength(2)
  })
})
