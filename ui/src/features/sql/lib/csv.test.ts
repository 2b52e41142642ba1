import { expect, it } from 'vitest'
import { toCsv } from './csv'

it('writes CSV that reads back, and defuses formulas', () => {
  const text = toCsv({ columns: [{ name: 'a', type: 'String' }, { name: 'b, c', type: 'Int64' }], rows: [['say "hi"\n', -5], ['=HYPERLINK(1)', null], [{ x: 1 }, true]], elapsed_ms: 1 })
  expect(text).toBe('a,"b, c"\r\n"say ""hi""\n",-5\r\n\'=HYPERLINK(1),\r\n"{""x"":1}",true\r\n')
})
