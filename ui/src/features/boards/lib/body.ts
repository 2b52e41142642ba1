// A dashboard as it is sent and as a file. Pure.
import type { Board, BoardBody } from '@/api/boards'

/** The number of the file's format. */
const FORMAT = 1

/** What can be changed of a dashboard. */
export const bodyOf = ({ name, description, range, filter, panels }: BoardBody): BoardBody => ({ name, description, range, filter, panels })

/** One file for everybody: what it shows, without what belongs to this server. */
export const fileText = (board: Board): string => JSON.stringify({ vitrine_dashboard: FORMAT, ...bodyOf(board) }, null, 2) + '\n'

export const fileName = (name: string): string => `${name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'dashboard'}.vitrine.json`
