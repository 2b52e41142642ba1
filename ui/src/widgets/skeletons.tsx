// What a page of numbers, or the page of one thing, shows while its answer is slow: still shapes where its parts will stand, so that little moves when they come.
import type { ReactNode } from 'react'
import { Late, SkeletonRows } from './states'
import './metric.css'
import './chart/chart.css'
import './skeletons.css'

const bars = (count: number): ReactNode[] => Array.from({ length: count }, (_, at) => <i key={at} className="skeleton" />)

/** Tiles of numbers in a row; `plain` ones have no line below their number. */
export function TilesSkeleton({ count, plain = false }: { count: number; plain?: boolean }): ReactNode {
  return (
    <div className={plain ? 'tiles' : 'metrictiles'} aria-busy="true" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, tile) => <div key={tile} className={plain ? 'tile tilewaiting' : 'metrictile tilewaiting'}><Late><i className="skeleton" style={{ width: 70 }} /><i className="skeleton" style={{ width: 110, height: 16 }} /></Late></div>)}
    </div>
  )
}

/** The sentences above the tiles. */
export function SaySkeleton({ lines }: { lines: number }): ReactNode {
  return <div className="saywaiting" aria-hidden="true" style={{ '--lines': lines } as React.CSSProperties}><Late>{bars(lines)}</Late></div>
}

/** A panel with a chart over time, of the height that its drawing will have. */
export function ChartSkeleton({ title, controls, height }: { title?: string; controls?: ReactNode; height?: number }): ReactNode {
  return (
    <section className="panel" aria-busy="true" {...(title === undefined ? {} : { 'aria-label': title })}>
      <header className="chartheader">{title === undefined ? <Late><i className="skeleton" style={{ width: 90 }} /></Late> : <h2>{title}</h2>}{controls !== undefined && <span className="row push wrap">{controls}</span>}</header>
      <div className="chartbody chartwaiting" {...(height === undefined ? {} : { style: { '--drawing': `${height}px` } as React.CSSProperties })}><Late>{bars(4)}</Late></div>
    </section>
  )
}

/** A panel with rows. */
export function TableSkeleton({ count }: { count: number }): ReactNode {
  return (
    <section className="panel" aria-busy="true">
      <header className="chartheader"><Late><i className="skeleton" style={{ width: 90 }} /></Late></header>
      <SkeletonRows count={count} />
    </section>
  )
}

/** The page of one trace, call or session: what it is called, its facts in a line, and then its rows. */
export function PageSkeleton({ title, count, height }: { title: string; count: number; height?: number }): ReactNode {
  return (
    <>
      <div className="headwaiting" aria-hidden="true"><Late><div className="row"><i className="skeleton" style={{ width: 18, height: 18 }} /><i className="skeleton" style={{ width: 180, height: 12 }} /></div><div className="row">{bars(5)}</div></Late></div>
      <SkeletonRows count={count} title={title} {...(height === undefined ? {} : { height })} />
    </>
  )
}
