// Gemini: generateContent, whole, and streamGenerateContent as server-sent events (`?alt=sse`).
import { sendEvents, sendJson } from './http_io.mjs';
import { kLengthLimit, kToolArguments, piecesOf, responseModel, textOf, usageOf } from './replies.mjs';

function kindOf(body) {
  const config = body.generationConfig ?? {};
  if (body.contents?.at(-1)?.parts?.some((part) => part.functionResponse)) return 'tool_answer';
  if (body.tools?.some((tool) => tool.functionDeclarations?.length > 0)) return 'tool_call';
  if (config.responseMimeType === 'application/json') return 'json';
  return config.maxOutputTokens <= kLengthLimit ? 'length' : 'text';
}

/** Thoughts stand beside the candidates' tokens, cached ones inside the prompt's. */
function usageMetadata(kind, streamed) {
  const { input, cached, output, thoughts } = usageOf('gemini', kind, streamed);
  return {
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output + thoughts,
    ...(cached > 0 ? { cachedContentTokenCount: cached, cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cached }] } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
  };
}

function partsOf(body, kind) {
  if (kind !== 'tool_call') return piecesOf(textOf(kind)).map((text) => ({ text }));
  const { name } = body.tools.find((tool) => tool.functionDeclarations).functionDeclarations[0];
  return [{ functionCall: { name, args: JSON.parse(kToolArguments) } }];
}

function answerOf(body, id, { parts, finishReason, usage }) {
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(finishReason ? { finishReason } : {}), index: 0 }],
    usageMetadata: usage,
    modelVersion: responseModel('gemini', body.model),
    responseId: id,
  };
}

const finishOf = (kind) => (kind === 'length' ? 'MAX_TOKENS' : 'STOP');

/** Every event has the usage so far. */
function* streamedAnswer(body, kind, id) {
  const usage = usageMetadata(kind, true);
  const { promptTokenCount } = usage;
  const begun = { promptTokenCount, totalTokenCount: promptTokenCount };
  for (const part of partsOf(body, kind)) yield { data: answerOf(body, id, { parts: [part], usage: begun }) };
  yield { data: answerOf(body, id, { parts: [{ text: '' }], finishReason: finishOf(kind), usage }) };
}

export function answerGenerateContent(response, body, id, headers) {
  const kind = kindOf(body);
  const parts = kind === 'tool_call' ? partsOf(body, kind) : [{ text: textOf(kind) }];
  const usage = usageMetadata(kind, false);
  sendJson(response, 200, answerOf(body, id, { parts, finishReason: finishOf(kind), usage }), headers);
}

export function streamGenerateContent(response, body, id, headers) {
  const cutAfter = body.model === 'cut' ? 3 : Infinity;
  return sendEvents(response, streamedAnswer(body, kindOf(body), id), { headers, cutAfter });
}
