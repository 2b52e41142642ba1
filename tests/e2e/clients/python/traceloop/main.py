"""A chat application traced with the Traceloop SDK; it reads TRACELOOP_BASE_URL."""

import json
import os

import openai
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, task, tool, workflow

MODEL = "gpt-4o-mini"
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

Traceloop.init(app_name=os.environ["OTEL_SERVICE_NAME"], api_key="not-needed", disable_batch=True)
client = openai.OpenAI()


@task(name="greet")
def plain() -> str:
    answer = client.chat.completions.create(
        model=MODEL,
        temperature=0.2,
        max_tokens=64,
        messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say hello."}],
    )
    return answer.choices[0].message.content


def streamed() -> None:
    stream = client.chat.completions.create(
        model=MODEL,
        stream=True,
        stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "Say hello again."}],
    )
    for _ in stream:
        pass


@tool(name="get_weather")
def get_weather(city: str) -> str:
    return f"sunny, 21 degrees in {city}"


@agent(name="weather-agent")
def weather_agent(question: str) -> str:
    messages = [{"role": "user", "content": question}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    call = asked.choices[0].message.tool_calls[0]
    messages.append(asked.choices[0].message)
    messages.append(
        {"role": "tool", "tool_call_id": call.id, "content": get_weather(json.loads(call.function.arguments)["city"])}
    )
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    return answer.choices[0].message.content


def refused() -> None:
    try:
        client.chat.completions.create(model="err", messages=[{"role": "user", "content": "Say hello."}])
    except openai.RateLimitError as error:
        print(f"expected failure: {error.status_code}")


@workflow(name="assistant")
def assistant() -> None:
    Traceloop.set_association_properties({"user_id": "user-1", "session_id": "session-1"})
    plain()
    streamed()
    weather_agent("What is the weather in Rome?")
    client.embeddings.create(model="text-embedding-3-small", input=["first text", "second text"])
    refused()


assistant()
