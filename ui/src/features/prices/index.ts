// Face of the prices page.
export { PricesPage } from './PricesPage'
