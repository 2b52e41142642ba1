// A chat application traced with the Traceloop SDK. It reads TRACELOOP_BASE_URL, OPENAI_BASE_URL and OPENAI_API_KEY.
import OpenAI from 'openai';
import * as traceloop from '@traceloop/node-server-sdk';

traceloop.initialize({
  appName: process.env.OTEL_SERVICE_NAME,
  apiKey: 'not-needed',
  disableBatch: true,
  instrumentModules: { openAI: OpenAI },
});

const openai = new OpenAI();
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
    top_p: 0.9,
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

async function weatherAgent() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  const [call] = asked.choices[0].message.tool_calls;
  const { city } = JSON.parse(call.function.arguments);
  const weather = await traceloop.withTool({ name: 'get_weather' }, async (place) => `sunny, 21 degrees in ${place}`, city);
  messages.push(asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: weather });
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  return answer.choices[0].message.content;
}

async function refused() {
  await openai.chat.completions
    .create({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
    .catch((error) => console.log(`expected failure: ${error.status}`));
}

await traceloop.withAssociationProperties({ user_id: 'user-1', session_id: 'session-1' }, async () => {
  await traceloop.withWorkflow({ name: 'assistant' }, async () => {
    await traceloop.withTask({ name: 'greet' }, plain);
    await streamed();
    await traceloop.withAgent({ name: 'weather-agent' }, weatherAgent);
    await refused();
  });
});
await traceloop.forceFlush();
