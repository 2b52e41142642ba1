// Small HTTP pieces shared by the provider's routes: reading bodies, JSON answers, server-sent events.

export const kStreamGapMs = 3;

const kBodyLimitBytes = 16 * 1024 * 1024; // far above any test's prompt

/** Reads a whole request body as bytes; null where it is over the limit. */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= kBodyLimitBytes) chunks.push(chunk);
  }
  return size <= kBodyLimitBytes ? Buffer.concat(chunks) : null;
}

export function sendJson(response, status, value, headers = {}) {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/**
 * Sends a body in pieces, a pause between two, so that a client sees more than one network read.
 * `cutAfter` breaks the connection in the middle.
 */
export async function sendPieces(response, pieces, { headers = {}, cutAfter = Infinity } = {}) {
  response.writeHead(200, { 'cache-control': 'no-cache', ...headers });
  let sent = 0;
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (sent === cutAfter) {
      response.destroy();
      return;
    }
    response.write(piece);
    sent += 1;
    await new Promise((resolve) => setTimeout(resolve, kStreamGapMs));
  }
  response.end();
}

function* serverSentEvents(events) {
  for (const { event, data } of events) {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    yield `${event ? `event: ${event}\n` : ''}data: ${text}\n\n`;
  }
}

/** Sends server-sent events. Each is {event?, data}; data is sent as JSON unless it is a string. */
export function sendEvents(response, events, { headers = {}, cutAfter = Infinity } = {}) {
  const typed = { 'content-type': 'text/event-stream; charset=utf-8', ...headers };
  return sendPieces(response, serverSentEvents(events), { headers: typed, cutAfter });
}

function* jsonLines(values) {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}

/** Sends one JSON value a line (NDJSON). */
export function sendLines(response, values, { headers = {}, cutAfter = Infinity } = {}) {
  const typed = { 'content-type': 'application/x-ndjson', ...headers };
  return sendPieces(response, jsonLines(values), { headers: typed, cutAfter });
}
