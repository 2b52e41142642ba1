// Loading, empty, error: the three states every view has, so that each looks the same everywhere.
import { useEffect, useState, type ReactNode } from 'react'
import { Icon } from './icons'
import './skeletons.css'

const SKELETON_AFTER_MS = 150

/** Shows its children only when waiting has lasted long enough to be noticed. */
export function Late({ children }: { children: ReactNode }): ReactNode {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SKELETON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return late ? children : null
}

/** Grey lines of given widths (in percent), in the rhythm of the list they stand for: `list` where its rows have two lines on a phone. `title` names a page that has nothing else yet. */
export function SkeletonRows({ count, height = 28, title, list = false }: { count: number; height?: number; title?: string; list?: boolean }): ReactNode {
  return (
    <>
      {title !== undefined && <h1 className="hidden">{title}</h1>}
      <Late>
        <div aria-busy="true" aria-label="Loading" role="status">
          {Array.from({ length: count }, (_, row) => (
            <div key={row} className={list ? 'waitrow list' : 'waitrow'} style={{ '--row-h': `${height}px` } as React.CSSProperties}>
              <i className="skeleton" style={{ width: 84 }} />
              <i className="skeleton" style={{ width: 70 + ((row * 37) % 50) }} />
              <i className="skeleton grow" style={{ maxWidth: `${30 + ((row * 53) % 40)}%` }} />
            </div>
          ))}
        </div>
      </Late>
    </>
  )
}

export interface ProblemView {
  message: string
  hint: string | null
  requestId: string | null
}

/** A remedy; what stands in backticks is to be typed. */
export function Remedy({ text }: { text: string }): ReactNode {
  return text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))
}

/** `alone` where nothing else stands on the page: what went wrong is its heading. */
export function ProblemBox({ problem, onRetry, what, alone = false }: { problem: ProblemView; onRetry?: () => void; what: string; alone?: boolean }): ReactNode {
  const Title = alone ? 'h1' : 'div'
  return (
    <div className="problem" role="alert">
      <Title className="row">
        <Icon name="error" size={15} /> {what}
      </Title>
      <p>{problem.message}</p>
      {problem.hint !== null && <p className="t2"><Remedy text={problem.hint} /></p>}
      <div className="row wrap" style={{ color: 'inherit', fontWeight: 'inherit' }}>
        {onRetry && (
          <button type="button" className="btn" onClick={onRetry}>
            <Icon name="refresh" size={13} /> Try again
          </button>
        )}
        {problem.requestId !== null && <span className="small t2">request <code>{problem.requestId}</code></span>}
      </div>
    </div>
  )
}

/** The same in one line, for a part of a page beside parts that have come. */
export function ProblemLine({ problem, onRetry, what }: { problem: ProblemView; onRetry: () => void; what: string }): ReactNode {
  return (
    <div className="problemline small" role="alert">
      <span className="err"><Icon name="error" size={13} /></span>
      <span><b className="err">{what}.</b> {problem.message}{problem.hint !== null && <span className="t2"> <Remedy text={problem.hint} /></span>}</span>
      <span className="row push"><button type="button" className="btn tiny" onClick={onRetry}>Try again</button>{problem.requestId !== null && <span className="t3 micro nowrap">request <code>{problem.requestId}</code></span>}</span>
    </div>
  )
}

export function Empty({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div className="state">
      <h1>{title}</h1>
      {children}
    </div>
  )
}
