// Face of the cache lens.
export { CacheLensPage } from './CacheLensPage'
