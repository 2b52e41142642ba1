// Face of the SQL console.
export { SqlPage } from './SqlPage'
