"""An application on the Langfuse Python SDK: drop-in OpenAI client, decorators, propagated attributes."""

import json

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import openai

MODEL = "gpt-4o-mini"
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

langfuse = get_client()
client = openai.OpenAI()


def plain() -> None:
    client.chat.completions.create(
        name="greet",
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


@observe(name="get_weather", as_type="tool")
def get_weather(city: str) -> str:
    return f"sunny, 21 degrees in {city}"


@observe(name="weather-agent", as_type="agent")
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


def by_hand() -> None:
    """A generation reported by hand, with usage in Langfuse's own buckets."""
    with langfuse.start_as_current_observation(name="manual", as_type="generation", model=MODEL) as generation:
        generation.update(
            input=[{"role": "user", "content": "By hand."}],
            output={"role": "assistant", "content": "Done by hand."},
            usage_details={"input": 10, "output": 5, "cache_read_input_tokens": 3},
        )


def refused() -> None:
    try:
        client.chat.completions.create(model="err", messages=[{"role": "user", "content": "Say hello."}])
    except openai.RateLimitError as error:
        print(f"expected failure: {error.status_code}")


@observe(name="assistant")
def assistant() -> str:
    with propagate_attributes(user_id="user-1", session_id="session-1", tags=["smoke"]):
        plain()
        streamed()
        weather_agent("What is the weather in Rome?")
        by_hand()
        refused()
    return "done"


assistant()
langfuse.flush()
