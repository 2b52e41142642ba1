// The time range: relative ones by one click, absolute ones typed as clocks of the project show them.
import { useState, type ReactNode } from 'react'
import { useScope } from '@/api/scope'
import { DEFAULT_RANGE, RELATIVE, describeRange, parseMoment, typedMoment, type RangeSearch } from '@/base/range'
import { zoneName } from '@/base/zone'
import { Icon } from '@/widgets/icons'
import { Popover } from '@/widgets/popover'

export function RangePicker(): ReactNode {
  const { range, setRange } = useScope()
  const text = describeRange(range, Date.now())
  return (
    <Popover align="end" trigger={
      <button type="button" className="pick boxed" aria-label={`Time range: ${text}`}>
        <Icon name="clock" size={13} /><b>{text}</b><Icon name="down" size={11} />
      </button>}>
      {(close) => <RangeMenu range={range} onPick={(next) => { setRange(next); close() }} />}
    </Popover>
  )
}

function RangeMenu({ range, onPick }: { range: RangeSearch; onPick: (range: RangeSearch) => void }): ReactNode {
  const absolute = range.from !== undefined || range.to !== undefined
  const current = absolute ? null : (range.range ?? DEFAULT_RANGE)
  const [from, setFrom] = useState(typedMoment(range.from))
  const [to, setTo] = useState(typedMoment(range.to))
  const [wrong, setWrong] = useState<string | null>(null)
  const apply = (): void => {
    const start = parseMoment(from)
    const end = parseMoment(to)
    if ((from.trim() !== '' && start === null) || (to.trim() !== '' && end === null)) return setWrong('Write a time as 2026-11-21 01:31')
    if (start === null && end === null) return setWrong('Give at least one end')
    if (start !== null && end !== null && start >= end) return setWrong('The end is not after the start')
    onPick({ ...(start === null ? {} : { from: start }), ...(end === null ? {} : { to: end }) })
  }
  return (
    <>
      <div role="menu" aria-label="Time range">
        {[...RELATIVE, 'all'].map((name) => (
          <button key={name} type="button" role="menuitemradio" aria-checked={current === name} className="item"
            onClick={() => onPick(name === DEFAULT_RANGE ? {} : { range: name })}>
            <span style={{ width: 13 }}>{current === name && <Icon name="check" size={13} weight={2} />}</span>
            {describeRange({ range: name }, 0)}
          </button>
        ))}
      </div>
      <form className="range-form" onSubmit={(event) => { event.preventDefault(); apply() }}>
        <label>From <input className="plain mono" value={from} onChange={(event) => setFrom(event.target.value)} placeholder="2026-11-20 14:00" /></label>
        <label>To <input className="plain mono" value={to} onChange={(event) => setTo(event.target.value)} placeholder="now" /></label>
        {wrong !== null && <p className="err small" role="alert">{wrong}</p>}
        <div className="row"><span className="t3 small">{zoneName()}</span><button type="submit" className="btn push">Apply</button></div>
      </form>
    </>
  )
}
