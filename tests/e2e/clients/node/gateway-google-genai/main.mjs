// An ordinary application on Google's Gen AI SDK; nothing but GOOGLE_GEMINI_BASE_URL says that a gateway is in between.
import { GoogleGenAI } from '@google/genai';

const { models } = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const model = 'gemini-flash-latest';
const tools = [{
  functionDeclarations: [{
    name: 'get_weather',
    description: 'Current weather of a city',
    parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }],
}];
const print = (step, text) => console.log(`${step}: ${text}`);
const textOf = (response) => response.candidates[0].content.parts.map((part) => part.text ?? '').join('');

async function weatherAgent() {
  const contents = [{ role: 'user', parts: [{ text: 'What is the weather in Rome?' }] }];
  const asked = await models.generateContent({ model, contents, config: { tools } });
  const [call] = asked.functionCalls;
  print('ask', `${call.name} ${JSON.stringify(call.args)}`);
  const functionResponse = { name: call.name, response: { output: 'sunny, 21 degrees' } };
  contents.push(asked.candidates[0].content, { role: 'user', parts: [{ functionResponse }] });
  print('answer', textOf(await models.generateContent({ model, contents, config: { tools } })));
}

const whole = await models.generateContent({
  model,
  contents: 'Say hello.',
  config: { systemInstruction: 'Be kind.', temperature: 0.2, maxOutputTokens: 64 },
});
print('plain', textOf(whole));

let text = '';
for await (const chunk of await models.generateContentStream({ model, contents: 'Say hello again.' })) text += textOf(chunk);
print('stream', text);

await weatherAgent();
await models
  .generateContent({ model: 'err', contents: 'Say hello.' })
  .catch((error) => print('refused', error.status));
