// Face of the trace list.
export { TracesPage } from './TracesPage'
export { filterFromSearch, type Filter } from './lib/filter'
