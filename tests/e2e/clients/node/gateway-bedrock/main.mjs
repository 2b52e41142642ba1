// An application on the AWS SDK's Bedrock client; nothing but AWS_ENDPOINT_URL_BEDROCK_RUNTIME says that a gateway is in
// between. The client reads its API key from AWS_BEARER_TOKEN_BEDROCK: a signature would name the gateway's host.
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

// By default this client speaks HTTP/2 without asking, and the gateway speaks HTTP/1.1.
const bedrock = new BedrockRuntimeClient({ maxAttempts: 1, requestHandler: new NodeHttpHandler() });
const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const inferenceConfig = { temperature: 0.2, maxTokens: 64 };
const user = (text) => ({ role: 'user', content: [{ text }] });
const toolConfig = {
  tools: [{
    toolSpec: {
      name: 'get_weather',
      description: 'Current weather of a city',
      inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    },
  }],
};
const print = (step, text) => console.log(`${step}: ${text}`);

async function weatherAgent() {
  const messages = [user('What is the weather in Rome?')];
  const asked = await bedrock.send(new ConverseCommand({ modelId, messages, toolConfig }));
  const { toolUse } = asked.output.message.content[0];
  print('ask', `${toolUse.name} ${JSON.stringify(toolUse.input)}`);
  const toolResult = { toolUseId: toolUse.toolUseId, content: [{ text: 'sunny, 21 degrees' }] };
  messages.push(asked.output.message, { role: 'user', content: [{ toolResult }] });
  const answer = await bedrock.send(new ConverseCommand({ modelId, messages, toolConfig }));
  print('answer', answer.output.message.content[0].text);
}

async function invoke() {
  const body = (content) =>
    JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 64, messages: [{ role: 'user', content }] });
  const whole = await bedrock.send(
    new InvokeModelCommand({ modelId, contentType: 'application/json', body: body('Say hello.') }),
  );
  print('invoke', JSON.parse(new TextDecoder().decode(whole.body)).content[0].text);
  const { body: events } = await bedrock.send(
    new InvokeModelWithResponseStreamCommand({ modelId, contentType: 'application/json', body: body('Say hello again.') }),
  );
  let text = '';
  for await (const { chunk } of events) text += JSON.parse(new TextDecoder().decode(chunk.bytes)).delta?.text ?? '';
  print('streamed invoke', text);
}

const whole = await bedrock.send(
  new ConverseCommand({ modelId, system: [{ text: 'Be kind.' }], messages: [user('Say hello.')], inferenceConfig }),
);
print('plain', whole.output.message.content[0].text);

const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId, messages: [user('Say hello again.')] }));
let text = '';
for await (const event of stream) text += event.contentBlockDelta?.delta.text ?? '';
print('stream', text);

await weatherAgent();
await invoke();
await bedrock
  .send(new ConverseCommand({ modelId: 'err', messages: [user('Say hello.')] }))
  .catch((error) => print('refused', error.$metadata.httpStatusCode));
