// Starts OpenTelemetry with the OpenInference instrumentation; the exporter reads OTEL_EXPORTER_OTLP_ENDPOINT.
import OpenAI from 'openai';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai';

const instrumentation = new OpenAIInstrumentation();
instrumentation.manuallyInstrument(OpenAI);

export const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [instrumentation],
});
sdk.start();
