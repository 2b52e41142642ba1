// An application on Mistral's SDK; nothing but its server URL says that a gateway is in between.
import { Mistral } from '@mistralai/mistralai';

const { chat } = new Mistral({ serverURL: process.env.MISTRAL_BASE_URL, apiKey: process.env.MISTRAL_API_KEY });
const model = 'mistral-small-latest';
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
  const asked = await chat.complete({ model, messages, tools });
  const { message } = asked.choices[0];
  const [call] = message.toolCalls;
  print('ask', `${call.function.name} ${call.function.arguments}`);
  messages.push(message, { role: 'tool', toolCallId: call.id, name: 'get_weather', content: 'sunny, 21 degrees' });
  const answer = await chat.complete({ model, messages, tools });
  print('answer', answer.choices[0].message.content);
}

const whole = await chat.complete({
  model,
  temperature: 0.2,
  maxTokens: 64,
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Say hello.' },
  ],
});
print('plain', whole.choices[0].message.content);

let text = '';
for await (const { data } of await chat.stream({ model, messages: [{ role: 'user', content: 'Say hello again.' }] })) {
  text += data.choices[0].delta.content ?? '';
}
print('stream', text);

await weatherAgent();
await chat
  .complete({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
  .catch((error) => print('refused', error.statusCode));
