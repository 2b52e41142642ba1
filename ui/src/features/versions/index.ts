// Face of the comparison.
export { ComparePage } from './ComparePage'
