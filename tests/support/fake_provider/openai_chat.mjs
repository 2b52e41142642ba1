// POST /v1/chat/completions: the chat completions API, whole and streamed.
import { sendEvents, sendJson } from './http_io.mjs';
import { kLengthLimit, kToolArgumentPieces, kToolArguments, piecesOf, responseModel, textOf, usageOf } from './replies.mjs';

const kCreated = 1764000000;

/** What kind of reply this request gets: see README.md. */
export function kindOf(body) {
  const messages = body.messages ?? [];
  if (messages.at(-1)?.role === 'tool') return 'tool_answer';
  if (body.tools?.length > 0 && body.tool_choice !== 'none') return 'tool_call';
  if (body.response_format && body.response_format.type !== 'text') return 'json';
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return limit !== undefined && limit !== null && limit <= kLengthLimit ? 'length' : 'text';
}

export function chatUsage(kind, streamed) {
  const usage = usageOf('openai', kind, streamed);
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

const finishReasons = { tool_call: 'tool_calls', length: 'length' };
const finishOf = (kind) => finishReasons[kind] ?? 'stop';

function toolCallsOf(body, id) {
  return body.tools.slice(0, 1).map((tool) => ({
    id: `call_${id}`,
    type: 'function',
    function: { name: tool.function.name, arguments: kToolArguments },
  }));
}

function wholeAnswer(body, kind, id) {
  const message = { role: 'assistant', content: textOf(kind), refusal: null, annotations: [] };
  if (kind === 'tool_call') message.tool_calls = toolCallsOf(body, id);
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: kCreated,
    model: responseModel('openai', body.model),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(kind) }],
    usage: chatUsage(kind, false),
    service_tier: 'default',
    system_fingerprint: 'fp_fake_model',
  };
}

function* streamedAnswer(body, kind, id) {
  const withUsage = body.stream_options?.include_usage === true;
  const chunk = (choices, usage = null) => ({
    data: {
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      created: kCreated,
      model: responseModel('openai', body.model),
      service_tier: 'default',
      system_fingerprint: 'fp_fake_model',
      choices,
      ...(withUsage ? { usage } : {}),
    },
  });
  const delta = (value, finish = null) =>
    chunk([{ index: 0, delta: value, logprobs: null, finish_reason: finish }]);
  if (kind === 'tool_call') {
    const [call] = toolCallsOf(body, id);
    const opening = { index: 0, ...call, function: { name: call.function.name, arguments: '' } };
    yield delta({ role: 'assistant', content: null, tool_calls: [opening] });
    for (const piece of kToolArgumentPieces) {
      yield delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
    }
  } else {
    yield delta({ role: 'assistant', content: '', refusal: null });
    for (const piece of piecesOf(textOf(kind))) yield delta({ content: piece });
  }
  yield delta({}, finishOf(kind));
  if (withUsage) yield chunk([], chatUsage(kind, true));
  yield { data: '[DONE]' };
}

export async function answerChat(response, body, id, headers) {
  const kind = kindOf(body);
  if (!body.stream) return sendJson(response, 200, wholeAnswer(body, kind, id), headers);
  const cutAfter = body.model === 'cut' ? 3 : Infinity;
  return sendEvents(response, streamedAnswer(body, kind, id), { headers, cutAfter });
}
