// Face of the live tail.
export { TailPage } from './TailPage'
