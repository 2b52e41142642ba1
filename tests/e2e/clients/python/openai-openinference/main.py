"""A chat application traced with OpenInference: whole and streamed answers, a tool, embeddings, the responses API."""

import json

import openai
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
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

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
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


def weather_agent(question: str) -> None:
    with tracer.start_as_current_span("weather-agent") as span:
        span.set_attributes({"openinference.span.kind": "AGENT", "input.value": question})
        messages = [{"role": "user", "content": question}]
        asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
        call = asked.choices[0].message.tool_calls[0]
        with tracer.start_as_current_span("get_weather") as tool_span:
            city = json.loads(call.function.arguments)["city"]
            weather = f"sunny, 21 degrees in {city}"
            tool_span.set_attributes(
                {
                    "openinference.span.kind": "TOOL",
                    "tool.name": "get_weather",
                    "input.value": call.function.arguments,
                    "output.value": weather,
                }
            )
        messages.append(asked.choices[0].message)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": weather})
        answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
        span.set_attribute("output.value", answer.choices[0].message.content)


def refused() -> None:
    try:
        client.chat.completions.create(model="err", messages=[{"role": "user", "content": "Say hello."}])
    except openai.RateLimitError as error:
        print(f"expected failure: {error.status_code}")


with using_attributes(session_id="session-1", user_id="user-1", tags=["smoke"], metadata={"plan": "free"}):
    plain()
    streamed()
    weather_agent("What is the weather in Rome?")
    client.embeddings.create(model="text-embedding-3-small", input=["first text", "second text"])
    client.responses.create(model=MODEL, instructions="Be kind.", input="Say hello.")
    refused()
provider.shutdown()
