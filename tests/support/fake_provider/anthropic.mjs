// POST /v1/messages: the Anthropic messages API, whole and streamed. Bedrock serves the same messages in its own frames.
import { sendEvents, sendJson } from './http_io.mjs';
import { kLengthLimit, kToolArgumentPieces, kToolArguments, piecesOf, responseModel, textOf, usageOf } from './replies.mjs';

function kindOf(body) {
  const last = body.messages?.at(-1);
  const isToolResult = Array.isArray(last?.content) && last.content.some((block) => block.type === 'tool_result');
  if (isToolResult) return 'tool_answer';
  if (body.tools?.length > 0 && body.tool_choice?.type !== 'none') return 'tool_call';
  return body.max_tokens <= kLengthLimit ? 'length' : 'text';
}

function messagesUsage(kind, streamed) {
  const usage = usageOf('anthropic', kind, streamed);
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cache_write,
    cache_read_input_tokens: usage.cache_read,
    cache_creation: { ephemeral_5m_input_tokens: usage.cache_write, ephemeral_1h_input_tokens: 0 },
    output_tokens: usage.output,
    service_tier: 'standard',
  };
}

const stopReasons = { tool_call: 'tool_use', length: 'max_tokens' };
const stopOf = (kind) => stopReasons[kind] ?? 'end_turn';

function contentOf(body, kind, id) {
  if (kind !== 'tool_call') return { type: 'text', text: textOf(kind) };
  return { type: 'tool_use', id: `toolu_${id}`, name: body.tools[0].name, input: JSON.parse(kToolArguments) };
}

function messageOf(body, kind, id, { content, stop_reason, usage }) {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: responseModel('anthropic', body.model),
    content,
    stop_reason,
    stop_sequence: null,
    usage,
  };
}

/** The events of a streamed answer. */
export function* streamedMessage(body, id) {
  const kind = kindOf(body);
  const usage = messagesUsage(kind, true);
  const block = contentOf(body, kind, id);
  const event = (type, fields) => ({ event: type, data: { type, ...fields } });
  const opening = { ...usage, output_tokens: 1 };
  yield event('message_start', {
    message: messageOf(body, kind, id, { content: [], stop_reason: null, usage: opening }),
  });
  if (block.type === 'tool_use') {
    yield event('content_block_start', { index: 0, content_block: { ...block, input: {} } });
    for (const partial_json of kToolArgumentPieces) {
      yield event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json } });
    }
  } else {
    yield event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    yield event('ping', {});
    for (const text of piecesOf(block.text)) {
      yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
    }
  }
  yield event('content_block_stop', { index: 0 });
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = usage;
  yield event('message_delta', {
    delta: { stop_reason: stopOf(kind), stop_sequence: null },
    usage: { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens },
  });
  yield event('message_stop', {});
}

/** A whole answer. */
export function wholeMessage(body, id) {
  const kind = kindOf(body);
  return messageOf(body, kind, id, {
    content: [contentOf(body, kind, id)],
    stop_reason: stopOf(kind),
    usage: messagesUsage(kind, false),
  });
}

export async function answerMessages(response, body, id, headers) {
  if (!body.stream) return sendJson(response, 200, wholeMessage(body, id), headers);
  const cutAfter = body.model === 'cut' ? 4 : Infinity;
  return sendEvents(response, streamedMessage(body, id), { headers, cutAfter });
}
