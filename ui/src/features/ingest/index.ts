// Face of the ingest page.
export { IngestPage } from './IngestPage'
