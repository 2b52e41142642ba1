// POST /v1/responses: the responses API, whole and streamed.
import { sendEvents, sendJson } from './http_io.mjs';
import { kLengthLimit, kToolArgumentPieces, kToolArguments, piecesOf, responseModel, textOf, usageOf } from './replies.mjs';

const kCreated = 1764000000;

function kindOf(body) {
  const items = Array.isArray(body.input) ? body.input : [];
  if (items.at(-1)?.type === 'function_call_output') return 'tool_answer';
  if (body.tools?.length > 0 && body.tool_choice !== 'none') return 'tool_call';
  if (body.text?.format && body.text.format.type !== 'text') return 'json';
  const limit = body.max_output_tokens;
  return limit !== undefined && limit !== null && limit <= kLengthLimit ? 'length' : 'text';
}

function responsesUsage(kind, streamed) {
  const usage = usageOf('openai', kind, streamed);
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}

function outputItem(body, kind, id) {
  if (kind === 'tool_call') {
    return {
      id: `fc_${id}`,
      type: 'function_call',
      status: 'completed',
      call_id: `call_${id}`,
      name: body.tools[0].name,
      arguments: kToolArguments,
    };
  }
  return {
    id: `msg_${id}`,
    type: 'message',
    status: kind === 'length' ? 'incomplete' : 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text: textOf(kind), annotations: [], logprobs: [] }],
  };
}

function envelope(body, kind, id, { status, output, usage }) {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: kCreated,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: responseModel('openai', body.model),
    output,
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage,
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}

function finished(body, kind, id, streamed) {
  return envelope(body, kind, id, {
    status: kind === 'length' ? 'incomplete' : 'completed',
    output: [outputItem(body, kind, id)],
    usage: responsesUsage(kind, streamed),
  });
}

function* itemEvents(item) {
  const place = { output_index: 0, item_id: item.id };
  if (item.type === 'function_call') {
    yield ['response.output_item.added',
      { output_index: 0, item: { ...item, status: 'in_progress', arguments: '' } }];
    for (const delta of kToolArgumentPieces) {
      yield ['response.function_call_arguments.delta', { ...place, delta }];
    }
    yield ['response.function_call_arguments.done', { ...place, arguments: item.arguments }];
  } else {
    const part = item.content[0];
    const inPart = { ...place, content_index: 0 };
    yield ['response.output_item.added',
      { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }];
    yield ['response.content_part.added', { ...inPart, part: { ...part, text: '' } }];
    for (const delta of piecesOf(part.text)) {
      yield ['response.output_text.delta', { ...inPart, delta, logprobs: [] }];
    }
    yield ['response.output_text.done', { ...inPart, text: part.text, logprobs: [] }];
    yield ['response.content_part.done', { ...inPart, part }];
  }
  yield ['response.output_item.done', { output_index: 0, item }];
}

function* streamedAnswer(body, kind, id) {
  const last = finished(body, kind, id, true);
  const begun = envelope(body, kind, id, { status: 'in_progress', output: [], usage: null });
  let sequence_number = 0;
  const event = (type, fields) => ({ event: type, data: { type, sequence_number: sequence_number++, ...fields } });
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  for (const [type, fields] of itemEvents(last.output[0])) yield event(type, fields);
  yield event(`response.${last.status}`, { response: last });
}

export async function answerResponses(response, body, id, headers) {
  const kind = kindOf(body);
  if (!body.stream) return sendJson(response, 200, finished(body, kind, id, false), headers);
  const cutAfter = body.model === 'cut' ? 4 : Infinity;
  return sendEvents(response, streamedAnswer(body, kind, id), { headers, cutAfter });
}
