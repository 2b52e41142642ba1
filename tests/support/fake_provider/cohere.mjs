// POST /v2/chat: Cohere's chat API of the second version, whole and streamed.
import { sendEvents, sendJson } from './http_io.mjs';
import { kindOf } from './openai_chat.mjs';
import { kToolArgumentPieces, kToolArguments, piecesOf, textOf, usageOf } from './replies.mjs';

const kToolPlan = 'I will look up the weather.';

/** Cached tokens are inside the input's. */
function chatUsage(kind, streamed) {
  const { input, cached, output } = usageOf('cohere', kind, streamed);
  const tokens = { input_tokens: input, output_tokens: output };
  return { billed_units: tokens, tokens, cached_tokens: cached };
}

const finishReasons = { tool_call: 'TOOL_CALL', length: 'MAX_TOKENS' };
const finishOf = (kind) => finishReasons[kind] ?? 'COMPLETE';

function toolCallOf(body, id, args) {
  const name = body.tools[0].function.name;
  return { id: `${name}_${id}`, type: 'function', function: { name, arguments: args } };
}

function messageOf(body, kind, id) {
  if (kind !== 'tool_call') return { role: 'assistant', content: [{ type: 'text', text: textOf(kind) }] };
  return { role: 'assistant', tool_plan: kToolPlan, tool_calls: [toolCallOf(body, id, kToolArguments)] };
}

function* toolCallEvents(body, id) {
  for (const tool_plan of piecesOf(kToolPlan)) yield ['tool-plan-delta', { delta: { message: { tool_plan } } }];
  const delta = (tool_calls) => ({ index: 0, delta: { message: { tool_calls } } });
  yield ['tool-call-start', delta(toolCallOf(body, id, ''))];
  for (const piece of kToolArgumentPieces) yield ['tool-call-delta', delta({ function: { arguments: piece } })];
  yield ['tool-call-end', { index: 0 }];
}

function* textEvents(kind) {
  const delta = (content) => ({ index: 0, delta: { message: { content } } });
  yield ['content-start', delta({ type: 'text', text: '' })];
  for (const text of piecesOf(textOf(kind))) yield ['content-delta', delta({ text })];
  yield ['content-end', { index: 0 }];
}

function* streamedAnswer(body, kind, id) {
  const event = (type, fields) => ({ event: type, data: { type, ...fields } });
  const opening = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
  yield event('message-start', { id, delta: { message: opening } });
  const events = kind === 'tool_call' ? toolCallEvents(body, id) : textEvents(kind);
  for (const [type, fields] of events) yield event(type, fields);
  yield event('message-end', { delta: { finish_reason: finishOf(kind), usage: chatUsage(kind, true) } });
  yield { data: '[DONE]' };
}

export async function answerCohereChat(response, body, id, headers) {
  const kind = kindOf(body);
  if (body.stream) {
    const cutAfter = body.model === 'cut' ? 3 : Infinity;
    return sendEvents(response, streamedAnswer(body, kind, id), { headers, cutAfter });
  }
  const message = messageOf(body, kind, id);
  return sendJson(response, 200, { id, message, finish_reason: finishOf(kind), usage: chatUsage(kind, false) }, headers);
}
