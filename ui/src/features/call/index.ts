// Face of the page of one call.
export { CallPage } from './CallPage'
