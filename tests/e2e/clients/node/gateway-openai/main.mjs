// An ordinary chat application on the OpenAI SDK; nothing but OPENAI_BASE_URL says that a gateway is in between.
import OpenAI from 'openai';

const openai = new OpenAI();
const model = 'gpt-4o-mini';
const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const print = (step, text) => console.log(`${step}: ${text}`);

async function plain() {
  const answer = await openai.chat.completions.create({
    model,
    temperature: 0.2,
    max_tokens: 64,
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Say hello.' },
    ],
  });
  print('plain', answer.choices[0].message.content);
}

async function streamed() {
  const stream = await openai.chat.completions.create({
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Say hello again.' }],
  });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  print('stream', text);
}

async function weatherAgent() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const asked = await openai.chat.completions.create({ model, messages, tools: [weatherTool] });
  const [call] = asked.choices[0].message.tool_calls;
  print('ask', `${call.function.name} ${call.function.arguments}`);
  messages.push(asked.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'sunny, 21 degrees' });
  const answer = await openai.chat.completions.create({ model, messages, tools: [weatherTool] });
  print('answer', answer.choices[0].message.content);
}

async function streamedTool() {
  const messages = [{ role: 'user', content: 'What is the weather in Rome?' }];
  const stream = openai.chat.completions.stream({ model, messages, tools: [weatherTool], stream_options: { include_usage: true } });
  const { choices } = await stream.finalChatCompletion();
  print('streamed ask', choices[0].message.tool_calls[0].function.arguments);
}

async function responses() {
  const answer = await openai.responses.create({ model, instructions: 'Be kind.', input: 'Say hello.' });
  print('responses', answer.output_text);
  const stream = openai.responses.stream({ model, input: 'Say hello again.' });
  print('streamed responses', (await stream.finalResponse()).output_text);
}

async function embed() {
  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['first text', 'second text'] });
  print('embed', `${data.length} x ${data[0].embedding.length}`);
}

async function failing() {
  const messages = [{ role: 'user', content: 'Say hello.' }];
  await openai.chat.completions.create({ model: 'err', messages }).catch((error) => print('refused', error.status));
  const answer = await openai.chat.completions.create({ model: 'err-twice', messages });
  print('retried', answer.choices[0].message.content);
}

await plain();
await streamed();
await weatherAgent();
await streamedTool();
await responses();
await embed();
await failing();
