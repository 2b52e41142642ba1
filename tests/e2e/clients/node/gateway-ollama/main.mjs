// An application on Ollama's own client; nothing but its host says that a gateway is in between.
import { Ollama } from 'ollama';

const ollama = new Ollama({ host: process.env.OLLAMA_HOST });
const model = 'llama3.2';
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
  const { message } = await ollama.chat({ model, messages, tools });
  const { name, arguments: args } = message.tool_calls[0].function;
  print('ask', `${name} ${JSON.stringify(args)}`);
  messages.push(message, { role: 'tool', tool_name: name, content: 'sunny, 21 degrees' });
  const answer = await ollama.chat({ model, messages, tools });
  print('answer', answer.message.content);
}

const whole = await ollama.chat({
  model,
  options: { temperature: 0.2, num_predict: 64 },
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Say hello.' },
  ],
});
print('plain', whole.message.content);

let text = '';
for await (const part of await ollama.chat({ model, stream: true, messages: [{ role: 'user', content: 'Say hello again.' }] })) {
  text += part.message.content;
}
print('stream', text);

await weatherAgent();
await ollama
  .chat({ model: 'err', messages: [{ role: 'user', content: 'Say hello.' }] })
  .catch((error) => print('refused', error.status_code));
