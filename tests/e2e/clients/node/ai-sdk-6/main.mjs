// An application on the AI SDK 6 with its experimental telemetry.
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const telemetry = (functionId) => ({
  isEnabled: true,
  functionId,
  metadata: { userId: 'user-1', sessionId: 'session-1', tags: ['smoke'] },
});
const getWeather = tool({
  description: 'Current weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => 'sunny, 21 degrees',
});

await generateText({
  model: openai.chat('gpt-4o-mini'),
  system: 'Be kind.',
  prompt: 'Say hello.',
  temperature: 0.2,
  maxOutputTokens: 64,
  experimental_telemetry: telemetry('greeter'),
});

const stream = streamText({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'Say hello again.',
  experimental_telemetry: telemetry('streamer'),
});
for await (const piece of stream.textStream) void piece;

await generateText({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'What is the weather in Rome?',
  tools: { get_weather: getWeather },
  stopWhen: stepCountIs(3),
  experimental_telemetry: telemetry('weather-agent'),
});

await generateObject({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'The weather in Rome as data.',
  schema: z.object({ city: z.string(), degrees: z.number() }),
  experimental_telemetry: telemetry('weather-data'),
});

await generateText({
  model: openai('gpt-4o-mini'),
  prompt: 'Say hello over the responses API.',
  experimental_telemetry: telemetry('responder'),
});

await embed({
  model: openai.textEmbeddingModel('text-embedding-3-small'),
  value: 'first text',
  experimental_telemetry: telemetry('embedder'),
});

await generateText({
  model: openai.chat('err'),
  prompt: 'Say hello.',
  maxRetries: 0,
  experimental_telemetry: telemetry('refused'),
}).catch((error) => console.log(`expected failure: ${error.statusCode}`));

await sdk.shutdown();
