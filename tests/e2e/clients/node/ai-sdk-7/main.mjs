// An application on the AI SDK 7 with the OpenTelemetry integration. The SDK 7 needs Node 22.
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { createOpenAI } from '@ai-sdk/openai';
import { OpenTelemetry } from '@ai-sdk/otel';
import { embed, generateText, registerTelemetry, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();
registerTelemetry(new OpenTelemetry({ runtimeContext: true }));

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const runtimeContext = { userId: 'user-1', sessionId: 'session-1' };
const telemetry = (functionId) => ({ functionId, includeRuntimeContext: { userId: true, sessionId: true } });
const getWeather = tool({
  description: 'Current weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => 'sunny, 21 degrees',
});

await generateText({
  model: openai.chat('gpt-4o-mini'),
  instructions: 'Be kind.',
  prompt: 'Say hello.',
  temperature: 0.2,
  maxOutputTokens: 64,
  runtimeContext,
  telemetry: telemetry('greeter'),
});

const stream = streamText({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'Say hello again.',
  telemetry: telemetry('streamer'),
});
for await (const piece of stream.textStream) void piece;

await generateText({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'What is the weather in Rome?',
  tools: { get_weather: getWeather },
  stopWhen: stepCountIs(3),
  runtimeContext,
  telemetry: telemetry('weather-agent'),
});

await generateText({
  model: openai('gpt-4o-mini'),
  prompt: 'Say hello over the responses API.',
  telemetry: telemetry('responder'),
});

await embed({
  model: openai.embeddingModel('text-embedding-3-small'),
  value: 'first text',
  telemetry: telemetry('embedder'),
});

await generateText({
  model: openai.chat('err'),
  prompt: 'Say hello.',
  maxRetries: 0,
  telemetry: telemetry('refused'),
}).catch((error) => console.log(`expected failure: ${error.statusCode}`));

await sdk.shutdown();
