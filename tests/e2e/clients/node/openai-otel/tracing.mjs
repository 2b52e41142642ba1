// Starts OpenTelemetry with the official instrumentation. Exporters are chosen by OTEL_* environment variables.
// The message events are log records, so a logs exporter is needed to see the conversation.
import { register } from 'node:module';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

export const sdk = new NodeSDK({
  instrumentations: [new OpenAIInstrumentation({ captureMessageContent: true })],
});
sdk.start();
