// Face of the list of calls; the live tail shows its rows.
export { CallsPage } from './CallsPage'
export { CallList } from './components/CallList'
export { costOf, keyOf, modelOf, speedOf } from './lib/words'
