// POST /api/chat: Ollama's own API. A stream unless told otherwise, one JSON object a line.
import { sendJson, sendLines } from './http_io.mjs';
import { kindOf } from './openai_chat.mjs';
import { kToolArguments, piecesOf, textOf, usageOf } from './replies.mjs';

const kCreatedAt = '2025-11-24T16:00:00.000000Z';
const kDurations = { total_duration: 9_000_000, load_duration: 1_000_000, prompt_eval_duration: 3_000_000, eval_duration: 5_000_000 };

function* streamedAnswer(body, kind, id, streamed = true) {
  const line = (message, fields = { done: false }) => ({
    model: body.model,
    created_at: kCreatedAt,
    message: { role: 'assistant', content: '', ...message },
    ...fields,
  });
  const { input, output } = usageOf('ollama', kind, streamed);
  const done = {
    done: true,
    done_reason: kind === 'length' ? 'length' : 'stop',
    prompt_eval_count: input,
    eval_count: output,
    ...kDurations,
  };
  if (kind === 'tool_call') {
    const call = { name: body.tools[0].function.name, arguments: JSON.parse(kToolArguments) };
    const message = { tool_calls: [{ id: `call_${id.slice(0, 8)}`, function: { index: 0, ...call } }] };
    if (!streamed) return yield line(message, done);
    yield line(message);
  } else if (streamed) {
    for (const content of piecesOf(textOf(kind))) yield line({ content });
  } else {
    return yield line({ content: textOf(kind) }, done);
  }
  return yield line({}, done);
}

export async function answerOllamaChat(response, body, id, headers) {
  const limit = body.options?.num_predict;
  const kind = kindOf({ ...body, ...(limit === undefined ? {} : { max_tokens: limit }) });
  if (body.stream === false) {
    const [whole] = streamedAnswer(body, kind, id, false);
    return sendJson(response, 200, whole, headers);
  }
  const cutAfter = body.model === 'cut' ? 3 : Infinity;
  return sendLines(response, streamedAnswer(body, kind, id), { headers, cutAfter });
}
