// Face of the page of the slowest traces.
export { SlowestPage } from './SlowestPage'
