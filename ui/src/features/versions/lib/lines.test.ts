import { describe, expect, it } from 'vitest'
import { diffLines } from './lines'

const marks = (a: string, b: string): string => diffLines(a, b).map((line) => ({ same: ' ', added: '+', removed: '-' })[line.kind] + line.text).join('|')

describe('diffs of lines', () => {
  it.each([
    ['a\nb\nc', 'a\nx\nc', ' a|-b|+x| c'], ['a', 'a\nb', ' a|+b'], ['a\nb', 'b', '-a| b'], ['same', 'same', ' same'], ['', 'new', '-|+new'],
  ])('%j to %j', (a, b, out) => expect(marks(a, b)).toBe(out))
  it('gives both texts back', () => {
    const [a, b] = ['one\ntwo\nthree\nfour', 'zero\ntwo\nfour\nfive']
    const lines = diffLines(a, b)
    expect(lines.filter((line) => line.kind !== 'added').map((line) => line.text).join('\n')).toBe(a)
    expect(lines.filter((line) => line.kind !== 'removed').map((line) => line.text).join('\n')).toBe(b)
  })
})
