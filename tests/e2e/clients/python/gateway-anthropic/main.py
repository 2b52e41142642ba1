"""An ordinary application on the Anthropic SDK; nothing but ANTHROPIC_BASE_URL says that a gateway is in between."""

import json

import json

import anthropic

MODEL = "claude-sonnet-4-5"
WEATHER_TOOL = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
HELLO = [{"role": "user", "content": "Say hello."}]

client = anthropic.Anthropic()


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def plain() -> None:
    answer = client.messages.create(model=MODEL, max_tokens=64, system="Be kind.", messages=HELLO)
    print("plain:", answer.content[0].text)


def streamed() -> None:
    messages = [{"role": "user", "content": "Say hello again."}]
    with client.messages.stream(model=MODEL, max_tokens=64, messages=messages) as stream:
        print("stream:", stream.get_final_text())


def weather_agent() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    asked = client.messages.create(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])
    call = next(block for block in asked.content if block.type == "tool_use")
    print("ask:", call.name, compact(call.input))
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny, 21 degrees"}
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])
    print("answer:", answer.content[0].text)


def streamed_tool() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    with client.messages.stream(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL]) as stream:
        print("streamed ask:", compact(stream.get_final_message().content[0].input))


def streamed_tool() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    with client.messages.stream(model=MODEL, max_tokens=64, messages=messages, tools=[WEATHER_TOOL]) as stream:
        print("streamed ask:", compact(stream.get_final_message().content[0].input))


def failing() -> None:
    try:
        client.messages.create(model="err-429", max_tokens=64, messages=HELLO)
    except anthropic.RateLimitError as error:
        print("refused:", error.status_code)
    answer = client.messages.create(model="err-twice", max_tokens=64, messages=HELLO)
    print("retried:", answer.content[0].text)


plain()
streamed()
weather_agent()
streamed_tool()
failing()
