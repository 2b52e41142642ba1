// The face of the metrics explorer.
export { MetricsPage } from './MetricsPage'
export { cellsOf, unitOf } from './components/Heat'
export { Question } from './components/Question'
export { seriesOf } from './lib/series'
export { explorerOf, regionFilter, type Explorer, type ExplorerSearch, type Region } from './lib/state'
