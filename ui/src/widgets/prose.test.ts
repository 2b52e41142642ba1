// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { toSafeHtml, withoutBase64 } from './prose'

describe('text of models as HTML', () => {
  it.each([
    '<img src=x onerror=alert(1)>', '<script>alert(1)</script>', '[x](javascript:alert(1))', '<a href="javascript:alert(1)">x</a>', '![x](javascript:alert(1))',
    '<svg onload=alert(1)>', '<iframe src="//x"></iframe>', '<div style="position:fixed">', '![a](https://x.test/p.png"onerror="alert(1))', '<form action=x><input>',
  ])('runs and loads nothing: %s', (text) => {
    const host = document.createElement('div')
    host.innerHTML = toSafeHtml(text)
    expect(host.querySelectorAll('script, img, svg, iframe, form, input, style, [style]')).toHaveLength(0)
    for (const node of host.querySelectorAll('*')) for (const attribute of node.attributes) {
      expect(attribute.name).not.toMatch(/^on/)
      expect(attribute.value).not.toMatch(/^\s*javascript:/i)
    }
  })
  it('turns pictures into links that open elsewhere', () => {
    const html = toSafeHtml('![a map](https://x.test/m.png)')
    expect(html).toContain('href="https://x.test/m.png"')
    expect(html).toContain('rel="noopener noreferrer"')
  })
  it('keeps Markdown', () => expect(toSafeHtml('**b** `c`\n\n| a |\n|---|\n| 1 |')).toMatch(/<strong>b<\/strong>[\s\S]*<code>c<\/code>[\s\S]*<table>/))
})

describe('base64', () => {
  it('is named, not shown', () => {
    expect(withoutBase64(`see data:image/png;base64,${'iVBORw0K'.repeat(40)} end`)).toBe('see [image/png, 240 B, not shown] end')
    expect(withoutBase64('A1b2'.repeat(1000))).toMatch(/^\[base64, 3\.0 KB, not shown\]$/)
  })
  it('leaves words alone', () => expect(withoutBase64('a short data:image/png;base64,AAAA thing')).toContain('AAAA'))
})
