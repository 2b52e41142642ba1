// Face of what every list has: its rows as a file.
export { ExportMenu, type ExportParams } from './ExportMenu'
