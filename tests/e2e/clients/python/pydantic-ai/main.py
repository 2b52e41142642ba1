"""A Pydantic AI agent, traced with Logfire's SDK that sends to any OTLP endpoint and not to Logfire."""

import asyncio

import logfire
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel

logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()

model = OpenAIChatModel("gpt-4o-mini")
greeter = Agent(model, name="greeter", instructions="Be kind.", model_settings={"temperature": 0.2, "max_tokens": 64})
weather = Agent(model, name="weather-agent")


@weather.tool_plain
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"sunny, 21 degrees in {city}"


async def streamed() -> None:
    async with greeter.run_stream("Say hello again.") as result:
        async for _ in result.stream_text(delta=True):
            pass


def refused() -> None:
    try:
        Agent(OpenAIChatModel("err"), name="refused").run_sync("Say hello.")
    except ModelHTTPError as error:
        print(f"expected failure: {error.status_code}")


greeter.run_sync("Say hello.")
asyncio.run(streamed())
with logfire.set_baggage(**{"user.id": "user-1"}), logfire.span("assistant"):
    weather.run_sync("What is the weather in Rome?", conversation_id="session-1")
refused()
logfire.shutdown()
