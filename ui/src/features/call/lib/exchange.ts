// A recorded exchange as something one can run. Keys never leave the page: what carries one is named after its
// variable in commands and masked where it is shown.
import type { Exchange } from '@/api/types'

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie', 'set-cookie', 'x-amz-security-token',
])
const SECRET_PARAMETER = /([?&](?:key|api_key|apikey|access_token|token|signature|x-amz-signature)=)[^&#]+/gi
/** Headers that belong to the connection or that curl writes itself. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding', 'keep-alive', 'user-agent', 'te', 'upgrade'])

export const isSecretHeader = (name: string): boolean => SECRET_HEADERS.has(name.toLowerCase())

/** A header's value as it may be shown. What the server took out already stays as it says. */
export function shownValue(name: string, value: string): string {
  if (!isSecretHeader(name) || /redacted|\*{3}|•/i.test(value)) return value
  const scheme = /^(Bearer|Basic|AWS4-HMAC-SHA256)\s/i.exec(value)?.[0] ?? ''
  return `${scheme}•••• (not shown)`
}

export const shownUrl = (url: string): string => url.replace(SECRET_PARAMETER, '$1••••')

/** The variable that provider's libraries read their key from. */
export function keyVariable(provider: string | null): string {
  const name = (provider ?? '').replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()
  return name === '' ? 'API_KEY' : `${name.replace(/_AI$/, '')}_API_KEY`
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const doubleQuoted = (text: string): string => `"${text.replaceAll(/[\\"`]/g, '\\$&')}"`

export function exchangeCurl({ request }: Exchange, provider: string | null): string {
  const variable = keyVariable(provider)
  const url = request.url.replace(SECRET_PARAMETER, `$1$${variable}`)
  const lines = [`curl ${request.method === 'POST' ? '' : `-X ${request.method} `}${url === request.url ? quote(url) : doubleQuoted(url)}`]
  for (const [name, value] of request.headers) {
    const low = name.toLowerCase()
    if (OF_THE_CONNECTION.has(low) || low === 'cookie') continue
    if (isSecretHeader(low)) lines.push(`-H "${low}: ${low.includes('authorization') ? 'Bearer ' : ''}$${variable}"`)
    else lines.push(`-H ${quote(`${low}: ${value}`)}`)
  }
  if (request.body !== null && request.body !== '') lines.push(`--data-binary ${quote(request.body)}`)
  return lines.join(' \\\n  ') + '\n'
}
