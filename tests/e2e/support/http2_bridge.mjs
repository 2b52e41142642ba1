// HTTP/2 in front of a server of HTTP/1.1 on loopback: each stream becomes a request with the same fields and body, and its answer comes
// back the same way. For tests whose upstream speaks HTTP/1.1 only.
// Usage: node http2_bridge.mjs PORT     prints one line: listening PORT     (HTTP/2 without TLS, by prior knowledge)
import { Agent, request as ask } from 'node:http';
import { constants, createServer } from 'node:http2';

const kOneHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const kHeadBytesMax = 1 << 20;

const upstream = { host: '127.0.0.1', port: Number(process.argv[2]), agent: new Agent({ keepAlive: true }), maxHeaderSize: kHeadBytesMax };

/** Names and values in turn, as pairs. */
function* pairsOf(raw) {
  for (let i = 0; i < raw.length; i += 2) yield [raw[i].toLowerCase(), raw[i + 1]];
}

/** What one connection says of itself stays there, and what it names. */
function endToEnd(raw) {
  const pairs = [...pairsOf(raw)];
  const named = pairs.filter(([name]) => name === 'connection').flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/));
  return pairs.filter(([name]) => !kOneHop.has(name) && !named.includes(name));
}

function answer(stream, response) {
  const fields = { ':status': response.statusCode };
  for (const [name, value] of endToEnd(response.rawHeaders)) fields[name] = name in fields ? [fields[name], value].flat() : value;
  stream.respond(fields, { sendDate: false });
  response.on('aborted', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  response.pipe(stream);
}

const server = createServer();
server.on('stream', (stream, fields, _flags, raw) => {
  const sent = [...pairsOf(raw)].filter(([name]) => !name.startsWith(':'));
  const hasBody = !stream.endAfterHeaders;
  if (hasBody && fields['content-length'] === undefined) sent.push(['transfer-encoding', 'chunked']);
  const request = ask({ ...upstream, method: fields[':method'], path: fields[':path'], headers: ['host', fields[':authority'], ...sent.flat()] });
  request.on('response', (response) => answer(stream, response));
  request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.on('error', () => request.destroy());
  stream.pipe(request);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));
process.once('SIGTERM', () => process.exit(0));
