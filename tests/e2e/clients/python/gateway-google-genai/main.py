"""An application on Google's Gen AI SDK; nothing but GOOGLE_GEMINI_BASE_URL says that a gateway is in between."""

import json

import json

from google import genai
from google.genai import errors, types

MODEL = "gemini-flash-latest"
WEATHER_TOOL = types.FunctionDeclaration(
    name="get_weather",
    description="Current weather of a city",
    parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
WITH_TOOLS = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[WEATHER_TOOL])])

client = genai.Client()
models = client.models


def plain() -> None:
    config = types.GenerateContentConfig(system_instruction="Be kind.", temperature=0.2, max_output_tokens=64)
    print("plain:", models.generate_content(model=MODEL, contents="Say hello.", config=config).text)


def streamed() -> None:
    stream = models.generate_content_stream(model=MODEL, contents="Say hello again.")
    print("stream:", "".join(chunk.text or "" for chunk in stream))


def weather_agent() -> None:
    contents = [types.Content(role="user", parts=[types.Part(text="What is the weather in Rome?")])]
    asked = models.generate_content(model=MODEL, contents=contents, config=WITH_TOOLS)
    call = asked.function_calls[0]
    print("ask:", call.name, json.dumps(call.args, separators=(",", ":")))
    result = types.Part.from_function_response(name=call.name, response={"output": "sunny, 21 degrees"})
    contents += [asked.candidates[0].content, types.Content(role="user", parts=[result])]
    print("answer:", models.generate_content(model=MODEL, contents=contents, config=WITH_TOOLS).text)


def refused() -> None:
    try:
        models.generate_content(model="err", contents="Say hello.")
    except errors.ClientError as error:
        print("refused:", error.code)


plain()
streamed()
weather_agent()
refused()
