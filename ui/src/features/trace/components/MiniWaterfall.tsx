// The whole trace as one small picture: used in the overview strip and where a trace is opened in place.
import { useLayoutEffect, useRef, type ReactNode } from 'react'
import { plural } from '@/base/tokens'
import { prepareCanvas, useSize } from '@/widgets/size'
import { colourOf, useThemeVersion } from '@/widgets/theme'
import { OVERVIEW_HEIGHT, drawOverview, readPalette } from '../lib/draw'
import type { TraceModel } from '../lib/model'

export function MiniWaterfall({ model }: { model: TraceModel }): ReactNode {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width } = useSize(box)
  const theme = useThemeVersion()
  useLayoutEffect(() => {
    const context = canvas.current && width > 0 ? prepareCanvas(canvas.current, width, OVERVIEW_HEIGHT) : null
    if (context) drawOverview(context, model, { from: 0, to: model.span, left: 0, width }, readPalette(colourOf))
  }, [model, width, theme])
  return (
    <div ref={box} className="mini" style={{ height: OVERVIEW_HEIGHT }}>
      <canvas ref={canvas} role="img" aria-label={`Overview of ${plural(model.count, 'span')}, ${plural(model.errorRows.length, 'error')}`} />
    </div>
  )
}
