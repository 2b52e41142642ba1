// CSV after RFC 4180. Unknown is an empty field; text that a spreadsheet would run as a formula is quoted with a mark.
import type { Cell, SqlAnswer } from '@/api/types'

export function csvField(value: Cell): string {
  if (value === null) return ''
  const raw = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const text = typeof value === 'string' && /^[=+@\t\r]/.test(raw) ? `'${raw}` : raw
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function toCsv(answer: SqlAnswer): string {
  const rows = [answer.columns.map((column) => column.name), ...answer.rows]
  return rows.map((row) => row.map(csvField).join(',')).join('\r\n') + '\r\n'
}
