"""A chat application traced with OpenTelemetry's own instrumentation (openai-v2). Message events are log records.

Content is recorded because OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says so.
"""

import json

import openai
from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

MODEL = "gpt-4o-mini"
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

spans = TracerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(spans)
logs = LoggerProvider()
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
set_logger_provider(logs)
OpenAIInstrumentor().instrument()

client = openai.OpenAI()
tracer = trace.get_tracer("weather-app")


def plain() -> None:
    client.chat.completions.create(
        model=MODEL,
        temperature=0.2,
        max_tokens=64,
        messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say hello."}],
    )


def streamed() -> None:
    stream = client.chat.completions.create(
        model=MODEL,
        stream=True,
        stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "Say hello again."}],
    )
    for _ in stream:
        pass


def weather_agent() -> None:
    with tracer.start_as_current_span("weather-agent"):
        messages = [{"role": "user", "content": "What is the weather in Rome?"}]
        asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
        call = asked.choices[0].message.tool_calls[0]
        city = json.loads(call.function.arguments)["city"]
        messages.append(asked.choices[0].message)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"sunny, 21 degrees in {city}"})
        client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])


def refused() -> None:
    try:
        client.chat.completions.create(model="err", messages=[{"role": "user", "content": "Say hello."}])
    except openai.RateLimitError as error:
        print(f"expected failure: {error.status_code}")


plain()
streamed()
weather_agent()
client.embeddings.create(model="text-embedding-3-small", input=["first text", "second text"])
refused()
spans.shutdown()
logs.shutdown()
