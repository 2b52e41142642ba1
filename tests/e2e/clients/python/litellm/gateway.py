"""Calls of two providers through LiteLLM without telemetry; nothing but OPENAI_BASE_URL and ANTHROPIC_BASE_URL says that a
gateway is in between."""

import litellm

HELLO = [{"role": "user", "content": "Say hello."}]
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def converse(name: str, model: str, refusing: str) -> None:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say hello."}]
    answer = litellm.completion(model=model, temperature=0.2, max_tokens=64, messages=messages)
    print(f"{name} plain:", answer.choices[0].message.content)

    stream = litellm.completion(
        model=model,
        max_tokens=64,
        stream=True,
        stream_options={"include_usage": True},
        messages=[{"role": "user", "content": "Say hello again."}],
    )
    print(f"{name} stream:", "".join(chunk.choices[0].delta.content or "" for chunk in stream))

    messages = [{"role": "user", "content": "What is the weather in Rome?"}]
    asked = litellm.completion(model=model, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])
    call = asked.choices[0].message.tool_calls[0]
    print(f"{name} ask:", call.function.name, call.function.arguments)
    messages.append(asked.choices[0].message.model_dump())
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"})
    answer = litellm.completion(model=model, max_tokens=64, messages=messages, tools=[WEATHER_TOOL])
    print(f"{name} answer:", answer.choices[0].message.content)

    try:
        litellm.completion(model=refusing, max_tokens=64, messages=HELLO, num_retries=0)
    except litellm.RateLimitError as error:
        print(f"{name} refused:", error.status_code)


converse("openai", "openai/gpt-4o-mini", "openai/err")
converse("anthropic", "anthropic/claude-sonnet-4-5", "anthropic/err-429")
