// Releases and prompt versions that began in this time, and what a call costs since.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Arrival } from '@/api/useArrivals'
import { TELLING_COUNT, formatChange } from '@/base/measure'
import { formatMinute } from '@/base/time'
import { formatCount, plural } from '@/base/tokens'
import { Icon } from '@/widgets/icons'

const NOTEWORTHY = 0.05

function Effect({ arrival }: { arrival: Arrival }): ReactNode {
  const { costPerCall: now, costPerCallBefore: before } = arrival
  if (arrival.count < TELLING_COUNT) return <span className="badge">{plural(arrival.count, 'call')}: cannot tell yet</span>
  if (now === null) return <span className="badge">cost per call not known</span>
  if (before === null || before === 0) return <span className="badge">too few calls before it to compare with</span>
  const change = now / before - 1
  if (Math.abs(change) < NOTEWORTHY) return <span className="badge">cost per call unchanged</span>
  return <span className={change > 0 ? 'badge warn' : 'badge better'}>cost per call {formatChange('usd', now, before)}</span>
}

export function Arrivals({ arrivals }: { arrivals: readonly Arrival[] }): ReactNode {
  return (
    <section className="panel" aria-label="Releases and prompts">
      <header><h2>Releases and prompts</h2><Link to="/releases" className="push small t2">All releases</Link></header>
      {arrivals.length === 0 ? <p className="panelnote">None began in this time.</p> : (
        <ul>{[...arrivals].reverse().map((arrival) => (
          <li key={arrival.kind + arrival.label}>
            <Link to="/compare" search={(arrival.kind === 'release' ? { by: 'release', b: arrival.key[0] } : { by: 'prompt_version', filter: `prompt:${arrival.key[0] ?? ''}`, b: arrival.key[1] }) as never} className="arrival">
              <span className="t3 num small nowrap">{formatMinute(arrival.atMs).split(' ').slice(-1)}</span>
              <span className="t2"><Icon name={arrival.kind === 'release' ? 'release' : 'prompt'} size={15} /></span>
              <span className="arrivalwords"><span className="clip"><b className="strong">{arrival.label}</b> <span className="t2">{formatCount(arrival.count)} calls since {formatMinute(arrival.atMs)}</span></span>
                <span className="row wrap" style={{ gap: 4 }}><Effect arrival={arrival} /></span></span>
            </Link>
          </li>
        ))}</ul>
      )}
    </section>
  )
}
