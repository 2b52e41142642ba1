// A seeded generator, so that the fake server says the same on every run.

/** Numbers in [0, 1) from a 32-bit seed (an xorshift-multiply mix of a counter). */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296
  }
}

export const pick = (next, list) => list[Math.floor(next() * list.length)]
export const between = (next, low, high) => Math.round(low + next() * (high - low))
export const hex = (next, digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('')
