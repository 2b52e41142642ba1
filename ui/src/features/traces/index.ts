// Face of the trace list.
export { TracesPage } from './TracesPage'
export { LANGUAGE, NOTES, filterFromSearch, type Filter, type FilterField } from './lib/filter'
