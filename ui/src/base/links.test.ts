import { describe, expect, it } from 'vitest'
import { fillLink } from './links'

const VALUES = { trace_id: 'ab12', span_id: 'cd', session_id: null, service: 'desk api/&?#', release: '"><script>' }

describe('links to other programs', () => {
  it('fills places with escaped values', () => {
    expect(fillLink('https://apm.test/t/{trace_id}?s={span_id}&v={service}#{release}', VALUES)).toBe('https://apm.test/t/ab12?s=cd&v=desk%20api%2F%26%3F%23#%22%3E%3Cscript%3E')
  })
  it('are none where a value is missing', () => expect([fillLink('https://apm.test/{session_id}', VALUES), fillLink('https://apm.test/{user}', VALUES)]).toEqual([null, null]))
  it('lead nowhere but where the template says, and never run', () => {
    for (const template of ['javascript:alert({trace_id})', 'data:text/html,{trace_id}', '//apm.test/{trace_id}', ' javascript:alert(1)', 'https://{service}.test/', 'https:{service}'])
      expect(fillLink(template, { ...VALUES, service: 'evil.test/' }), template).toBeNull()
  })
})
