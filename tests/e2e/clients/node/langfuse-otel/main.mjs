// An application on the Langfuse JS SDK 5: wrapped OpenAI client, manual observations, propagated attributes.
// It reads LANGFUSE_BASE_URL, LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.
import { NodeSDK } from '@opentelemetry/sdk-node';
import { LangfuseSpanProcessor } from '@langfuse/otel';
import { propagateAttributes, startActiveObservation } from '@langfuse/tracing';
import { observeOpenAI } from '@langfuse/openai';
import OpenAI from 'openai';

const sdk = new NodeSDK({
  spanProcessors: [new LangfuseSpanProcessor({ environment: 'staging', release: 'r-1' })],
});
sdk.start();

const openai = observeOpenAI(new OpenAI());
const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

async function streamed() {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Say hello again.' }],
  });
  for await (const chunk of stream) void chunk;
}

async function weatherAgent(agent) {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  agent.update({ input: messages[0].content });
  const asked = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  const [call] = asked.choices[0].message.tool_calls;
  const weather = await startActiveObservation('get_weather', async (tool) => {
    tool.update({ input: JSON.parse(call.function.arguments), output: 'sunny, 21 degrees' });
    return 'sunny, 21 degrees';
  }, { asType: 'tool' });
  messages.push(asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: weather });
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, tools: [weatherTool] });
  agent.update({ output: answer.choices[0].message.content });
}

/** A generation reported by hand, for a model that no wrapper knows. */
async function manualGeneration(generation) {
  generation.update({
    model: 'gpt-4o-mini',
    modelParameters: { temperature: 0.2 },
    input: [{ role: 'user', content: 'By hand.' }],
    output: { role: 'assistant', content: 'Done by hand.' },
    usageDetails: { input: 10, output: 5, cache_read_input_tokens: 3 },
    costDetails: { input: 0.1, output: 0.2, total: 0.3 },
    completionStartTime: new Date(),
  });
}

await propagateAttributes({ userId: 'user-1', sessionId: 'session-1', tags: ['smoke'], traceName: 'assistant' }, async () => {
  await startActiveObservation('assistant', async (root) => {
    root.update({ input: { question: 'everything' } });
    await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      temperature: 0.2,
      max_tokens: 64,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Say hello.' },
      ],
    });
    await streamed();
    await startActiveObservation('weather-agent', weatherAgent, { asType: 'agent' });
    await startActiveObservation('manual', manualGeneration, { asType: 'generation' });
    await openai.chat.completions
      .create({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
      .catch((error) => console.log(`expected failure: ${error.status}`));
    root.update({ output: 'done' });
  });
});
await sdk.shutdown();
