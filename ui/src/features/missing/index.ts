// What pages say of what is not stored.
export { NotThere } from './NotThere'
