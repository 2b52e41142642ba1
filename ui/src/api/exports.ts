// The formats that lists can be taken along in.
import type { ExportFormat } from './queries'

export const EXPORTS: readonly { format: ExportFormat; name: string; note: string }[] = [
  { format: 'csv', name: 'CSV', note: 'for a spreadsheet' }, { format: 'jsonl', name: 'JSON lines', note: 'for a program' }, { format: 'parquet', name: 'Parquet', note: 'for an engine' },
]
