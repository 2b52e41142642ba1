// An application on Cohere's SDK; nothing but its base URL says that a gateway is in between.
import { CohereClientV2 } from 'cohere-ai';

const cohere = new CohereClientV2({ environment: process.env.COHERE_BASE_URL });
const model = 'command-a-03-2025';
const tools = [{
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}];
const print = (step, text) => console.log(`${step}: ${text}`);

async function weatherAgent() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await cohere.chat({ model, messages, tools });
  const [call] = asked.message.toolCalls;
  print('ask', `${call.function.name} ${call.function.arguments}`);
  messages.push({ role: 'assistant', toolCalls: asked.message.toolCalls, toolPlan: asked.message.toolPlan });
  messages.push({ role: 'tool', toolCallId: call.id, content: 'sunny, 21 degrees' });
  const answer = await cohere.chat({ model, messages, tools });
  print('answer', answer.message.content[0].text);
}

const whole = await cohere.chat({
  model,
  temperature: 0.2,
  maxTokens: 64,
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Say hello.' },
  ],
});
print('plain', whole.message.content[0].text);

let text = '';
for await (const event of await cohere.chatStream({ model, messages: [{ role: 'user', content: 'Say hello again.' }] })) {
  if (event.type === 'content-delta') text += event.delta.message.content.text;
}
print('stream', text);

await weatherAgent();
await cohere
  .chat({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] }, { maxRetries: 0 })
  .catch((error) => print('refused', error.statusCode));
