// A chat application traced with OpenTelemetry's own instrumentation. Start it with: node --import ./tracing.mjs main.mjs
import { sdk } from './tracing.mjs';
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const openai = new OpenAI();
const tracer = trace.getTracer('weather-app');
const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

async function plain() {
  await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    temperature: 0.2,
    max_tokens: 64,
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Say hello.' },
    ],
  });
}

async function streamed(withUsage, content) {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    stream: true,
    ...(withUsage ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'user', content }],
  });
  for await (const chunk of stream) void chunk;
}

function inSpan(name, work) {
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

async function weatherAgent() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  const [call] = asked.choices[0].message.tool_calls;
  messages.push(asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'sunny, 21 degrees' });
  await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
}

async function refused() {
  await openai.chat.completions
    .create({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
    .catch((error) => console.log(`expected failure: ${error.status}`));
}

await plain();
await streamed(true, 'Say hello again.');
await streamed(false, 'Say hello once more.');
await inSpan('weather-agent', weatherAgent);
await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['first text', 'second text'] });
await openai.responses.create({ model: 'gpt-4o-mini', instructions: 'Be kind.', input: 'Say hello.' });
await refused();
await sdk.shutdown();
