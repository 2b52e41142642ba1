"""An application on the Anthropic SDK, traced with OpenInference where OPENINFERENCE=on.

The SDK traces itself as well as soon as OpenTelemetry is running, so that with OpenInference a call is reported twice.
"""

import os

import anthropic
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

MODEL = "claude-sonnet-4-5"
WEATHER_TOOL = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
if os.environ.get("OPENINFERENCE") == "on":
    AnthropicInstrumentor().instrument()

client = anthropic.Anthropic()
tracer = trace.get_tracer("weather-app")


def plain() -> None:
    client.messages.create(
        model=MODEL, max_tokens=64, system="Be kind.", messages=[{"role": "user", "content": "Say hello."}]
    )


def streamed() -> None:
    messages = [{"role": "user", "content": "Say hello again."}]
    with client.messages.stream(model=MODEL, max_tokens=64, messages=messages) as stream:
        for _ in stream.text_stream:
            pass


def weather_agent() -> None:
    with tracer.start_as_current_span("weather-agent"):
        messages = [{"role": "user", "content": "What is the weather in Rome?"}]
        asked = client.messages.create(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])
        call = next(block for block in asked.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": f"sunny, 21 degrees in {call.input['city']}"}
        messages.append({"role": "assistant", "content": asked.content})
        messages.append({"role": "user", "content": [result]})
        client.messages.create(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])


def refused() -> None:
    try:
        client.messages.create(model="err", max_tokens=64, messages=[{"role": "user", "content": "Say hello."}])
    except anthropic.APIStatusError as error:
        print(f"expected failure: {error.status_code}")


with using_attributes(session_id="session-1", user_id="user-1"):
    plain()
    streamed()
    weather_agent()
    refused()
provider.shutdown()
