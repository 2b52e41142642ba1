// Face of the connect page, which is also what an empty project shows.
export { ConnectPage } from './ConnectPage'
export { ConnectPanel } from './ConnectPanel'
