// Copy-paste set-ups, one per SDK. Each sends OTLP to the address this page came from, and turns on the capture of
// messages, which most instrumentations leave off.

export interface Snippet {
  id: string
  /** Shown on the tab. */
  name: string
  language: 'Python' | 'Node' | 'shell'
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
    "import { NodeSDK } from '@opentelemetry/sdk-node'",
    "import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'",
    '',
    'const sdk = new NodeSDK({',
    "  serviceName: 'my-agent',",
    `  traceExporter: new OTLPTraceExporter({ url: '${origin}/v1/traces'${headers} }),`,
    ...(instrumentations === '' ? [] : [`  instrumentations: [${instrumentations}],`]),
    '})',
    'sdk.start()',
    "process.on('beforeExit', () => sdk.shutdown())",
  ].join('\n')
}

type Make = (origin: string, project: string) => Omit<Snippet, 'id'>

const MAKERS: Readonly<Record<string, Make>> = {
  'otel-python': (origin, project) => ({
    name: 'OpenAI, official OTel', language: 'Python',
    code: `# pip install openai opentelemetry-distro opentelemetry-exporter-otlp-proto-http \\\n#   opentelemetry-instrumentation-openai-v2\n${environment(origin, project, [CONTENT])}\n\nopentelemetry-instrument python agent.py`,
  }),
  'otel-node': (origin, project) => ({
    name: 'OpenAI, official OTel', language: 'Node',
    code: `// npm i openai @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto \\\n//   @opentelemetry/instrumentation-openai\n// run: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true node --import ./tracing.mjs agent.mjs\nimport { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'\n${nodeSdk(origin, project, 'new OpenAIInstrumentation()')}`,
  }),
  'openinference-python': (origin, project) => ({
    name: 'OpenInference', language: 'Python',
    code: `# pip install openinference-instrumentation-openai opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(origin, project)}\n\nfrom openinference.instrumentation.openai import OpenAIInstrumentor\n\nOpenAIInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'openinference-node': (origin, project) => ({
    name: 'OpenInference', language: 'Node',
    code: `// npm i @arizeai/openinference-instrumentation-openai @opentelemetry/sdk-node \\\n//   @opentelemetry/exporter-trace-otlp-proto\nimport { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'\n${nodeSdk(origin, project, 'new OpenAIInstrumentation()')}`,
  }),
  'traceloop-python': (origin, project) => ({
    name: 'Traceloop', language: 'Python',
    code: `# pip install traceloop-sdk\nfrom traceloop.sdk import Traceloop\n\nTraceloop.init(\n    app_name="my-agent",\n    api_endpoint="${origin}",${project === DEFAULT_PROJECT ? '' : `\n    headers={"x-vitrine-project": ${JSON.stringify(project)}},`}\n)`,
  }),
  'traceloop-node': (origin, project) => ({
    name: 'Traceloop', language: 'Node',
    code: `// npm i @traceloop/node-server-sdk\nimport * as traceloop from '@traceloop/node-server-sdk'\n\ntraceloop.initialize({\n  appName: 'my-agent',\n  baseUrl: '${origin}',${project === DEFAULT_PROJECT ? '' : `\n  headers: { 'x-vitrine-project': '${project}' },`}\n  disableBatch: true,\n})`,
  }),
  'ai-sdk-node': (origin, project) => ({
    name: 'Vercel AI SDK', language: 'Node',
    code: `// npm i ai @ai-sdk/openai @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto\n${nodeSdk(origin, project, '')}\n\nimport { generateText } from 'ai'\nimport { openai } from '@ai-sdk/openai'\n\nconst { text } = await generateText({\n  model: openai('gpt-4.1-mini'),\n  prompt: 'Why is the sky blue?',\n  experimental_telemetry: { isEnabled: true, functionId: 'sky' },\n})`,
  }),
  'anthropic-python': (origin, project) => ({
    name: 'Anthropic', language: 'Python',
    code: `# pip install anthropic openinference-instrumentation-anthropic opentelemetry-sdk \\\n#   opentelemetry-exporter-otlp-proto-http\n${pythonExporter(origin, project)}\n\nfrom openinference.instrumentation.anthropic import AnthropicInstrumentor\n\nAnthropicInstrumentor().instrument(tracer_provider=provider)`,
  }),
  'anthropic-node': (origin, project) => ({
    name: 'Anthropic', language: 'Node',
    code: `// npm i @anthropic-ai/sdk @arizeai/openinference-instrumentation-anthropic \\\n//   @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-proto\nimport { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'\n${nodeSdk(origin, project, 'new AnthropicInstrumentation()')}`,
  }),
  'langfuse-python': (origin, project) => ({
    name: 'Langfuse SDK', language: 'Python',
    code: `# pip install langfuse opentelemetry-exporter-otlp-proto-http\n# the tracer provider is ours, Langfuse writes into it: @observe and its wrappers work as they are\n${pythonExporter(origin, project)}\n\nfrom langfuse import Langfuse, observe\n\nLangfuse(public_key="pk-local", secret_key="sk-local", tracer_provider=provider)\n\n@observe()\ndef answer(question: str) -> str:\n    return "..."`,
  }),
  'langfuse-node': (origin, project) => ({
    name: 'Langfuse SDK', language: 'Node',
    code: `// npm i @langfuse/otel @langfuse/tracing @opentelemetry/sdk-node \\\n//   @opentelemetry/exporter-trace-otlp-proto\nimport { LangfuseSpanProcessor } from '@langfuse/otel'\nimport { NodeSDK } from '@opentelemetry/sdk-node'\nimport { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'\n\nconst exporter = new OTLPTraceExporter({ url: '${origin}/v1/traces'${project === DEFAULT_PROJECT ? '' : `, headers: { 'x-vitrine-project': '${project}' }`} })\nnew NodeSDK({ spanProcessors: [new LangfuseSpanProcessor({ exporter })] }).start()`,
  }),
  curl: (origin, project) => ({ name: 'curl', language: 'shell', code: curlSnippet(origin, project) }),
}

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
  return `vitrine demo --traces 200 --url ${origin}${project === DEFAULT_PROJECT ? '' : ` --project ${project}`}`
}
