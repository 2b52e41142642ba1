"""An ordinary chat application on the OpenAI SDK; nothing but OPENAI_BASE_URL says that a gateway is in between."""

import asyncio

import openai

MODEL = "gpt-4o-mini"
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
HELLO = [{"role": "user", "content": "Say hello."}]

client = openai.OpenAI()


def plain() -> None:
    answer = client.chat.completions.create(
        model=MODEL,
        temperature=0.2,
        max_tokens=64,
        messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say hello."}],
    )
    print("plain:", answer.choices[0].message.content)


async def streamed() -> None:
    async with openai.AsyncOpenAI() as asynchronous:
        stream = await asynchronous.chat.completions.create(
            model=MODEL,
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": "Say hello again."}],
        )
        text = ""
        async for chunk in stream:
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    print("stream:", text)


def weather_agent() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    call = asked.choices[0].message.tool_calls[0]
    print("ask:", call.function.name, call.function.arguments)
    messages.append(asked.choices[0].message)
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"})
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER_TOOL])
    print("answer:", answer.choices[0].message.content)


def streamed_tool() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    with client.chat.completions.stream(
        model=MODEL, messages=messages, tools=[WEATHER_TOOL], stream_options={"include_usage": True}
    ) as stream:
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    print("streamed ask:", call.function.arguments)


def streamed_tool() -> None:
    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    with client.chat.completions.stream(
        model=MODEL, messages=messages, tools=[WEATHER_TOOL], stream_options={"include_usage": True}
    ) as stream:
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    print("streamed ask:", call.function.arguments)


def responses() -> None:
    answer = client.responses.create(model=MODEL, instructions="Be kind.", input="Say hello.")
    print("responses:", answer.output_text)
    with client.responses.stream(model=MODEL, input="Say hello again.") as stream:
        print("streamed responses:", stream.get_final_response().output_text)


def embed() -> None:
    data = client.embeddings.create(model="text-embedding-3-small", input=["first text", "second text"]).data
    print("embed:", len(data), "x", len(data[0].embedding))


def failing() -> None:
    try:
        client.chat.completions.create(model="err", messages=HELLO)
    except openai.RateLimitError as error:
        print("refused:", error.status_code)
    answer = client.chat.completions.create(model="err-twice", messages=HELLO)
    print("retried:", answer.choices[0].message.content)


plain()
asyncio.run(streamed())
weather_agent()
streamed_tool()
responses()
embed()
failing()
