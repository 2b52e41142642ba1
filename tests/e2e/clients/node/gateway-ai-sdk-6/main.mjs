// An application on the AI SDK 6 with two providers; nothing but their base URLs says that a gateway is in between.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` });
const getWeather = tool({
  description: 'Current weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => 'sunny, 21 degrees',
});
const print = (step, text) => console.log(`${step}: ${text}`);

async function converse(name, model, refusing) {
  const whole = await generateText({
    model,
    system: 'Be kind.',
    prompt: 'Say hello.',
    temperature: 0.2,
    maxOutputTokens: 64,
  });
  print(`${name} plain`, whole.text);

  const stream = streamText({ model, prompt: 'Say hello again.', maxOutputTokens: 64 });
  let text = '';
  for await (const piece of stream.textStream) text += piece;
  print(`${name} stream`, text);

  const agent = await generateText({
    model,
    prompt: 'What is the weather in Rome?',
    tools: { get_weather: getWeather },
    stopWhen: stepCountIs(3),
    maxOutputTokens: 64,
  });
  print(`${name} answer`, agent.text);

  await generateText({ model: refusing, prompt: 'Say hello.', maxRetries: 0, maxOutputTokens: 64 }).catch((error) =>
    print(`${name} refused`, error.statusCode),
  );
}

await converse('openai', openai.chat('gpt-4o-mini'), openai.chat('err'));
await converse('anthropic', anthropic('claude-sonnet-4-5'), anthropic('err-429'));

const answer = await generateText({ model: openai('gpt-4o-mini'), prompt: 'Say hello over the responses API.' });
print('responses', answer.text);
const { embedding } = await embed({ model: openai.textEmbeddingModel('text-embedding-3-small'), value: 'first text' });
print('embed', embedding.length);
