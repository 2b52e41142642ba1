// What a panel's body is drawn from. Types only.
import type { Panel } from '@/api/boards'
import type { MetricsAnswer } from '@/api/metrics'
import type { Window } from '@/api/useWindow'
import type { Mark } from '@/widgets/chart/series'

export interface BodyProps {
  panel: Panel
  window: Window
  /** The dashboard's and the page's. */
  filter: string
  /** Releases and prompt versions that began within the window. */
  marks: readonly Mark[]
  /** A chart over time as the numbers it was drawn from. */
  asTable: boolean
}

/** With the answer to the panel's question. */
export interface Shown extends BodyProps {
  answer: MetricsAnswer
}
