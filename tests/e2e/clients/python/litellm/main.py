"""Model calls through LiteLLM with its OpenTelemetry callback; the callback reads OTEL_EXPORTER_OTLP_*."""

import litellm
from opentelemetry import trace

MODEL = "openai/gpt-4o-mini"
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

litellm.callbacks = ["otel"]


def plain() -> None:
    litellm.completion(
        model=MODEL,
        temperature=0.2,
        max_tokens=64,
        messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say hello."}],
        user="user-1",
        metadata={"session_id": "session-1", "tags": ["smoke"]},
    )


def streamed() -> None:
    stream = litellm.completion(
        model=MODEL,
        stream=True,
        stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "Say hello again."}],
    )
    for _ in stream:
        pass


def weather_agent() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    asked = litellm.completion(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    call = asked.choices[0].message.tool_calls[0]
    messages.append(asked.choices[0].message.model_dump())
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees in Rome"})
    litellm.completion(model=MODEL, messages=messages, tools=[WEATHER_TOOL])


def refused() -> None:
    try:
        litellm.completion(model="openai/err", messages=[{"role": "user", "content": "Say hello."}], num_retries=0)
    except litellm.RateLimitError as error:
        print(f"expected failure: {error.status_code}")


plain()
streamed()
weather_agent()
litellm.embedding(model="openai/text-embedding-3-small", input=["first text", "second text"])
refused()
trace.get_tracer_provider().shutdown()
