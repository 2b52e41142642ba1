// The fake provider as providers are reached: over TLS, with HTTP/2 for those who offer it and HTTP/1.1 for the others.
// Usage: node http2_server.mjs CERTIFICATE KEY     prints one line: listening https://localhost:PORT
// Beside what server.mjs answers: POST /echo gives the body back; POST /endless streams until its client leaves; POST /drain ends the
// connection once its streams are done; GET /seen tells what came, and the SHA-256 of each answer's body by the header x-mark.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, createSecureServer } from 'node:http2';

import { sendJson } from './http_io.mjs';
import { fakeProvider } from './server.mjs';

const kEndlessGapMs = 5;

const seen = { connections: { '1.1': 0, '2.0': 0 }, requests: { '1.1': 0, '2.0': 0 }, cancelled: 0, at_once: 0, bodies: {} };
const provider = fakeProvider();
let running = 0;

/** Notes what a body is, once all of it was written. */
function hashBody(response, mark) {
  const hash = createHash('sha256');
  const { write, end } = response;
  response.write = (piece) => {
    hash.update(piece);
    return write.call(response, piece);
  };
  response.end = (piece) => {
    if (piece !== undefined) response.write(piece);
    seen.bodies[mark] = hash.digest('hex');
    return end.call(response);
  };
}

function watch(request, response) {
  seen.requests[request.httpVersion] += 1;
  running += 1;
  seen.at_once = Math.max(seen.at_once, running);
  response.once('close', () => {
    running -= 1;
    if (request.stream?.rstCode === constants.NGHTTP2_CANCEL) seen.cancelled += 1;
  });
  const mark = request.headers['x-mark'];
  if (mark) hashBody(response, mark);
}

function streamForEver(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let count = 0;
  const timer = setInterval(() => response.write(`data: {"choices":[{"index":0,"delta":{"content":"${count++} "}}]}\n\n`), kEndlessGapMs);
  response.once('close', () => clearInterval(timer));
}

/** Whole before any of it goes back: a client that sends all before it reads would wait for itself. */
async function echo(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.end(Buffer.concat(pieces));
}

function handle(request, response) {
  if (request.url === '/seen') return sendJson(response, 200, seen);
  watch(request, response);
  switch (request.url) {
    case '/echo': return echo(request, response);
    case '/endless': return streamForEver(response);
    case '/drain':
      request.stream.session.close();
      return sendJson(response, 200, {});
    default: return provider(request, response);
  }
}

const [certificate, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createSecureServer({ cert: certificate, key, allowHTTP1: true }, handle);
server.on('secureConnection', (socket) => { seen.connections[socket.alpnProtocol === 'h2' ? '2.0' : '1.1'] += 1; });
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening https://localhost:${server.address().port}\n`));
process.once('SIGTERM', () => process.exit(0));
