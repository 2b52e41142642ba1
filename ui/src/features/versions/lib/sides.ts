// Which two values a comparison begins with.
export interface Choice {
  name: string
  count: number
  /** The first bucket of the time that has a call of it. */
  began: number
}

/** Dimensions whose values follow each other in time. */
const FOLLOWING: ReadonlySet<string> = new Set(['release', 'prompt_version', 'experiment'])

/** A is what was there before, B what came: of releases the newest against the one that it replaced, of the rest the two with most calls. What somebody chose stays. */
export function sidesOf(by: string, choices: readonly Choice[], chosen: { a?: string | undefined; b?: string | undefined }): { a: string | undefined; b: string | undefined } {
  const known = choices.filter((item) => item.name !== '')
  // Calls without one are compared when somebody asks for it, or when there is nothing else.
  const busiest = [...known, ...choices.filter((item) => item.name === '')]
  if (!FOLLOWING.has(by)) {
    const b = chosen.b ?? busiest.find((item) => item.name !== chosen.a)?.name
    return { a: chosen.a ?? busiest.find((item) => item.name !== b)?.name, b }
  }
  // Those that ran from the start of the time began who knows when: the busier of them is taken for the newer.
  const newest = [...known].sort((x, y) => y.began - x.began || y.count - x.count)
  const b = chosen.b ?? newest.find((item) => item.name !== chosen.a)?.name ?? busiest.find((item) => item.name !== chosen.a)?.name
  const since = newest.findIndex((item) => item.name === b)
  const before = newest.slice(since + 1).find((item) => item.name !== b) ?? newest.find((item) => item.name !== b) ?? busiest.find((item) => item.name !== b)
  return { a: chosen.a ?? before?.name, b }
}
