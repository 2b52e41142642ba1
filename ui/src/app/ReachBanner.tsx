// One strip for the whole page while the server, or its engine, does not answer: what is wrong, and that nothing has to be done.
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { reach, useReach, type ReachState } from '@/api/reach'
import { formatClock } from '@/base/time'
import { zoneLabel } from '@/base/zone'

/** A page that is left ends its questions; that is no news. */
const SHOWN_AFTER_MS = 250

/** An engine that takes longer may never be ready by itself. */
const LONG_MS = 60_000

const clock = (ms: number): string => formatClock(new Date(ms).toISOString()).slice(0, 8)

function Words({ state, shown, long }: { state: ReachState; shown: boolean; long: boolean }): ReactNode {
  if (state === 'away') return <><b className="strong">Vitrine cannot be reached at <span className="nowrap">{window.location.host}</span>.</b> <span className="t2">It is asked again every few seconds{shown && '; what is shown stays'}.</span></>
  return <><b className="strong">The engine is starting.</b> <span className="t2">Spans are kept meanwhile, and what was asked is answered when it is ready.{long && ' It takes longer than usual; the log of the server says why.'}</span></>
}

/** The state, once it has lasted long enough to be told. */
function useSettled(state: ReachState): ReachState {
  const [shown, setShown] = useState<ReachState>('up')
  useEffect(() => {
    const timer = setTimeout(() => setShown(state), state === 'up' || shown !== 'up' ? 0 : SHOWN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [state, shown])
  return state === 'up' ? 'up' : shown
}

/** The button goes with the strip: who stood on it goes on with the page. */
function TryNow(): ReactNode {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    const own = button.current
    return () => {
      if (own === document.activeElement) document.getElementById('main')?.focus()
    }
  }, [])
  return <button type="button" className="btn tiny" ref={button} onClick={reach.retry}>Try now</button>
}

export function ReachBanner(): ReactNode {
  const { state, since, heardAt, probedAt } = useReach()
  const shown = useSettled(state)
  const [told, setTold] = useState(false)
  const down = shown !== 'up'
  useEffect(() => {
    if (down) setTold(true)
  }, [down])
  return (
    <section className="reach" {...(down ? { 'aria-label': 'Connection' } : {})}>
      <div className={down ? 'strip small' : undefined}>
        {down && <i className={shown === 'away' ? 'light bad' : 'light warn'} />}
        <p className={down ? 'words' : 'hidden'} role="status">{down ? <Words state={shown} shown={heardAt !== null} long={(probedAt ?? 0) - (since ?? 0) > LONG_MS} /> : told ? 'Vitrine answers again.' : ''}</p>
        {down && (
          <>
            <span className="said t3 num">{shown === 'away' && heardAt !== null && `last answer ${clock(heardAt)}, `}{probedAt !== null && `asked ${clock(probedAt)}`} {zoneLabel()}</span>
            <TryNow />
          </>
        )}
      </div>
    </section>
  )
}
