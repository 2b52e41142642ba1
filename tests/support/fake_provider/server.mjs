// A fake model provider for tests: OpenAI and Anthropic HTTP APIs on loopback, deterministic, without dependencies.
// Usage: node server.mjs [--port N]     prints one line: listening http://127.0.0.1:PORT
// What it answers and what every answer "costs" is in README.md and usage.json.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

import { answerMessages } from './anthropic.mjs';
import { readBody, sendJson } from './http_io.mjs';
import { answerChat } from './openai_chat.mjs';
import { answerEmbeddings } from './openai_embeddings.mjs';
import { answerResponses } from './openai_responses.mjs';
import { IdSource } from './replies.mjs';

// Models whose name asks for a failure. SDKs honour x-should-retry, so that one call is one request.
const openaiFailures = {
  err: [429, { message: 'Rate limit reached for the fake model.', type: 'requests', param: null, code: 'rate_limit_exceeded' }],
  'err-500': [500, { message: 'The fake server had an error.', type: 'server_error', param: null, code: null }],
  'err-400': [400, { message: 'The fake request is invalid.', type: 'invalid_request_error', param: 'model', code: null }],
};
const anthropicFailures = {
  err: [529, { type: 'overloaded_error', message: 'Overloaded' }],
  'err-429': [429, { type: 'rate_limit_error', message: 'Rate limit reached for the fake model.' }],
  'err-500': [500, { type: 'api_error', message: 'Internal server error' }],
  'err-400': [400, { type: 'invalid_request_error', message: 'The fake request is invalid.' }],
};

function openaiHeaders(id) {
  return { 'x-request-id': `req_${id}`, 'openai-processing-ms': '5', 'openai-version': '2020-10-01' };
}

async function answerOpenai(path, response, body, id) {
  const headers = openaiHeaders(id);
  const failure = openaiFailures[body.model];
  if (failure) {
    return sendJson(response, failure[0], { error: failure[1] }, { ...headers, 'x-should-retry': 'false' });
  }
  if (path === '/v1/chat/completions') return answerChat(response, body, id, headers);
  if (path === '/v1/responses') return answerResponses(response, body, id, headers);
  return answerEmbeddings(response, body, headers);
}

async function answerAnthropic(response, body, id) {
  const headers = { 'request-id': `req_${id}` };
  const failure = anthropicFailures[body.model];
  if (failure) {
    const [status, error] = failure;
    const refusal = { type: 'error', error, request_id: headers['request-id'] };
    return sendJson(response, status, refusal, { ...headers, 'x-should-retry': 'false' });
  }
  return answerMessages(response, body, id, headers);
}

const openaiPaths = new Set(['/v1/chat/completions', '/v1/responses', '/v1/embeddings']);

async function answer(request, response, ids) {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (request.method === 'GET' && path === '/v1/models') {
    const data = ['gpt-4o-mini', 'text-embedding-3-small'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'fake' }));
    return sendJson(response, 200, { object: 'list', data });
  }
  if (request.method !== 'POST' || !(openaiPaths.has(path) || path === '/v1/messages')) {
    return sendJson(response, 404, { error: { message: `no route ${request.method} ${path}`, type: 'not_found' } });
  }
  const bytes = await readBody(request);
  if (bytes === null) return sendJson(response, 413, { error: { message: 'body too large' } });
  let body;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch {
    return sendJson(response, 400, { error: { message: 'body is not JSON', type: 'invalid_request_error' } });
  }
  const credential = request.headers.authorization ?? request.headers['x-api-key'] ?? '';
  const id = ids.next(credential, bytes);
  return openaiPaths.has(path) ? answerOpenai(path, response, body, id) : answerAnthropic(response, body, id);
}

/** Makes the server; the caller listens and closes. */
export function createFakeProvider() {
  const ids = new IdSource();
  return createServer((request, response) => {
    answer(request, response, ids).catch((error) => {
      process.stderr.write(`fake provider: ${error.stack}\n`);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: String(error.message), type: 'server_error' } });
    });
  });
}

function main() {
  const flag = process.argv.indexOf('--port');
  const port = flag < 0 ? 0 : Number(process.argv[flag + 1]);
  const server = createFakeProvider();
  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`listening http://127.0.0.1:${server.address().port}\n`);
  });
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
