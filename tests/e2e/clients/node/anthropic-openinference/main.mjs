// The Anthropic SDK under OpenInference. The SDK's own tracing is on as well: every call is reported by two spans.
import { sdk } from './tracing.mjs';
import { context, trace } from '@opentelemetry/api';
import { setSession, setUser } from '@arizeai/openinference-core';
import Anthropic from '@anthropic-ai/sdk';

const anthropic = new Anthropic();
const tracer = trace.getTracer('weather-app');
const model = 'claude-sonnet-4-5';
const weatherTool = {
  name: 'get_weather',
  description: 'Current weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

async function weatherAgent(span) {
  span.setAttributes({ 'openinference.span.kind': 'AGENT', 'input.value': 'What is the weather in Rome?' });
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await anthropic.messages.create({ model, max_tokens: 64, messages, tools: [weatherTool] });
  const call = asked.content.find((block) => block.type === 'tool_use');
  messages.push({ role: 'assistant', content: asked.content });
  messages.push({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 21 degrees' }],
  });
  const answer = await anthropic.messages.create({ model, max_tokens: 64, messages, tools: [weatherTool] });
  span.setAttribute('output.value', answer.content[0].text);
  span.end();
}

let scope = setUser(context.active(), { userId: 'user-1' });
scope = setSession(scope, { sessionId: 'session-1' });
await context.with(scope, async () => {
  await anthropic.messages.create({
    model,
    max_tokens: 64,
    system: 'Be kind.',
    messages: [{ role: 'user', content: 'Say hello.' }],
  });

  const stream = await anthropic.messages.create({
    model,
    max_tokens: 64,
    stream: true,
    messages: [{ role: 'user', content: 'Say hello again.' }],
  });
  for await (const event of stream) void event;

  await tracer.startActiveSpan('weather-agent', weatherAgent);

  await anthropic.messages
    .create({ model: 'err', max_tokens: 64, messages: [{ role: 'user', content: 'Say hello.' }] })
    .catch((error) => console.log(`expected failure: ${error.status}`));
});
await sdk.shutdown();
