// Ids: hex of fixed width; long ones are cut in the middle for reading, never for copying.

export const isTraceId = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text)
export const isSpanId = (text: string): boolean => /^[0-9a-f]{16}$/i.test(text)

/** The start of a text others chose the length of: names of models, services, users. */
export function cutText(text: string, max = 90): string {
  return text.length > max ? `${text.slice(0, max)}…` : text
}

/** The longest start of a text that is at most `max` wide, with an ellipsis where it was cut. */
export function fitText(text: string, max: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= max) return text
  let [fits, over] = [0, text.length]
  while (over - fits > 1) {
    const middle = (fits + over) >> 1
    if (widthOf(`${text.slice(0, middle)}…`) <= max) fits = middle
    else over = middle
  }
  return `${text.slice(0, fits)}…`
}

export function shortId(id: string, keep = 6): string {
  return id.length <= keep * 2 + 1 ? id : `${id.slice(0, keep)}…${id.slice(-4)}`
}
