// Copy-paste set-ups, one per SDK. Each sends OTLP to the address this page came from, and turns on the capture of
// messages, which most instrumentations leave off.

export interface Snippet {
  id: string
  /** Shown on the tab. */
  name: string
  /** Or the version, where a package has several forms. */
  language: string
  code: string
}

const DEFAULT_PROJECT = 'default'

/** Environment every OpenTelemetry SDK reads. The header names the project where it is not the default one. */
function environment(origin: string, project: string, extra: readonly string[] = []): string {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(project === DEFAULT_PROJECT ? [] : [`export OTEL_EXPORTER_OTLP_HEADERS=x-vitrine-project=${encodeURIComponent(project)}`]),
    'export OTEL_SERVICE_NAME=my-agent',
    ...extra,
  ].join('\n')
}

const CONTENT = 'export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true'

function pythonExporter(origin: string, project: string): string {
  const headers = project === DEFAULT_PROJECT ? '' : `, headers={"x-vitrine-project": ${JSON.stringify(project)}}`
  return [
    'from opentelemetry.sdk.resources import Resource',
    'from opentelemetry.sdk.trace import TracerProvider',
    'from opentelemetry.sdk.trace.export import BatchSpanProcessor',
    'from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter',
    '',
    'provider = TracerProvider(resource=Resource.create({"service.name": "my-agent"}))',
    `provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint="${origin}/v1/traces"${headers})))`,
  ].join('\n')
}

function nodeSdk(origin: string, project: string, instrumentations: string): string {
  const headers = project === DEFAULT_PROJECT ? '' : `, headers: { 'x-vitrine-project': '${project}' }`
  return [
    'const sdk = new NodeSDK({',
    "  serviceName: 'my-agent',",
    `  traceExporter: new OTLPTraceExporter({ url: '${origin}/v1/traces'${headers} }),`,
    ...(instrumentations === '' ? [] : [`  instrumentations: [${instrumentations}],`]),
    '})',
    'sdk.start()',
    "process.on('beforeExit', () => sdk.shutdown())",
  ].join('\n')
}

const NODE_IMPORTS = "import { NodeSDK } from '@opentelemetry/sdk-node'\nimport { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'"
const NODE_PACKAGES = '@opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto'

type Make = (origin: string, project: string) => Omit<Snippet, 'id'>

const OPENAI: Readonly<Record<string, Make>> = {
  // The messages of the official instrumentations travel as log records, so logs are exported as well.
  'otel-python': (origin, project) => ({
    name: 'OpenAI, official OTel', language: 'Python',
    code: `# pip install openai opentelemetry-distro opentelemetry-instrumentation-openai-v2 \\\n#   opentelemetry-exporter-otlp-proto-http\n${environment(origin, project, [
      'export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=none', CONTENT,
    ])}\n\nopentelemetry-instrument python agent.py`,
  }),
  'otel-node': (origin, project) => ({
    name: 'OpenAI, official OTel', language: 'Node',
    code: `// tracing.mjs\n// npm i openai @opentelemetry/sdk-node @opentelemetry/instrumentation-openai\nimport { register } from 'node:module'\nimport { NodeSDK } from '@opentelemetry/sdk-node'\nimport { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'\n\nregister('@opentelemetry/instrumentation/hook.mjs', import.meta.url)\nconst instrumentation = new OpenAIInstrumentation({ captureMessageContent: true })\nconst sdk = new NodeSDK({ instrumentations: [instrumentation] })\nsdk.start()\nprocess.on('beforeExit', () => sdk.shutdown())\n\n/* in the shell:\n${environment(origin, project, ['export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=none'])}\nnode --import ./tracing.mjs agent.mjs\n*/`,
  }),
  'openinference-python': (origin, project) => ({
    name: 'OpenInference', language: 'Python',
    code: `# pip install openinference-instrumentation-openai opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(origin, project)}\n\nfrom openinference.instrumentation.openai import OpenAIInstrumentor\n\nOpenAIInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'openinference-node': (origin, project) => ({
    name: 'OpenInference', language: 'Node',
    code: `// npm i openai @arizeai/openinference-instrumentation-openai \\\n//   ${NODE_PACKAGES}\nimport OpenAI from 'openai'\n${NODE_IMPORTS}\nimport { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'\n\nconst instrumentation = new OpenAIInstrumentation()\ninstrumentation.manuallyInstrument(OpenAI)\n\n${nodeSdk(origin, project, 'instrumentation')}`,
  }),
  'traceloop-python': (origin, project) => ({
    name: 'Traceloop', language: 'Python',
    code: `# pip install traceloop-sdk openai\nfrom traceloop.sdk import Traceloop\n\nTraceloop.init(\n    app_name="my-agent",\n    api_endpoint="${origin}",\n    ${project === DEFAULT_PROJECT ? 'api_key="not-needed"' : `headers={"x-vitrine-project": ${JSON.stringify(project)}}`},\n)`,
  }),
  'traceloop-node': (origin, project) => ({
    name: 'Traceloop', language: 'Node',
    code: `// npm i openai @traceloop/node-server-sdk\nimport OpenAI from 'openai'\nimport * as traceloop from '@traceloop/node-server-sdk'\n\ntraceloop.initialize({\n  appName: 'my-agent',\n  baseUrl: '${origin}',\n  ${project === DEFAULT_PROJECT ? "apiKey: 'not-needed'" : `headers: { 'x-vitrine-project': '${project}' }`},\n  instrumentModules: { openAI: OpenAI },\n})`,
  }),
}

const OTHERS: Readonly<Record<string, Make>> = {
  'ai-sdk-6': (origin, project) => ({
    name: 'Vercel AI SDK', language: 'AI SDK 5, 6',
    code: `// npm i ai @ai-sdk/openai \\\n//   ${NODE_PACKAGES}\n${NODE_IMPORTS}\nimport { generateText } from 'ai'\nimport { openai } from '@ai-sdk/openai'\n\n${nodeSdk(origin, project, '')}\n\nconst { text } = await generateText({\n  model: openai('gpt-4.1-mini'),\n  prompt: 'Why is the sky blue?',\n  experimental_telemetry: { isEnabled: true, functionId: 'sky' },\n})`,
  }),
  'ai-sdk-7': (origin, project) => ({
    name: 'Vercel AI SDK', language: 'AI SDK 7',
    code: `// npm i ai @ai-sdk/otel @ai-sdk/openai \\\n//   ${NODE_PACKAGES}\n${NODE_IMPORTS}\nimport { OpenTelemetry } from '@ai-sdk/otel'\nimport { generateText, registerTelemetry } from 'ai'\nimport { openai } from '@ai-sdk/openai'\n\n${nodeSdk(origin, project, '')}\nregisterTelemetry(new OpenTelemetry())\n\nconst { text } = await generateText({\n  model: openai('gpt-4.1-mini'),\n  prompt: 'Why is the sky blue?',\n  telemetry: { functionId: 'sky' },\n})`,
  }),
  'anthropic-python': (origin, project) => ({
    name: 'Anthropic', language: 'Python',
    code: `# pip install anthropic openinference-instrumentation-anthropic opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(origin, project)}\n\nfrom openinference.instrumentation.anthropic import AnthropicInstrumentor\n\nAnthropicInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'anthropic-node': (origin, project) => ({
    name: 'Anthropic', language: 'Node',
    code: `// npm i @anthropic-ai/sdk @arizeai/openinference-instrumentation-anthropic \\\n//   ${NODE_PACKAGES}\nimport Anthropic from '@anthropic-ai/sdk'\n${NODE_IMPORTS}\nimport { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'\n\nconst instrumentation = new AnthropicInstrumentation()\ninstrumentation.manuallyInstrument(Anthropic)\n\n${nodeSdk(origin, project, 'instrumentation')}`,
  }),
  // The SDK as it is: it sends OTLP below the address of its host. Any pair of keys will do.
  'langfuse-python': (origin, project) => ({
    name: 'Langfuse SDK', language: 'Python',
    code: `# pip install langfuse openai\n${langfuseEnvironment(origin, '#  ')}\n${project === DEFAULT_PROJECT ? '' : `from langfuse import Langfuse\n\nLangfuse(additional_headers={"x-vitrine-project": ${JSON.stringify(project)}})\n`}from langfuse import observe\nfrom langfuse.openai import openai\n\n@observe()\ndef answer(question: str) -> str:\n    reply = openai.chat.completions.create(\n        model="gpt-4.1-mini", messages=[{"role": "user", "content": question}]\n    )\n    return reply.choices[0].message.content`,
  }),
  'langfuse-node': (origin, project) => ({
    name: 'Langfuse SDK', language: 'Node',
    code: `// npm i @langfuse/otel @langfuse/openai openai @opentelemetry/sdk-node\n${langfuseEnvironment(origin, '// ')}\nimport { NodeSDK } from '@opentelemetry/sdk-node'\nimport { LangfuseSpanProcessor } from '@langfuse/otel'\nimport { observeOpenAI } from '@langfuse/openai'\nimport OpenAI from 'openai'\n\nconst processor = new LangfuseSpanProcessor(${project === DEFAULT_PROJECT ? '' : `{ additionalHeaders: { 'x-vitrine-project': '${project}' } }`})\nconst sdk = new NodeSDK({ spanProcessors: [processor] })\nsdk.start()\nprocess.on('beforeExit', () => sdk.shutdown())\n\nconst openai = observeOpenAI(new OpenAI())`,
  }),
  curl: (origin, project) => ({ name: 'curl', language: 'shell', code: curlSnippet(origin, project) }),
}

function langfuseEnvironment(origin: string, comment: string): string {
  return ['in the shell:', `export LANGFUSE_BASE_URL=${origin}`, 'export LANGFUSE_PUBLIC_KEY=pk-lf-any LANGFUSE_SECRET_KEY=sk-lf-any'].map((line) => `${comment}${line}`).join('\n')
}

const MAKERS: Readonly<Record<string, Make>> = { ...OPENAI, ...OTHERS }

/** One call by hand: ids and times are made by the shell, so that pasting it twice makes two traces. */
function curlSnippet(origin: string, project: string): string {
  return [
    'now=$(date +%s)',
    `curl -i ${origin}/v1/traces -H 'content-type: application/json'${project === DEFAULT_PROJECT ? '' : ` -H 'x-vitrine-project: ${project}'`} -d @- <<EOF`,
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

export function snippets(origin: string, project: string): Snippet[] {
  return Object.entries(MAKERS).map(([id, make]) => ({ id, ...make(origin, project) }))
}

export function demoCommand(origin: string, project: string): string {
  return `vitrine demo --traces 200 \\\n  --url ${origin}${project === DEFAULT_PROJECT ? '' : ` \\\n  --project ${project}`}`
}
