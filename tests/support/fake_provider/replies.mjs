// What the fake models say, and what it costs in tokens. Pure functions: the same request always gets the same reply.
// The numbers live in usage.json, so that tests in any language can compute what they expect.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const tables = JSON.parse(readFileSync(new URL('./usage.json', import.meta.url), 'utf8'));

export const kAnswerText = 'Hello from the fake model.';
export const kToolAnswerText = 'It is sunny in Rome.';
export const kJsonText = '{"city":"Rome","degrees":21}';
export const kToolArguments = '{"city":"Rome"}';

/** Answers are cut off when the request allows this many output tokens or fewer. */
export const kLengthLimit = 4;

/** Response model for a requested one. Unknown models answer under their own name. */
export function responseModel(api, requested) {
  return tables[api].response_models[requested] ?? requested;
}

/** Tokens of one reply; streamed replies cost a fixed extra, so that a test can tell the two apart. */
export function usageOf(api, kind, streamed) {
  const usage = { ...tables[api].kinds[kind] };
  if (streamed) {
    usage.input += tables.stream_extra.input;
    usage.output += tables.stream_extra.output;
  }
  return usage;
}

export function embeddingTokens(inputCount) {
  return tables.openai.embedding_tokens_per_input * inputCount;
}

/** The text a reply of this kind shows; null where it is a tool call. */
export function textOf(kind) {
  switch (kind) {
    case 'tool_call': return null;
    case 'tool_answer': return kToolAnswerText;
    case 'json': return kJsonText;
    case 'length': return 'Hello';
    default: return kAnswerText;
  }
}

/** The tool call's arguments in pieces as a stream delivers them. */
export const kToolArgumentPieces = ['{"city":', '"Rome"}'];

/** Text in pieces as a stream delivers it: a word with its leading space each. */
export function piecesOf(text) {
  return text.match(/\s*\S+/g) ?? [];
}

/**
 * Gives ids that look like a provider's: hexadecimal, the same for the same run of requests, different for each request
 * (a repeated request is numbered).
 */
export class IdSource {
  #seen = new Map();

  /** The id of a request, and how often it came, this time included. */
  next(credential, body) {
    const digest = createHash('sha256').update(credential).update('\0').update(body).digest('hex');
    const ordinal = (this.#seen.get(digest) ?? 0) + 1;
    this.#seen.set(digest, ordinal);
    const id = createHash('sha256').update(`${digest}:${ordinal}`).digest('hex').slice(0, 24);
    return { id, ordinal };
  }
}
