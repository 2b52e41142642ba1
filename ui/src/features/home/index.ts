// Face of the home page.
export { HomePage } from './HomePage'
