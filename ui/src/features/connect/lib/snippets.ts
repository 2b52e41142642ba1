// Copy-paste set-ups, one per SDK. Each sends OTLP to the address this page came from, and turns on the capture of
// messages, which most instrumentations leave off. A server with keys finds the project by the key.

/** Where the spans go, and what they have to carry. */
export interface Target {
  origin: string
  project: string
  /** The server asks for an API key; snippets read it from KEY_VARIABLE, so that it stands in no file. */
  keyed: boolean
}

export interface Snippet {
  id: string
  /** Shown on the tab. */
  name: string
  /** Or the version, where a package has several forms. */
  language: string
  code: string
}

const DEFAULT_PROJECT = 'default'
const PROJECT_HEADER = 'x-vitrine-project'
export const KEY_HEADER = 'x-vitrine-key'
/** The variable that the command line reads as well. */
export const KEY_VARIABLE = 'VITRINE_API_KEY'

/** The one header that requests need, with its value as it is written in each language; nothing where none is needed. */
function header({ project, keyed }: Target): { name: string; shell: string; environment: string; python: string; node: string } | null {
  if (keyed) return { name: KEY_HEADER, shell: `$${KEY_VARIABLE}`, environment: `$${KEY_VARIABLE}`, python: `os.environ["${KEY_VARIABLE}"]`, node: `process.env.${KEY_VARIABLE}` }
  if (project === DEFAULT_PROJECT) return null
  return { name: PROJECT_HEADER, shell: project, environment: encodeURIComponent(project), python: JSON.stringify(project), node: `'${project}'` }
}

const pythonHeaders = (target: Target): string | null => { const sent = header(target); return sent && `{"${sent.name}": ${sent.python}}` }
const nodeHeaders = (target: Target): string | null => { const sent = header(target); return sent && `{ '${sent.name}': ${sent.node} }` }
/** What Python needs to read the key. */
const pythonKey = ({ keyed }: Target): string => (keyed ? 'import os\n\n' : '')

/** Environment every OpenTelemetry SDK reads. */
function environment(target: Target, extra: readonly string[] = []): string {
  const sent = header(target)
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${target.origin}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(sent === null ? [] : [`export OTEL_EXPORTER_OTLP_HEADERS=${sent.name}=${sent.environment}`]),
    'export OTEL_SERVICE_NAME=my-agent',
    ...extra,
  ].join('\n')
}

const CONTENT = 'export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true'

function pythonExporter(target: Target): string {
  const headers = pythonHeaders(target)
  return [
    ...(target.keyed ? ['import os', ''] : []),
    'from opentelemetry.sdk.resources import Resource',
    'from opentelemetry.sdk.trace import TracerProvider',
    'from opentelemetry.sdk.trace.export import BatchSpanProcessor',
    'from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter',
    '',
    'provider = TracerProvider(resource=Resource.create({"service.name": "my-agent"}))',
    'provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(',
    `    endpoint="${target.origin}/v1/traces",`,
    ...(headers === null ? [] : [`    headers=${headers},`]),
    ')))',
  ].join('\n')
}

function nodeSdk(target: Target, instrumentations: string): string {
  const headers = nodeHeaders(target)
  return [
    'const sdk = new NodeSDK({',
    "  serviceName: 'my-agent',",
    '  traceExporter: new OTLPTraceExporter({',
    `    url: '${target.origin}/v1/traces',`,
    ...(headers === null ? [] : [`    headers: ${headers},`]),
    '  }),',
    ...(instrumentations === '' ? [] : [`  instrumentations: [${instrumentations}],`]),
    '})',
    'sdk.start()',
    "process.on('beforeExit', () => sdk.shutdown())",
  ].join('\n')
}

const NODE_IMPORTS = "import { NodeSDK } from '@opentelemetry/sdk-node'\nimport { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'"
const NODE_PACKAGES = '@opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto'

type Make = (target: Target) => Omit<Snippet, 'id'>

const OPENAI: Readonly<Record<string, Make>> = {
  // The messages of the official instrumentations travel as log records, so logs are exported as well.
  'otel-python': (target) => ({
    name: 'OpenAI, official OTel', language: 'Python',
    code: `# pip install openai opentelemetry-distro \\\n#   opentelemetry-instrumentation-openai-v2 \\\n#   opentelemetry-exporter-otlp-proto-http\n${environment(target, [
      'export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=none', CONTENT,
    ])}\n\nopentelemetry-instrument python agent.py`,
  }),
  'otel-node': (target) => ({
    name: 'OpenAI, official OTel', language: 'Node',
    code: `// tracing.mjs\n// npm i openai @opentelemetry/sdk-node @opentelemetry/instrumentation-openai\nimport { register } from 'node:module'\nimport { NodeSDK } from '@opentelemetry/sdk-node'\nimport { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'\n\nregister('@opentelemetry/instrumentation/hook.mjs', import.meta.url)\nconst instrumentation = new OpenAIInstrumentation({ captureMessageContent: true })\nconst sdk = new NodeSDK({ instrumentations: [instrumentation] })\nsdk.start()\nprocess.on('beforeExit', () => sdk.shutdown())\n\n/* in the shell:\n${environment(target, ['export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=none'])}\nnode --import ./tracing.mjs agent.mjs\n*/`,
  }),
  'openinference-python': (target) => ({
    name: 'OpenInference', language: 'Python',
    code: `# pip install openinference-instrumentation-openai opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(target)}\n\nfrom openinference.instrumentation.openai import OpenAIInstrumentor\n\nOpenAIInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'openinference-node': (target) => ({
    name: 'OpenInference', language: 'Node',
    code: `// npm i openai @arizeai/openinference-instrumentation-openai \\\n//   ${NODE_PACKAGES}\nimport OpenAI from 'openai'\n${NODE_IMPORTS}\nimport { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'\n\nconst instrumentation = new OpenAIInstrumentation()\ninstrumentation.manuallyInstrument(OpenAI)\n\n${nodeSdk(target, 'instrumentation')}`,
  }),
  'traceloop-python': (target) => ({
    name: 'Traceloop', language: 'Python',
    code: `# pip install traceloop-sdk openai\n${pythonKey(target)}from traceloop.sdk import Traceloop\n\nTraceloop.init(\n    app_name="my-agent",\n    api_endpoint="${target.origin}",\n    ${pythonHeaders(target) === null ? 'api_key="not-needed"' : `headers=${pythonHeaders(target)}`},\n)`,
  }),
  'traceloop-node': (target) => ({
    name: 'Traceloop', language: 'Node',
    code: `// npm i openai @traceloop/node-server-sdk\nimport OpenAI from 'openai'\nimport * as traceloop from '@traceloop/node-server-sdk'\n\ntraceloop.initialize({\n  appName: 'my-agent',\n  baseUrl: '${target.origin}',\n  ${nodeHeaders(target) === null ? "apiKey: 'not-needed'" : `headers: ${nodeHeaders(target)}`},\n  instrumentModules: { openAI: OpenAI },\n})`,
  }),
}

const OTHERS: Readonly<Record<string, Make>> = {
  'ai-sdk-6': (target) => ({
    name: 'Vercel AI SDK', language: 'AI SDK 5, 6',
    code: `// npm i ai @ai-sdk/openai \\\n//   ${NODE_PACKAGES}\n${NODE_IMPORTS}\nimport { generateText } from 'ai'\nimport { openai } from '@ai-sdk/openai'\n\n${nodeSdk(target, '')}\n\nconst { text } = await generateText({\n  model: openai('gpt-4.1-mini'),\n  prompt: 'Why is the sky blue?',\n  experimental_telemetry: { isEnabled: true, functionId: 'sky' },\n})`,
  }),
  'ai-sdk-7': (target) => ({
    name: 'Vercel AI SDK', language: 'AI SDK 7',
    code: `// npm i ai @ai-sdk/otel @ai-sdk/openai \\\n//   ${NODE_PACKAGES}\n${NODE_IMPORTS}\nimport { OpenTelemetry } from '@ai-sdk/otel'\nimport { generateText, registerTelemetry } from 'ai'\nimport { openai } from '@ai-sdk/openai'\n\n${nodeSdk(target, '')}\nregisterTelemetry(new OpenTelemetry())\n\nconst { text } = await generateText({\n  model: openai('gpt-4.1-mini'),\n  prompt: 'Why is the sky blue?',\n  telemetry: { functionId: 'sky' },\n})`,
  }),
  'anthropic-python': (target) => ({
    name: 'Anthropic', language: 'Python',
    code: `# pip install anthropic openinference-instrumentation-anthropic opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(target)}\n\nfrom openinference.instrumentation.anthropic import AnthropicInstrumentor\n\nAnthropicInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'anthropic-node': (target) => ({
    name: 'Anthropic', language: 'Node',
    code: `// npm i @anthropic-ai/sdk @arizeai/openinference-instrumentation-anthropic \\\n//   ${NODE_PACKAGES}\nimport Anthropic from '@anthropic-ai/sdk'\n${NODE_IMPORTS}\nimport { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'\n\nconst instrumentation = new AnthropicInstrumentation()\ninstrumentation.manuallyInstrument(Anthropic)\n\n${nodeSdk(target, 'instrumentation')}`,
  }),
  // The SDK as it is: it sends OTLP below the address of its host. Its secret key travels as a password, where our key may stand; without keys any pair will do.
  'langfuse-python': (target) => ({
    name: 'Langfuse SDK', language: 'Python',
    code: `# pip install langfuse openai\n${langfuseEnvironment(target, '#  ')}\n${target.keyed || pythonHeaders(target) === null ? '' : `from langfuse import Langfuse\n\nLangfuse(additional_headers=${pythonHeaders(target)})\n`}from langfuse import observe\nfrom langfuse.openai import openai\n\n@observe()\ndef answer(question: str) -> str:\n    reply = openai.chat.completions.create(\n        model="gpt-4.1-mini", messages=[{"role": "user", "content": question}]\n    )\n    return reply.choices[0].message.content`,
  }),
  'langfuse-node': (target) => ({
    name: 'Langfuse SDK', language: 'Node',
    code: `// npm i @langfuse/otel @langfuse/openai openai @opentelemetry/sdk-node\n${langfuseEnvironment(target, '// ')}\nimport { NodeSDK } from '@opentelemetry/sdk-node'\nimport { LangfuseSpanProcessor } from '@langfuse/otel'\nimport { observeOpenAI } from '@langfuse/openai'\nimport OpenAI from 'openai'\n\nconst processor = new LangfuseSpanProcessor(${target.keyed || nodeHeaders(target) === null ? '' : `{ additionalHeaders: ${nodeHeaders(target)} }`})\nconst sdk = new NodeSDK({ spanProcessors: [processor] })\nsdk.start()\nprocess.on('beforeExit', () => sdk.shutdown())\n\nconst openai = observeOpenAI(new OpenAI())`,
  }),
  curl: (target) => ({ name: 'curl', language: 'shell', code: curlSnippet(target) }),
}

function langfuseEnvironment({ origin, keyed }: Target, comment: string): string {
  return ['in the shell:', `export LANGFUSE_BASE_URL=${origin}`, `export LANGFUSE_PUBLIC_KEY=pk-lf-any LANGFUSE_SECRET_KEY=${keyed ? `$${KEY_VARIABLE}` : 'sk-lf-any'}`].map((line) => `${comment}${line}`).join('\n')
}

const MAKERS: Readonly<Record<string, Make>> = { ...OPENAI, ...OTHERS }

/** One call by hand: ids and times are made by the shell, so that pasting it twice makes two traces. */
function curlSnippet(target: Target): string {
  const sent = header(target)
  return [
    'now=$(date +%s)',
    `curl -i ${target.origin}/v1/traces -H 'content-type: application/json'${sent === null ? '' : ` -H "${sent.name}: ${sent.shell}"`} -d @- <<EOF`,
    '{ "resourceSpans": [{',
    '  "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "curl" } }] },',
    '  "scopeSpans": [{ "spans": [{',
    '    "traceId": "$(openssl rand -hex 16)", "spanId": "$(openssl rand -hex 8)",',
    '    "name": "chat gpt-4.1-mini", "kind": 3,',
    '    "startTimeUnixNano": "$((now - 1))000000000", "endTimeUnixNano": "${now}000000000",',
    '    "attributes": [',
    '      { "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } },',
    '      { "key": "gen_ai.provider.name", "value": { "stringValue": "openai" } },',
    '      { "key": "gen_ai.request.model", "value": { "stringValue": "gpt-4.1-mini" } },',
    '      { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "12" } },',
    '      { "key": "gen_ai.usage.output_tokens", "value": { "intValue": "7" } }',
    '    ] }] }] }] }',
    'EOF',
  ].join('\n')
}

export function snippets(target: Target): Snippet[] {
  return Object.entries(MAKERS).map(([id, make]) => ({ id, ...make(target) }))
}

/** The command reads the key from its variable by itself. */
export function demoCommand({ origin, project, keyed }: Target): string {
  return `vitrine demo --traces 200 \\\n  --url ${origin}${keyed || project === DEFAULT_PROJECT ? '' : ` \\\n  --project ${project}`}`
}
