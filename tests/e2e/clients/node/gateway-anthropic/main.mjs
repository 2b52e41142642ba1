// An ordinary application on the Anthropic SDK; nothing but ANTHROPIC_BASE_URL says that a gateway is in between.
import Anthropic from '@anthropic-ai/sdk';

const anthropic = new Anthropic();
const model = 'claude-sonnet-4-5';
const weatherTool = {
  name: 'get_weather',
  description: 'Current weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const print = (step, text) => console.log(`${step}: ${text}`);
const create = (fields) => anthropic.messages.create({ model, max_tokens: 64, ...fields });
const hello = [{ role: 'user', content: 'Say hello.' }];

async function weatherAgent() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await create({ messages, tools: [weatherTool] });
  const call = asked.content.find((block) => block.type === 'tool_use');
  print('ask', `${call.name} ${JSON.stringify(call.input)}`);
  messages.push({ role: 'assistant', content: asked.content });
  messages.push({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 21 degrees' }],
  });
  const answer = await create({ messages, tools: [weatherTool] });
  print('answer', answer.content[0].text);
}

const whole = await create({ system: 'Be kind.', messages: hello });
print('plain', whole.content[0].text);

const stream = anthropic.messages.stream({
  model,
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Say hello again.' }],
});
print('stream', await stream.finalText());

await weatherAgent();

const called = anthropic.messages.stream({
  model,
  max_tokens: 64,
  messages: [{ role: 'user', content: 'What is the weather in Rome?' }],
  tools: [weatherTool],
});
print('streamed ask', JSON.stringify((await called.finalMessage()).content[0].input));

await create({ model: 'err-429', messages: hello }).catch((error) => print('refused', error.status));
print('retried', (await create({ model: 'err-twice', messages: hello })).content[0].text);
