// Face of the metrics explorer.
export { MetricsPage } from './MetricsPage'
