// Starts OpenTelemetry with the OpenInference instrumentation; the exporter reads OTEL_EXPORTER_OTLP_ENDPOINT.
import Anthropic from '@anthropic-ai/sdk';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic';

const instrumentation = new AnthropicInstrumentation();
instrumentation.manuallyInstrument(Anthropic);

export const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [instrumentation],
});
sdk.start();
