// A chat application traced with OpenInference: whole and streamed answers, a tool, embeddings, the responses API.
import { sdk } from './tracing.mjs';
import { context, trace } from '@opentelemetry/api';
import { setMetadata, setSession, setTags, setUser } from '@arizeai/openinference-core';
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

async function streamed() {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Say hello again.' }],
  });
  for await (const chunk of stream) void chunk;
}

/** Runs a function under a span of its own, with an OpenInference kind. */
function inSpan(name, kind, attributes, work) {
  return tracer.startActiveSpan(name, { attributes: { 'openinference.span.kind': kind, ...attributes } }, async (span) => {
    try {
      const result = await work();
      span.setAttribute('output.value', result);
      return result;
    } finally {
      span.end();
    }
  });
}

async function weatherAgent(question) {
  const messages = [{ role: 'user', content: question }];
  const asked = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  const [call] = asked.choices[0].message.tool_calls;
  const toolAttributes = { 'tool.name': 'get_weather', 'input.value': call.function.arguments };
  const weather = await inSpan('get_weather', 'TOOL', toolAttributes, async () => 'sunny, 21 degrees');
  messages.push(asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: weather });
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  return answer.choices[0].message.content;
}

async function refused() {
  await openai.chat.completions
    .create({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
    .catch((error) => console.log(`expected failure: ${error.status}`));
}

let scope = setUser(context.active(), { userId: 'user-1' });
scope = setSession(scope, { sessionId: 'session-1' });
scope = setMetadata(scope, { plan: 'free' });
scope = setTags(scope, ['smoke']);
await context.with(scope, async () => {
  await plain();
  await streamed();
  const question = 'What is the weather in Rome?';
  await inSpan('weather-agent', 'AGENT', { 'input.value': question }, () => weatherAgent(question));
  await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['first text', 'second text'] });
  await openai.responses.create({ model: 'gpt-4o-mini', instructions: 'Be kind.', input: 'Say hello.' });
  await refused();
});
await sdk.shutdown();
