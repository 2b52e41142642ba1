// POST /v1/chat/completions as Mistral has it, whole and streamed. Below /mistral, for OpenAI has the same path.
import { sendEvents, sendJson } from './http_io.mjs';
import { kindOf } from './openai_chat.mjs';
import { kToolArguments, piecesOf, responseModel, textOf, usageOf } from './replies.mjs';

const kCreated = 1764000000;
const kToolCallIdLength = 9;

function chatUsage(kind, streamed) {
  const { input, cached, output } = usageOf('mistral', kind, streamed);
  return {
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

const finishReasons = { tool_call: 'tool_calls', length: 'length' };
const finishOf = (kind) => finishReasons[kind] ?? 'stop';

function toolCallsOf(body, id) {
  const { name } = body.tools[0].function;
  return [{ id: id.slice(0, kToolCallIdLength), type: 'function', function: { name, arguments: kToolArguments }, index: 0 }];
}

function envelope(body, id, object, fields) {
  return { id, object, created: kCreated, model: responseModel('mistral', body.model), ...fields };
}

/** The last chunk has finish reason and usage, whether they are asked for or not; a tool call comes in one piece. */
function* streamedAnswer(body, kind, id) {
  const chunk = (delta, finish_reason = null, fields = {}) => ({
    data: envelope(body, id, 'chat.completion.chunk', { choices: [{ index: 0, delta, finish_reason }], ...fields }),
  });
  const usage = chatUsage(kind, true);
  yield chunk({ role: 'assistant', content: '' });
  if (kind === 'tool_call') {
    yield chunk({ content: '', tool_calls: toolCallsOf(body, id) }, finishOf(kind), { usage });
  } else {
    for (const content of piecesOf(textOf(kind))) yield chunk({ content });
    yield chunk({ content: '' }, finishOf(kind), { usage });
  }
  yield { data: '[DONE]' };
}

export async function answerMistralChat(response, body, id, headers) {
  const kind = kindOf(body);
  if (body.stream) {
    const cutAfter = body.model === 'cut' ? 3 : Infinity;
    return sendEvents(response, streamedAnswer(body, kind, id), { headers, cutAfter });
  }
  const message = {
    role: 'assistant',
    tool_calls: kind === 'tool_call' ? toolCallsOf(body, id) : null,
    content: textOf(kind) ?? '',
  };
  const choices = [{ index: 0, finish_reason: finishOf(kind), message }];
  return sendJson(response, 200, envelope(body, id, 'chat.completion', { usage: chatUsage(kind, false), choices }), headers);
}
