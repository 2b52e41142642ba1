import { expect, it } from 'vitest'
import { toCsvRows } from './csv'

it('writes CSV that reads back, and defuses formulas', () => {
  const text = toCsvRows([['a', 'b, c'], ['say "hi"\n', -5], ['=HYPERLINK(1)', null], [{ x: 1 }, true]])
  expect(text).toBe('a,"b, c"\r\n"say ""hi""\n",-5\r\n\'=HYPERLINK(1),\r\n"{""x"":1}",true\r\n')
})
