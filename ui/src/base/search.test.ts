import { expect, it } from 'vitest'
import { pickTexts } from './search'

it('picks what is named and says something', () => expect(pickTexts({ by: 'model', sort: '', chart: 3, other: 'x' }, ['by', 'sort', 'chart'])).toEqual({ by: 'model' }))
