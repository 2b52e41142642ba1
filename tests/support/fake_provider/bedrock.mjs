// Bedrock: Converse and ConverseStream; InvokeModel and its stream for Anthropic's models.
import { eventMessage, kEventStreamType } from './aws_event_stream.mjs';
import { streamedMessage, wholeMessage } from './anthropic.mjs';
import { sendJson, sendPieces } from './http_io.mjs';
import { kLengthLimit, kToolArgumentPieces, kToolArguments, piecesOf, textOf, usageOf } from './replies.mjs';

const kLatencyMs = 5;

function kindOf(body) {
  if (body.messages?.at(-1)?.content?.some((block) => block.toolResult)) return 'tool_answer';
  if (body.toolConfig?.tools?.length > 0) return 'tool_call';
  return body.inferenceConfig?.maxTokens <= kLengthLimit ? 'length' : 'text';
}

/** What was read from and written to the cache stands beside inputTokens. */
function converseUsage(kind, streamed) {
  const usage = usageOf('bedrock', kind, streamed);
  return {
    inputTokens: usage.input,
    outputTokens: usage.output,
    totalTokens: usage.input + usage.cache_read + usage.cache_write + usage.output,
    cacheReadInputTokens: usage.cache_read,
    cacheWriteInputTokens: usage.cache_write,
  };
}

const stopReasons = { tool_call: 'tool_use', length: 'max_tokens' };
const stopOf = (kind) => stopReasons[kind] ?? 'end_turn';

function toolUseOf(body, id) {
  return { toolUseId: `tooluse_${id}`, name: body.toolConfig.tools[0].toolSpec.name };
}

export function answerConverse(response, body, id, headers) {
  const kind = kindOf(body);
  const block =
    kind === 'tool_call'
      ? { toolUse: { ...toolUseOf(body, id), input: JSON.parse(kToolArguments) } }
      : { text: textOf(kind) };
  const answer = {
    metrics: { latencyMs: kLatencyMs },
    output: { message: { role: 'assistant', content: [block] } },
    stopReason: stopOf(kind),
    usage: converseUsage(kind, false),
  };
  sendJson(response, 200, answer, headers);
}

function* converseEvents(body, kind, id) {
  yield eventMessage('messageStart', { role: 'assistant', p: 'abcd' });
  if (kind === 'tool_call') {
    yield eventMessage('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: toolUseOf(body, id) }, p: 'abc' });
    for (const input of kToolArgumentPieces) {
      yield eventMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } }, p: 'ab' });
    }
  } else {
    for (const text of piecesOf(textOf(kind))) {
      yield eventMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdef' });
    }
  }
  yield eventMessage('contentBlockStop', { contentBlockIndex: 0, p: 'a' });
  yield eventMessage('messageStop', { stopReason: stopOf(kind), p: 'abcde' });
  yield eventMessage('metadata', { metrics: { latencyMs: kLatencyMs }, usage: converseUsage(kind, true), p: 'abc' });
}

function sendMessages(response, messages, body, headers) {
  const cutAfter = body.model === 'cut' ? 3 : Infinity;
  return sendPieces(response, messages, { headers: { 'content-type': kEventStreamType, ...headers }, cutAfter });
}

export function streamConverse(response, body, id, headers) {
  return sendMessages(response, converseEvents(body, kindOf(body), id), body, headers);
}

/** Anthropic's models answer InvokeModel under their own name, without Bedrock's prefix. */
const asAnthropic = (body) => ({ ...body, model: body.model.replace(/^.*anthropic\./, '').replace(/-v\d+:\d+$/, '') });

export function answerInvoke(response, body, id, headers) {
  const answer = wholeMessage(asAnthropic(body), id);
  sendJson(response, 200, answer, {
    ...headers,
    'x-amzn-bedrock-input-token-count': String(answer.usage.input_tokens),
    'x-amzn-bedrock-output-token-count': String(answer.usage.output_tokens),
    'x-amzn-bedrock-cache-read-input-token-count': String(answer.usage.cache_read_input_tokens),
    'x-amzn-bedrock-cache-write-input-token-count': String(answer.usage.cache_creation_input_tokens),
    'x-amzn-bedrock-invocation-latency': String(kLatencyMs),
  });
}

function* invokeEvents(body, id) {
  let usage;
  for (const { data } of streamedMessage(asAnthropic(body), id)) {
    usage = data.usage ?? usage;
    const isLast = data.type === 'message_stop';
    const value = isLast ? { ...data, 'amazon-bedrock-invocationMetrics': metricsOf(usage) } : data;
    yield eventMessage('chunk', { bytes: Buffer.from(JSON.stringify(value)).toString('base64'), p: 'abcd' });
  }
}

function metricsOf(usage) {
  return {
    inputTokenCount: usage.input_tokens,
    outputTokenCount: usage.output_tokens,
    cacheReadInputTokenCount: usage.cache_read_input_tokens,
    cacheWriteInputTokenCount: usage.cache_creation_input_tokens,
    invocationLatency: kLatencyMs,
    firstByteLatency: 1,
  };
}

export function streamInvoke(response, body, id, headers) {
  return sendMessages(response, invokeEvents(body, id), body, headers);
}
