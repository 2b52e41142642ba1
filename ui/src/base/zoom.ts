// The zoomed part of a time axis, as the URL keeps it.

/** Zoom as `from-to` in whole microseconds since the start of what is shown. */
export function formatZoom(zoom: readonly [number, number] | null): string | undefined {
  return zoom === null ? undefined : `${Math.round(zoom[0] / 1000)}-${Math.round(zoom[1] / 1000)}`
}

export function parseZoom(text: string | undefined, span: number): [number, number] | null {
  const parts = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? '')
  if (!parts) return null
  const from = Math.min(Number(parts[1]) * 1000, span)
  const to = Math.min(Number(parts[2]) * 1000, span)
  return to > from ? [from, to] : null
}
