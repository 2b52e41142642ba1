import { describe, expect, it } from 'vitest'
import { indentJson } from './json'

describe('JSON for reading', () => {
  it.each([['{"a":1}', '{"a": 1}'], ['[]', '[]'], ['{"a":[],"b":{}}', '{"a": [], "b": {}}'], ['"a, {b}: \\"c"', '"a, {b}: \\"c"'], [' [1 , 2] ', '[1, 2]']])('%s', (text, shown) => expect(indentJson(text)).toBe(shown))
  it('keeps digits, keys and order as sent', () => {
    const text = '{"id":12345678901234567890,"x":1.0,"x":1e2,"2":0,"1":0}'
    expect(indentJson(text).replace(/\s/g, '')).toBe(text)
  })
  it('writes escaped letters as letters, and keeps what must stay escaped', () => {
    expect(indentJson('{"Z\\u00fcrich":"\\u65e5 \\n \\u0007 \\ud800"}')).toBe('{"Zürich": "日 \\n \\u0007 \\ud800"}')
  })
  it('breaks what is too long for a line, and only that', () => {
    const text = JSON.stringify({ list: Array.from({ length: 40 }, (_, i) => i), small: [1, 2], word: 'w'.repeat(60) })
    const lines = indentJson(text).split('\n')
    expect(lines[0]).toBe('{')
    expect(lines.at(-1)).toBe('}')
    expect(lines).toContain('  "small": [1, 2],')
    expect(lines.filter((row) => /^ {4}\d+(, \d+)+,?$/.test(row)).length, 'numbers fill their lines').toBeLessThan(6)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80)
  })
  it('loses nothing of any value', () => {
    const value = { a: [{ b: 'x'.repeat(80), c: [[], {}, [1, [2, [3, 'y'.repeat(70)]]]] }], d: 'say \\"hi\\", [ok]\n', e: null, f: [true, false, -1.5e-7] }
    expect(JSON.parse(indentJson(JSON.stringify(value)))).toEqual(value)
  })
  it('takes deep text without recursion', () => {
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    expect(indentJson(deep).replace(/\s/g, '') === deep).toBe(true)
  })
})
