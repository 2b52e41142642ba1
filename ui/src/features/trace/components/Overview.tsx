// The whole trace above the table. Dragging zooms the time axis, a click outside of the zoomed part moves it there.
import { useState, useRef, type PointerEvent, type ReactNode } from 'react'
import { formatDuration } from '@/base/time'
import { clamp } from '@/base/values'
import type { TraceModel } from '../lib/model'
import { MiniWaterfall } from './MiniWaterfall'

export function Overview({ model, zoom, onZoom }: {
  model: TraceModel
  zoom: readonly [number, number] | null
  onZoom: (zoom: [number, number] | null) => void
}): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<[number, number] | null>(null)
  const at = (event: PointerEvent): number => {
    const rect = box.current?.getBoundingClientRect()
    return rect && rect.width > 0 ? clamp((event.clientX - rect.left) / rect.width, 0, 1) : 0
  }
  const finish = (): void => {
    const range = drag
    setDrag(null)
    if (!range) return
    const [low, high] = [Math.min(...range) * model.span, Math.max(...range) * model.span]
    if (high - low > model.span / 200) return onZoom([low, high])
    if (!zoom) return
    const half = (zoom[1] - zoom[0]) / 2
    const middle = clamp(low, half, model.span - half)
    onZoom([middle - half, middle + half])
  }
  const shown = drag ? [Math.min(...drag) * model.span, Math.max(...drag) * model.span] : zoom
  return (
    <div className="overview">
      <span className="t3 small nowrap">{zoom ? `${formatDuration(zoom[0])} – ${formatDuration(zoom[1])}` : 'Whole trace'}</span>
      <div className="overviewbox" ref={box} onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag([at(event), at(event)]) }}
        onPointerMove={(event) => setDrag((old) => old && [old[0], at(event)])} onPointerUp={finish} onPointerCancel={() => setDrag(null)}
        onDoubleClick={() => onZoom(null)}>
        <MiniWaterfall model={model} />
        {shown && <i className="brush" style={{ left: `${((shown[0] ?? 0) / model.span) * 100}%`, width: `${(((shown[1] ?? 0) - (shown[0] ?? 0)) / model.span) * 100}%` }} />}
      </div>
      {zoom && <button type="button" className="btn tiny" onClick={() => onZoom(null)}>Whole trace <kbd>0</kbd></button>}
    </div>
  )
}
