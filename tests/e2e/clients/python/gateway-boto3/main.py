"""An application on boto3's Bedrock client with access keys; nothing but AWS_ENDPOINT_URL_BEDROCK_RUNTIME says that a
gateway is in between. The client signs for the gateway's host, which the fake provider does not check."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
WEATHER_TOOL = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
    }
}

bedrock = boto3.client("bedrock-runtime", config=Config(retries={"total_max_attempts": 1}))


def user(text: str) -> dict:
    return {"role": "user", "content": [{"text": text}]}


def plain() -> None:
    answer = bedrock.converse(
        modelId=MODEL,
        system=[{"text": "Be kind."}],
        messages=[user("Say hello.")],
        inferenceConfig={"temperature": 0.2, "maxTokens": 64},
    )
    print("plain:", answer["output"]["message"]["content"][0]["text"])


def streamed() -> None:
    stream = bedrock.converse_stream(modelId=MODEL, messages=[user("Say hello again.")])["stream"]
    deltas = (event["contentBlockDelta"]["delta"]["text"] for event in stream if "contentBlockDelta" in event)
    print("stream:", "".join(deltas))


def weather_agent() -> None:
    messages, tools = [user("What is the weather in Rome?")], {"tools": [WEATHER_TOOL]}
    asked = bedrock.converse(modelId=MODEL, messages=messages, toolConfig=tools)["output"]["message"]
    call = asked["content"][0]["toolUse"]
    print("ask:", call["name"], json.dumps(call["input"], separators=(",", ":")))
    result = {"toolUseId": call["toolUseId"], "content": [{"text": "sunny, 21 degrees"}]}
    messages += [asked, {"role": "user", "content": [{"toolResult": result}]}]
    answer = bedrock.converse(modelId=MODEL, messages=messages, toolConfig=tools)
    print("answer:", answer["output"]["message"]["content"][0]["text"])


def invoke() -> None:
    def body(text: str) -> str:
        messages = [{"role": "user", "content": text}]
        return json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64, "messages": messages})

    whole = json.load(bedrock.invoke_model(modelId=MODEL, body=body("Say hello."))["body"])
    print("invoke:", whole["content"][0]["text"])
    stream = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=body("Say hello again."))["body"]
    events = (json.loads(event["chunk"]["bytes"]) for event in stream)
    print("streamed invoke:", "".join(event.get("delta", {}).get("text", "") for event in events))


def refused() -> None:
    try:
        bedrock.converse(modelId="err", messages=[user("Say hello.")])
    except ClientError as error:
        print("refused:", error.response["ResponseMetadata"]["HTTPStatusCode"])


plain()
streamed()
weather_agent()
invoke()
refused()
