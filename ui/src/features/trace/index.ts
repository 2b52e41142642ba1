// Face of the trace page.
export { TracePage } from './TracePage'
export { validTraceSearch, type TraceSearch } from './lib/search'
export { MiniWaterfall } from './components/MiniWaterfall'
export { buildTrace, type TraceModel } from './lib/model'
