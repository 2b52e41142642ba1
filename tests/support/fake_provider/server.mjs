// A fake model provider for tests: the HTTP APIs of seven providers on loopback, deterministic, without dependencies.
// Usage: node server.mjs [--port N]     prints one line: listening http://127.0.0.1:PORT
// What it answers and what every answer "costs" is in README.md and usage.json.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

import { answerMessages } from './anthropic.mjs';
import { answerConverse, answerInvoke, streamConverse, streamInvoke } from './bedrock.mjs';
import { answerCohereChat } from './cohere.mjs';
import { failureOf } from './failures.mjs';
import { answerGenerateContent, streamGenerateContent } from './gemini.mjs';
import { readBody, sendJson } from './http_io.mjs';
import { answerMistralChat } from './mistral.mjs';
import { answerOllamaChat } from './ollama.mjs';
import { answerChat } from './openai_chat.mjs';
import { answerEmbeddings } from './openai_embeddings.mjs';
import { answerResponses } from './openai_responses.mjs';
import { IdSource } from './replies.mjs';

// How the providers name a request in their answers.
const idHeaders = {
  openai: (id) => ({ 'x-request-id': `req_${id}`, 'openai-processing-ms': '5', 'openai-version': '2020-10-01' }),
  anthropic: (id) => ({ 'request-id': `req_${id}` }),
  gemini: () => ({}),
  bedrock: (id) => ({ 'x-amzn-requestid': `req-${id}` }),
  cohere: (id) => ({ 'x-debug-trace-id': id }),
  mistral: (id) => ({ 'mistral-correlation-id': id }),
  ollama: () => ({}),
};

// A model that stands in the path is read from there.
const routes = [
  [/^\/v1\/chat\/completions$/, 'openai', answerChat],
  [/^\/v1\/responses$/, 'openai', answerResponses],
  [/^\/v1\/embeddings$/, 'openai', (response, body, _, headers) => answerEmbeddings(response, body, headers)],
  [/^\/v1\/messages$/, 'anthropic', answerMessages],
  [/^\/v1(?:beta)?\/models\/([^/]+):generateContent$/, 'gemini', answerGenerateContent],
  [/^\/v1(?:beta)?\/models\/([^/]+):streamGenerateContent$/, 'gemini', streamGenerateContent],
  [/^\/model\/([^/]+)\/converse$/, 'bedrock', answerConverse],
  [/^\/model\/([^/]+)\/converse-stream$/, 'bedrock', streamConverse],
  [/^\/model\/([^/]+)\/invoke$/, 'bedrock', answerInvoke],
  [/^\/model\/([^/]+)\/invoke-with-response-stream$/, 'bedrock', streamInvoke],
  [/^\/v2\/chat$/, 'cohere', answerCohereChat],
  [/^\/mistral\/v1\/chat\/completions$/, 'mistral', answerMistralChat],
  [/^\/api\/chat$/, 'ollama', answerOllamaChat],
];

/** Whom a request comes from. An AWS signature differs each time; the name of its key does not. */
function credentialOf(headers) {
  const given = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '';
  return given.match(/^AWS4-\S+ Credential=([^/]+)/)?.[1] ?? given;
}

async function answer(request, response, ids) {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (request.method === 'GET' && path === '/v1/models') {
    const data = ['gpt-4o-mini', 'text-embedding-3-small'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'fake' }));
    return sendJson(response, 200, { object: 'list', data });
  }
  const route = request.method === 'POST' && routes.find(([pattern]) => pattern.test(path));
  if (!route) {
    return sendJson(response, 404, { error: { message: `no route ${request.method} ${path}`, type: 'not_found' } });
  }
  const bytes = await readBody(request);
  if (bytes === null) return sendJson(response, 413, { error: { message: 'body too large' } });
  const [pattern, api, send] = route;
  let body;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch {
    return sendJson(response, 400, { error: { message: 'body is not JSON', type: 'invalid_request_error' } });
  }
  const model = path.match(pattern)[1];
  if (model !== undefined) body.model = decodeURIComponent(model);
  const { id, ordinal } = ids.next(credentialOf(request.headers), model === undefined ? bytes : `${path}\n${bytes}`);
  const headers = idHeaders[api](id);
  const failure = failureOf(api, body.model, ordinal);
  if (failure) return sendJson(response, failure.status, failure.body, { ...headers, ...failure.headers });
  return send(response, body, id, headers);
}

/** What answers requests, for any server of Node's. */
export function fakeProvider() {
  const ids = new IdSource();
  return (request, response) => {
    answer(request, response, ids).catch((error) => {
      process.stderr.write(`fake provider: ${error.stack}\n`);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: String(error.message), type: 'server_error' } });
    });
  };
}

/** Makes the server; the caller listens and closes. */
export function createFakeProvider() {
  return createServer(fakeProvider());
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
