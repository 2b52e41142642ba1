// Tests of the fake provider over HTTP. Run: node --test tests/support/fake_provider
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

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
  const response = await post(path, { ...body, stream: true });
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
  await assert.rejects(events(chat, { ...hello, model: 'cut' }));
  assert.equal((await fetch(`${base}/nowhere`)).status, 404);
  assert.equal((await fetch(base + chat, { method: 'POST', body: '{' })).status, 400);
});
