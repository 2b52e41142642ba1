// Tests of the fake provider over HTTP. Run: node --test tests/support/fake_provider/provider_test.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { crc32 } from './aws_event_stream.mjs';
import { createFakeProvider } from './server.mjs';

const tables = JSON.parse(readFileSync(new URL('./usage.json', import.meta.url), 'utf8'));
const server = createFakeProvider();
let base;
before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

const post = (path, body, key = 'k') =>
  fetch(base + path, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(body) });

/** The data lines of a server-sent event stream, parsed. */
async function events(path, body) {
  return eventsOf(await post(path, { ...body, stream: true }));
}

async function eventsOf(response) {
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => (line === 'data: [DONE]' ? 'DONE' : JSON.parse(line.slice(6))));
}

const chat = '/v1/chat/completions';
const hello = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: {} } }];

test('chat: kinds of replies and their usage', async () => {
  const kinds = tables.openai.kinds;
  const cases = [
    [hello, 'text', 'stop'],
    [{ ...hello, tools }, 'tool_call', 'tool_calls'],
    [{ ...hello, tools, tool_choice: 'none' }, 'text', 'stop'],
    [{ ...hello, tools, messages: [...hello.messages, { role: 'tool', content: 'x' }] }, 'tool_answer', 'stop'],
    [{ ...hello, max_tokens: 4 }, 'length', 'length'],
    [{ ...hello, response_format: { type: 'json_object' } }, 'json', 'stop'],
  ];
  for (const [body, kind, finish] of cases) {
    const answer = await (await post(chat, body)).json();
    assert.equal(answer.model, 'gpt-4o-mini-2024-07-18');
    assert.equal(answer.choices[0].finish_reason, finish);
    assert.equal(answer.usage.prompt_tokens, kinds[kind].input);
    assert.equal(answer.usage.completion_tokens, kinds[kind].output);
    assert.equal(answer.usage.prompt_tokens_details.cached_tokens, kinds[kind].cached);
    assert.equal(answer.usage.total_tokens, kinds[kind].input + kinds[kind].output);
  }
});

test('chat stream: deltas add up; usage only when asked for, in a last chunk without choices', async () => {
  const plain = await events(chat, hello);
  assert.equal(plain.at(-1), 'DONE');
  const text = plain.slice(0, -1).map((chunk) => chunk.choices[0].delta.content ?? '').join('');
  assert.equal(text, 'Hello from the fake model.');
  assert.ok(plain.slice(0, -1).every((chunk) => !('usage' in chunk)));
  const counted = await events(chat, { ...hello, stream_options: { include_usage: true } });
  const last = counted.at(-2);
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.prompt_tokens, tables.openai.kinds.text.input + tables.stream_extra.input);
  assert.ok(counted.slice(0, -2).every((chunk) => chunk.usage === null));
  const called = await events(chat, { ...hello, tools });
  const pieces = called.slice(0, -1).flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
  assert.equal(pieces.map((piece) => piece.function.arguments).join(''), '{"city":"Rome"}');
});

test('ids: the same for the same history of requests, different for each request and key', async () => {
  const id = async (key) => (await (await post(chat, hello, key)).json()).id;
  const first = await id('ids');
  assert.notEqual(await id('ids'), first);
  assert.notEqual(await id('other'), first);
  const again = createFakeProvider();
  await new Promise((resolve) => again.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${again.address().port}${chat}`, {
    method: 'POST', headers: { authorization: 'Bearer ids' }, body: JSON.stringify(hello),
  });
  assert.equal((await response.json()).id, first);
  again.close();
  again.closeAllConnections();
});

test('responses: whole and streamed', async () => {
  const body = { model: 'gpt-4o-mini', input: 'hi', instructions: 'Be kind.' };
  const whole = await (await post('/v1/responses', body)).json();
  assert.equal(whole.status, 'completed');
  assert.equal(whole.output[0].content[0].text, 'Hello from the fake model.');
  const streamed = await events('/v1/responses', body);
  assert.deepEqual(streamed.map((event) => event.sequence_number), streamed.map((_, index) => index));
  assert.equal(streamed.at(-1).type, 'response.completed');
  assert.equal(streamed.at(-1).response.usage.input_tokens, whole.usage.input_tokens + tables.stream_extra.input);
  const cut = await (await post('/v1/responses', { ...body, max_output_tokens: 4 })).json();
  assert.deepEqual([cut.status, cut.incomplete_details.reason], ['incomplete', 'max_output_tokens']);
  const called = await events('/v1/responses', { ...body, tools: [{ type: 'function', name: 'get_weather' }] });
  assert.equal(called.at(-1).response.output[0].arguments, '{"city":"Rome"}');
});

test('anthropic: whole and streamed, usage cumulative', async () => {
  const body = { model: 'claude-sonnet-4-5', max_tokens: 64, messages: hello.messages };
  const whole = await (await post('/v1/messages', body)).json();
  assert.deepEqual([whole.model, whole.stop_reason], ['claude-sonnet-4-5-20250929', 'end_turn']);
  assert.equal(whole.usage.cache_read_input_tokens, tables.anthropic.kinds.text.cache_read);
  const streamed = await events('/v1/messages', body);
  assert.equal(streamed[0].message.usage.output_tokens, 1);
  const delta = streamed.find((event) => event.type === 'message_delta');
  assert.equal(delta.usage.output_tokens, whole.usage.output_tokens + tables.stream_extra.output);
  assert.equal(streamed.at(-1).type, 'message_stop');
  const tool = [{ name: 'get_weather', input_schema: { type: 'object' } }];
  const called = await events('/v1/messages', { ...body, tools: tool });
  const json = called.map((event) => event.delta?.partial_json ?? '').join('');
  assert.deepEqual(JSON.parse(json), { city: 'Rome' });
});

/** Messages of an AWS event stream; their checksums must be right. */
async function messagesOf(response) {
  assert.equal(response.headers.get('content-type'), 'application/vnd.amazon.eventstream');
  let rest = Buffer.from(await response.arrayBuffer());
  const messages = [];
  while (rest.length > 0) {
    const [size, headersSize] = [rest.readUInt32BE(0), rest.readUInt32BE(4)];
    assert.equal(rest.readUInt32BE(8), crc32(rest.subarray(0, 8)));
    assert.equal(rest.readUInt32BE(size - 4), crc32(rest.subarray(0, size - 4)));
    const headers = rest.subarray(12, 12 + headersSize).toString('latin1');
    const type = headers.match(/:event-type\x07\x00.(\w+)\r:content-type/)[1];
    messages.push([type, JSON.parse(rest.subarray(12 + headersSize, size - 4))]);
    rest = rest.subarray(size);
  }
  return messages;
}

test('gemini: whole and streamed; the last usage is the whole one', async () => {
  const usage = tables.gemini.kinds;
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
  const path = '/v1beta/models/gemini-flash-latest';
  const whole = await (await post(`${path}:generateContent`, { contents })).json();
  assert.equal(whole.modelVersion, 'gemini-2.5-flash');
  assert.equal(whole.candidates[0].content.parts[0].text, 'Hello from the fake model.');
  const { promptTokenCount, thoughtsTokenCount, totalTokenCount } = whole.usageMetadata;
  assert.deepEqual([promptTokenCount, thoughtsTokenCount], [usage.text.input, usage.text.thoughts]);
  assert.equal(totalTokenCount, usage.text.input + usage.text.output + usage.text.thoughts);
  const streamed = await eventsOf(await post(`${path}:streamGenerateContent?alt=sse`, { contents }));
  const text = streamed.map((event) => event.candidates[0].content.parts[0].text).join('');
  assert.equal(text, 'Hello from the fake model.');
  assert.equal(streamed.at(-1).usageMetadata.promptTokenCount, usage.text.input + tables.stream_extra.input);
  const tool = [{ functionDeclarations: [{ name: 'get_weather' }] }];
  const called = await (await post(`${path}:generateContent`, { contents, tools: tool })).json();
  assert.deepEqual(called.candidates[0].content.parts[0].functionCall, { name: 'get_weather', args: { city: 'Rome' } });
  const answers = [...contents, { role: 'user', parts: [{ functionResponse: {} }] }];
  const answered = await (await post(`${path}:generateContent`, { contents: answers, tools: tool })).json();
  assert.equal(answered.usageMetadata.promptTokenCount, usage.tool_answer.input);
});

test('bedrock: converse whole and streamed, the stream framed with right checksums', async () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926); // the check value of CRC-32
  const usage = tables.bedrock.kinds;
  const path = `/model/${encodeURIComponent('anthropic.claude-sonnet-4-5-20250929-v1:0')}`;
  const body = { messages: [{ role: 'user', content: [{ text: 'hi' }] }] };
  const whole = await (await post(`${path}/converse`, body)).json();
  assert.equal(whole.output.message.content[0].text, 'Hello from the fake model.');
  assert.deepEqual([whole.usage.inputTokens, whole.usage.cacheReadInputTokens], [usage.text.input, usage.text.cache_read]);
  const toolConfig = { tools: [{ toolSpec: { name: 'get_weather' } }] };
  const streamed = await messagesOf(await post(`${path}/converse-stream`, { ...body, toolConfig }));
  assert.deepEqual([...new Set(streamed.map(([type]) => type))], [
    'messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop', 'messageStop', 'metadata',
  ]);
  assert.equal(streamed.map(([, value]) => value.delta?.toolUse.input ?? '').join(''), '{"city":"Rome"}');
  assert.equal(streamed.at(-1)[1].usage.inputTokens, usage.tool_call.input + tables.stream_extra.input);
});

test('bedrock: InvokeModel answers as Anthropic does, its stream in chunks', async () => {
  const path = `/model/${encodeURIComponent('anthropic.claude-sonnet-4-5-20250929-v1:0')}`;
  const body = { max_tokens: 64, messages: hello.messages };
  const response = await post(`${path}/invoke`, body);
  const whole = await response.json();
  assert.equal(whole.model, 'claude-sonnet-4-5-20250929');
  assert.equal(response.headers.get('x-amzn-bedrock-input-token-count'), String(whole.usage.input_tokens));
  const chunks = await messagesOf(await post(`${path}/invoke-with-response-stream`, body));
  const decoded = chunks.map(([, { bytes }]) => JSON.parse(Buffer.from(bytes, 'base64')));
  assert.deepEqual([decoded[0].type, decoded.at(-1).type], ['message_start', 'message_stop']);
  assert.ok(decoded.at(-1)['amazon-bedrock-invocationMetrics'].inputTokenCount > 0);
});

test('cohere: whole and streamed, usage in the last event', async () => {
  const body = { ...hello, model: 'command-a-03-2025' };
  const usage = tables.cohere.kinds;
  const whole = await (await post('/v2/chat', body)).json();
  assert.deepEqual([whole.finish_reason, whole.usage.tokens.input_tokens], ['COMPLETE', usage.text.input]);
  const streamed = await events('/v2/chat', { ...body, tools });
  const called = streamed.filter((event) => event.type === 'tool-call-delta');
  assert.equal(called.map((event) => event.delta.message.tool_calls.function.arguments).join(''), '{"city":"Rome"}');
  const end = streamed.at(-2);
  assert.deepEqual([end.type, end.delta.finish_reason], ['message-end', 'TOOL_CALL']);
  assert.equal(end.delta.usage.tokens.input_tokens, usage.tool_call.input + tables.stream_extra.input);
});

test('mistral: whole and streamed, usage always in the last chunk', async () => {
  const path = '/mistral/v1/chat/completions';
  const body = { ...hello, model: 'mistral-small-latest' };
  const usage = tables.mistral.kinds;
  const whole = await (await post(path, body)).json();
  assert.deepEqual([whole.model, whole.usage.prompt_tokens], ['mistral-small-2603', usage.text.input]);
  const streamed = await events(path, { ...body, tools });
  const last = streamed.at(-2);
  assert.equal(last.choices[0].delta.tool_calls[0].function.arguments, '{"city":"Rome"}');
  assert.deepEqual([last.choices[0].finish_reason, last.usage.prompt_tokens], ['tool_calls', usage.tool_call.input + tables.stream_extra.input]);
});

test('ollama: a line an object, streamed unless told otherwise', async () => {
  const body = { ...hello, model: 'llama3.2' };
  const usage = tables.ollama.kinds;
  const whole = await (await post('/api/chat', { ...body, stream: false })).json();
  assert.deepEqual([whole.done, whole.message.content, whole.prompt_eval_count], [true, 'Hello from the fake model.', usage.text.input]);
  const response = await post('/api/chat', { ...body, tools });
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const lines = (await response.text()).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines[0].message.tool_calls[0].function.arguments, { city: 'Rome' });
  assert.deepEqual(lines.map((line) => line.done), [false, true]);
  assert.equal(lines.at(-1).eval_count, usage.tool_call.output + tables.stream_extra.output);
});

test('err-twice: two refusals that ask for a repetition, then an answer', async () => {
  const body = { ...hello, model: 'err-twice', max_tokens: 64 };
  for (const path of [chat, '/v1/messages']) {
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await post(path, body, `twice ${path}`));
    assert.deepEqual(answers.map((answer) => answer.status), [429, 429, 200]);
    assert.equal(answers[0].headers.get('retry-after-ms'), '20');
    assert.equal(answers[0].headers.get('x-should-retry'), null);
  }
});

test('embeddings: numbers and base64 agree; usage per input', async () => {
  const body = { model: 'text-embedding-3-small', input: ['a', 'b'] };
  const numbers = await (await post('/v1/embeddings', body)).json();
  const packed = await (await post('/v1/embeddings', { ...body, encoding_format: 'base64' })).json();
  const bytes = Buffer.from(packed.data[1].embedding, 'base64');
  assert.deepEqual(Array.from({ length: 8 }, (_, i) => bytes.readFloatLE(4 * i)), numbers.data[1].embedding);
  assert.equal(numbers.usage.prompt_tokens, 2 * tables.openai.embedding_tokens_per_input);
});

test('failures: status, body, and no retries', async () => {
  const status = async (path, model) => {
    const response = await post(path, { ...hello, model, max_tokens: 9 });
    assert.equal(response.headers.get('x-should-retry'), 'false');
    const { error } = await response.json();
    return [response.status, error.type];
  };
  assert.deepEqual(await status(chat, 'err'), [429, 'requests']);
  assert.deepEqual(await status('/v1/responses', 'err-500'), [500, 'server_error']);
  assert.deepEqual(await status('/v1/messages', 'err'), [529, 'overloaded_error']);
  assert.deepEqual(await status('/v1/messages', 'err-429'), [429, 'rate_limit_error']);
  const refusal = async (path, model) => {
    const response = await post(path, { messages: [], contents: [], model });
    return [response.status, await response.json()];
  };
  const [geminiStatus, gemini] = await refusal('/v1beta/models/err:generateContent');
  assert.deepEqual([geminiStatus, gemini.error.status], [429, 'RESOURCE_EXHAUSTED']);
  assert.deepEqual((await refusal('/model/err/converse'))[0], 429);
  assert.deepEqual((await refusal('/v2/chat', 'err'))[0], 429);
  assert.deepEqual((await refusal('/mistral/v1/chat/completions', 'err'))[1].type, 'rate_limited');
  assert.deepEqual((await refusal('/api/chat', 'err-500'))[0], 500);
  await assert.rejects(events(chat, { ...hello, model: 'cut' }));
  assert.equal((await fetch(`${base}/nowhere`)).status, 404);
  assert.equal((await fetch(base + chat, { method: 'POST', body: '{' })).status, 400);
});
