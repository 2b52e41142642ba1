// The grid: panels at their places. While it is edited, a panel is moved by its handle and resized by its corner, with the
// pointer or with the arrow keys.
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import type { Panel } from '@/api/boards'
import { Icon } from '@/widgets/icons'
import { useMedia } from '@/widgets/size'
import { moved, nudged, resized } from '../lib/grid'
import { titleOf } from '../lib/panel'

/** Height of a row and the gap, in px; the style sheet says the same. */
const ROW = 62
const GAP = 12
const COLUMNS = 12

export interface Editing {
  onChange: (panels: Panel[]) => void
  onEdit: (panel: Panel) => void
  onDuplicate: (panel: Panel) => void
  onRemove: (panel: Panel) => void
}

interface Props {
  panels: readonly Panel[]
  editing: Editing | null
  /** What stands behind a title while nobody edits. */
  doors: (panel: Panel) => ReactNode
  body: (panel: Panel) => ReactNode
}

interface Drag {
  id: string
  kind: 'move' | 'size'
  fromX: number
  fromY: number
  panels: readonly Panel[]
}

/** Follows the pointer from where it went down until it goes up, wherever that is. */
function useDrag(grid: React.RefObject<HTMLDivElement | null>, onChange: ((panels: Panel[]) => void) | undefined): [Drag | null, (drag: Drag) => void] {
  const [drag, setDrag] = useState<Drag | null>(null)
  const change = useRef(onChange)
  useEffect(() => {
    change.current = onChange
  })
  useEffect(() => {
    if (!drag) return
    const panel = drag.panels.find((item) => item.id === drag.id)
    const onMove = (event: globalThis.PointerEvent): void => {
      const width = grid.current?.clientWidth ?? 0
      if (!panel || width === 0) return
      const dx = Math.round((event.clientX - drag.fromX) / ((width + GAP) / COLUMNS))
      const dy = Math.round((event.clientY - drag.fromY) / (ROW + GAP))
      change.current?.(drag.kind === 'move' ? moved(drag.panels, drag.id, panel.x + dx, panel.y + dy) : resized(drag.panels, drag.id, panel.w + dx, panel.h + dy))
    }
    const end = (): void => setDrag(null)
    const cancel = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      change.current?.([...drag.panels])
      end()
    }
    window.addEventListener('pointermove', onMove)
    window.addEventListener('pointerup', end)
    window.addEventListener('pointercancel', end)
    window.addEventListener('keydown', cancel)
    return () => {
      window.removeEventListener('pointermove', onMove)
      window.removeEventListener('pointerup', end)
      window.removeEventListener('pointercancel', end)
      window.removeEventListener('keydown', cancel)
    }
  }, [drag, grid])
  return [drag, setDrag]
}

const placeWords = (panel: Panel): string => `${titleOf(panel)}: column ${panel.x + 1}, row ${panel.y + 1}, ${panel.w} wide, ${panel.h} high`

export function Grid({ panels, editing, doors, body }: Props): ReactNode {
  const grid = useRef<HTMLDivElement>(null)
  const phone = useMedia('(max-width: 720px)')
  const [drag, start] = useDrag(grid, editing?.onChange)
  const [said, setSaid] = useState('')
  const ordered = [...panels].sort((a, b) => a.y - b.y || a.x - b.x)
  const put = (next: Panel[], id: string): void => {
    editing?.onChange(next)
    const panel = next.find((item) => item.id === id)
    if (panel) setSaid(placeWords(panel))
    // A panel that changes its place among the others is taken out of the page for a moment, and its handle loses the focus.
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>(`[data-grip="${id}"]`)?.focus())
  }
  const onKey = (event: KeyboardEvent, panel: Panel): void => {
    const steps: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const step = steps[event.key]
    if (!editing) return
    if (step) put(event.shiftKey ? resized(panels, panel.id, panel.w + step[0], panel.h + step[1]) : nudged(panels, panel.id, step[0], step[1]), panel.id)
    else if (event.key === 'd') editing.onDuplicate(panel)
    else if (event.key === 'Delete' || event.key === 'Backspace') editing.onRemove(panel)
    else if (event.key === 'Enter') editing.onEdit(panel)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const begin = (event: PointerEvent, panel: Panel, kind: Drag['kind']): void => {
    if (event.button !== 0 || phone) return
    start({ id: panel.id, kind, fromX: event.clientX, fromY: event.clientY, panels })
  }
  return (
    <>
      <div className={drag ? 'boardgrid dragging' : 'boardgrid'} ref={grid} data-grid>
        {ordered.map((panel) => (
          <section key={panel.id} className={drag?.id === panel.id ? 'panel boardpanel held' : 'panel boardpanel'} aria-label={titleOf(panel)} data-panel={panel.id}
            style={{ gridColumn: `${panel.x + 1} / span ${panel.w}`, gridRow: `${panel.y + 1} / span ${panel.h}`, '--rows': panel.h } as React.CSSProperties}>
            <header>
              {editing && !phone && (
                <button type="button" className="grip" data-grip={panel.id} aria-label={`Move ${titleOf(panel)}: arrow keys, with Shift its size; d duplicates, Delete removes, Enter changes`}
                  onPointerDown={(event) => begin(event, panel, 'move')} onKeyDown={(event) => onKey(event, panel)}><Icon name="grip" size={14} /></button>
              )}
              <h2 className="clip" title={titleOf(panel)}>{titleOf(panel)}</h2>
              <span className="push row paneltools">{editing ? <Tools panel={panel} editing={editing} onStep={phone ? (step) => put(nudged(panels, panel.id, 0, step), panel.id) : null} /> : doors(panel)}</span>
            </header>
            {body(panel)}
            {editing && !phone && <span className="corner" aria-hidden="true" onPointerDown={(event) => begin(event, panel, 'size')} />}
          </section>
        ))}
      </div>
      <p className="hidden" role="status">{said}</p>
    </>
  )
}

/** On a phone panels stand below each other, and are moved one by one. */
function Tools({ panel, editing, onStep }: { panel: Panel; editing: Editing; onStep: ((step: 1 | -1) => void) | null }): ReactNode {
  const name = titleOf(panel)
  return (
    <>
      {onStep && <button type="button" className="btn icon quiet tiny" onClick={() => onStep(-1)} aria-label={`Move ${name} up`}><Icon name="up" size={13} /></button>}
      {onStep && <button type="button" className="btn icon quiet tiny" onClick={() => onStep(1)} aria-label={`Move ${name} down`}><Icon name="down" size={13} /></button>}
      <button type="button" className="btn icon quiet tiny" onClick={() => editing.onEdit(panel)} aria-label={`Change ${name}`} title="Change"><Icon name="edit" size={13} /></button>
      <button type="button" className="btn icon quiet tiny" onClick={() => editing.onDuplicate(panel)} aria-label={`Duplicate ${name}`} title="Duplicate"><Icon name="copy" size={13} /></button>
      <button type="button" className="btn icon quiet tiny" onClick={() => editing.onRemove(panel)} aria-label={`Remove ${name}`} title="Remove"><Icon name="close" size={13} /></button>
    </>
  )
}
