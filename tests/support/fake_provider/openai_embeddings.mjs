// POST /v1/embeddings: short deterministic vectors, as numbers or base64.
import { sendJson } from './http_io.mjs';
import { embeddingTokens, responseModel } from './replies.mjs';

const kDimensions = 8;

function vectorOf(index) {
  return Float32Array.from({ length: kDimensions }, (_, i) => (i + 1 + index) / 16);
}

export function answerEmbeddings(response, body, headers) {
  const inputs = Array.isArray(body.input) && typeof body.input[0] !== 'number' ? body.input : [body.input];
  const asBase64 = body.encoding_format === 'base64';
  const data = inputs.map((_, index) => {
    const vector = vectorOf(index);
    const embedding = asBase64 ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector);
    return { object: 'embedding', index, embedding };
  });
  const tokens = embeddingTokens(inputs.length);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  sendJson(response, 200, { object: 'list', data, model: responseModel('openai', body.model), usage }, headers);
}
