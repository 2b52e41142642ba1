// Face of the trace list.
export { TracesPage } from './TracesPage'
