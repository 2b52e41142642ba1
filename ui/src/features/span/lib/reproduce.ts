// A call as something one can run: the request in the provider's own form, written as curl, Python or Node. What was
// not captured is not invented: attachments are named by hash, keys are read from the environment.
import type { Message, SpanDetail } from '@/api/types'
import { parseJson } from '@/base/values'
import { numberOf, recordOf, textOf } from './detail'
import { readPart } from './messages'

export type Language = 'curl' | 'python' | 'node'

export interface ProviderRequest {
  provider: 'anthropic' | 'openai'
  url: string
  keyVariable: string
  headers: Record<string, string>
  body: Record<string, unknown>
  notes: string[]
}

const BASES: Readonly<Record<string, readonly [string, string]>> = {
  openai: ['https://api.openai.com/v1', 'OPENAI_API_KEY'],
  anthropic: ['https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'],
  mistral_ai: ['https://api.mistral.ai/v1', 'MISTRAL_API_KEY'],
  mistral: ['https://api.mistral.ai/v1', 'MISTRAL_API_KEY'],
  groq: ['https://api.groq.com/openai/v1', 'GROQ_API_KEY'],
  deepseek: ['https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'],
  openrouter: ['https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'],
  together_ai: ['https://api.together.xyz/v1', 'TOGETHER_API_KEY'],
}

const jsonOr = (text: string): unknown => parseJson(text) ?? text

/** The request of a model call, or null where the span is not one or its messages were not captured. */
export function requestOf(detail: SpanDetail): ProviderRequest | null {
  const model = textOf(detail, 'request_model') ?? textOf(detail, 'response_model')
  const kind = textOf(detail, 'kind')
  if (model === null || detail.input_messages.length === 0 || (kind !== 'llm' && kind !== 'embedding')) return null
  const provider = textOf(detail, 'provider') ?? ''
  const notes: string[] = []
  const known = BASES[provider]
  const [base, keyVariable] = known ?? ['https://api.openai.com/v1', 'API_KEY']
  if (!known) notes.push(provider === '' ? 'The provider is not known; the OpenAI form is a guess.' : `For ${provider} the OpenAI form is a guess.`)
  const messages = [...detail.input_messages].sort((a, b) => a.position - b.position)
  if (kind === 'embedding') return embeddingRequest({ model, base, keyVariable, notes, messages })
  return provider === 'anthropic'
    ? { provider: 'anthropic', url: `${base}/messages`, keyVariable, notes, headers: { 'anthropic-version': '2023-06-01' }, body: anthropicBody(detail, model, messages, notes) }
    : { provider: 'openai', url: `${base}/chat/completions`, keyVariable, notes, headers: {}, body: openaiBody(detail, model, messages, notes) }
}

interface Basics {
  model: string
  base: string
  keyVariable: string
  notes: string[]
  messages: readonly Message[]
}

function embeddingRequest({ model, base, keyVariable, notes, messages }: Basics): ProviderRequest {
  const input = messages.flatMap((message) => message.parts.map(readPart)).flatMap((part) => (part.type === 'text' ? [part.content] : []))
  return { provider: 'openai', url: `${base}/embeddings`, keyVariable, headers: {}, notes, body: { model, input } }
}

/** Parameters as columns, then those that only the provider knows. The messages themselves are never among them. */
function parameters(detail: SpanDetail): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [column, name] of [['temperature', 'temperature'], ['top_p', 'top_p'], ['max_tokens', 'max_tokens'], ['seed', 'seed']] as const) {
    const value = numberOf(detail, column)
    if (value !== null) out[name] = value
  }
  const skipped = new Set(['messages', 'input', 'system', 'tools', 'model', 'stream', ...Object.keys(out)])
  for (const [name, value] of Object.entries(recordOf(detail, 'params'))) {
    if (!skipped.has(name) && value !== null) out[name] = typeof value === 'string' ? (/^[[{]/.test(value) ? jsonOr(value) : value) : value
  }
  return out
}

function openaiBody(detail: SpanDetail, model: string, messages: readonly Message[], notes: string[]): Record<string, unknown> {
  const out: Record<string, unknown>[] = []
  for (const message of messages) {
    const parts = message.parts.map(readPart)
    const calls = parts.flatMap((part) => (part.type === 'tool_call' ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments } }] : []))
    const results = parts.flatMap((part) => (part.type === 'tool_call_response' ? [{ role: 'tool', tool_call_id: part.id, content: part.response }] : []))
    out.push(...results)
    const content: Record<string, unknown>[] = []
    for (const part of parts) {
      if (part.type === 'text' || part.type === 'refusal') content.push({ type: 'text', text: part.content })
      else if (part.type === 'uri') content.push({ type: 'image_url', image_url: { url: part.uri } })
      else if (part.type === 'blob') content.push({ type: 'image_url', image_url: { url: attachment(part.attachment, part.mime_type, notes) } })
      else if (part.type === 'file') content.push({ type: 'file', file: { file_id: part.file_id } })
    }
    if (content.length === 0 && calls.length === 0) continue
    const single = content.length === 1 && content[0]?.['type'] === 'text' ? content[0]['text'] : content
    out.push({ role: message.role, content: content.length === 0 ? null : single, ...(calls.length > 0 ? { tool_calls: calls } : {}) })
  }
  const tools = detail.tool_definitions.map((tool) => ({ type: 'function', function: { name: tool.name, description: tool.description ?? undefined, parameters: tool.parameters ?? undefined } }))
  return { model, messages: out, ...(tools.length > 0 ? { tools } : {}), ...parameters(detail) }
}

function anthropicBody(detail: SpanDetail, model: string, messages: readonly Message[], notes: string[]): Record<string, unknown> {
  const system: string[] = []
  const out: { role: string; content: Record<string, unknown>[] }[] = []
  for (const message of messages) {
    const parts = message.parts.map(readPart)
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...parts.flatMap((part) => (part.type === 'text' ? [part.content] : [])))
      continue
    }
    const content: Record<string, unknown>[] = []
    for (const part of parts) {
      if (part.type === 'text') content.push({ type: 'text', text: part.content })
      else if (part.type === 'tool_call') content.push({ type: 'tool_use', id: part.id, name: part.name, input: jsonOr(part.arguments) })
      else if (part.type === 'tool_call_response') content.push({ type: 'tool_result', tool_use_id: part.id, content: part.response })
      else if (part.type === 'uri') content.push({ type: 'image', source: { type: 'url', url: part.uri } })
      else if (part.type === 'blob') content.push({ type: 'image', source: { type: 'url', url: attachment(part.attachment, part.mime_type, notes) } })
      else if (part.type === 'reasoning' && !notes.includes(REASONING_NOTE)) notes.push(REASONING_NOTE)
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const last = out.at(-1)
    if (last?.role === role) last.content.push(...content)
    else if (content.length > 0) out.push({ role, content })
  }
  const tools = detail.tool_definitions.map((tool) => ({ name: tool.name, description: tool.description ?? undefined, input_schema: tool.parameters ?? { type: 'object' } }))
  const body: Record<string, unknown> = { model, ...(system.length > 0 ? { system: system.join('\n\n') } : {}), messages: out, ...(tools.length > 0 ? { tools } : {}), ...parameters(detail) }
  if (body['max_tokens'] === undefined) {
    body['max_tokens'] = 1024
    notes.push('max_tokens was not captured; 1024 stands in, because the API demands one.')
  }
  return body
}

const REASONING_NOTE = 'Reasoning of earlier turns is left out: providers take it back only with their signature.'

function attachment(hash: string, mime: string | null, notes: string[]): string {
  const note = 'Attachments are named by hash; the downloaded file says where their bytes are.'
  if (!notes.includes(note)) notes.push(note)
  return `attachment:${hash}${mime === null ? '' : `;${mime}`}`
}

const PYTHON_WORDS: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' }

/** A JSON value as a Python literal. JSON's strings are Python's strings once they are pure ASCII. */
export function pythonLiteral(value: unknown, indent = 0): string {
  const pad = ' '.repeat(indent + 4)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => pad + pythonLiteral(item, indent + 4)).join(',\n')},\n${' '.repeat(indent)}]`
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length === 0) return '{}'
    return `{\n${entries.map(([key, item]) => `${pad}${JSON.stringify(key)}: ${pythonLiteral(item, indent + 4)}`).join(',\n')},\n${' '.repeat(indent)}}`
  }
  const text = JSON.stringify(value) ?? 'null'
  // JSON writes astral characters as they are; Python reads them too. Only the bare words differ.
  return PYTHON_WORDS[text] ?? text
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export function write(request: ProviderRequest, language: Language): string {
  if (language === 'curl') return writeCurl(request)
  return language === 'python' ? writePython(request) : writeNode(request)
}

function writeCurl({ url, provider, keyVariable, headers, body }: ProviderRequest): string {
  const auth = provider === 'anthropic' ? `x-api-key: $${keyVariable}` : `authorization: Bearer $${keyVariable}`
  const lines = [`curl ${url}`, `-H "${auth}"`, `-H 'content-type: application/json'`, ...Object.entries(headers).map(([key, value]) => `-H '${key}: ${value}'`)]
  return `${lines.join(' \\\n  ')} \\\n  -d ${shellQuote(JSON.stringify(body, null, 2))}\n`
}

const isDefaultBase = (url: string): boolean => /api\.(openai|anthropic)\.com/.test(url)
const baseOf = (url: string): string => url.replace(/\/(chat\/completions|messages|embeddings)$/, '')

function writePython({ url, provider, keyVariable, body }: ProviderRequest): string {
  const call = url.endsWith('/embeddings') ? 'client.embeddings.create' : provider === 'anthropic' ? 'client.messages.create' : 'client.chat.completions.create'
  const name = provider === 'anthropic' ? 'Anthropic' : 'OpenAI'
  const base = isDefaultBase(url) ? '' : `, base_url=${JSON.stringify(baseOf(url))}`
  return [
    'import os', '', `from ${name.toLowerCase()} import ${name}`, '',
    `client = ${name}(api_key=os.environ["${keyVariable}"]${base})`, '',
    `request = ${pythonLiteral(body)}`, '', `response = ${call}(**request)`, 'print(response.model_dump_json(indent=2))', '',
  ].join('\n')
}

function writeNode({ url, provider, keyVariable, body }: ProviderRequest): string {
  const call = url.endsWith('/embeddings') ? 'client.embeddings.create' : provider === 'anthropic' ? 'client.messages.create' : 'client.chat.completions.create'
  const [name, from] = provider === 'anthropic' ? ['Anthropic', '@anthropic-ai/sdk'] : ['OpenAI', 'openai']
  const base = isDefaultBase(url) ? '' : `, baseURL: ${JSON.stringify(baseOf(url))}`
  return [
    `import ${name} from '${from}'`, '', `const client = new ${name}({ apiKey: process.env.${keyVariable}${base} })`, '',
    `const request = ${JSON.stringify(body, null, 2)}`, '', `const response = await ${call}(request)`, 'console.log(JSON.stringify(response, null, 2))', '',
  ].join('\n')
}
