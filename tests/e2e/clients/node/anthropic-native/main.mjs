// An application on the Anthropic SDK. The SDK traces itself as soon as OpenTelemetry is running.
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { trace } from '@opentelemetry/api';
import Anthropic from '@anthropic-ai/sdk';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();

const anthropic = new Anthropic();
const tracer = trace.getTracer('weather-app');
const model = 'claude-sonnet-4-5';
const weatherTool = {
  name: 'get_weather',
  description: 'Current weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

async function weatherAgent(span) {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await anthropic.messages.create({ model, max_tokens: 64, messages, tools: [weatherTool] });
  const call = asked.content.find((block) => block.type === 'tool_use');
  messages.push({ role: 'assistant', content: asked.content });
  messages.push({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 21 degrees' }],
  });
  await anthropic.messages.create({ model, max_tokens: 64, messages, tools: [weatherTool] });
  span.end();
}

await anthropic.messages.create({
  model,
  max_tokens: 64,
  system: 'Be kind.',
  messages: [{ role: 'user', content: 'Say hello.' }],
});

const stream = anthropic.messages.stream({
  model,
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Say hello again.' }],
});
await stream.finalMessage();

await tracer.startActiveSpan('weather-agent', weatherAgent);

await anthropic.messages
  .create({ model: 'err', max_tokens: 64, messages: [{ role: 'user', content: 'Say hello.' }] })
  .catch((error) => console.log(`expected failure: ${error.status}`));

await sdk.shutdown();
