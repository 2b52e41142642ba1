// CSV after RFC 4180. Unknown is an empty field; text that a spreadsheet would run as a formula is quoted with a mark.

export function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const raw = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
  const text = typeof value === 'string' && /^[=+@\t\r]/.test(raw) ? `'${raw}` : raw
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function toCsvRows(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map(csvField).join(',')).join('\r\n') + '\r\n'
}
