// Models whose name asks for a failure, in the words of each provider.

const kRateLimit = 'Rate limit reached for the fake model.';
const kInternal = 'The fake server had an error.';
const kInvalid = 'The fake request is invalid.';

const openai = (message, type, code, param = null) => ({ error: { message, type, param, code } });
const anthropic = (type, message) => ({ type: 'error', error: { type, message } });
const gemini = (code, status, message, details = []) => ({ error: { code, message, status, details } });
const mistral = (message, type, code) => ({ object: 'error', message, type, param: null, code });
const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' };

// [status, body, headers?] by model.
const failures = {
  openai: {
    err: [429, openai(kRateLimit, 'requests', 'rate_limit_exceeded')],
    'err-500': [500, openai(kInternal, 'server_error', null)],
    'err-400': [400, openai(kInvalid, 'invalid_request_error', null, 'model')],
  },
  anthropic: {
    err: [529, anthropic('overloaded_error', 'Overloaded')],
    'err-429': [429, anthropic('rate_limit_error', kRateLimit)],
    'err-500': [500, anthropic('api_error', 'Internal server error')],
    'err-400': [400, anthropic('invalid_request_error', kInvalid)],
  },
  gemini: {
    err: [429, gemini(429, 'RESOURCE_EXHAUSTED', kRateLimit, [retryInfo])],
    'err-500': [500, gemini(500, 'INTERNAL', kInternal)],
    'err-400': [400, gemini(400, 'INVALID_ARGUMENT', kInvalid)],
  },
  bedrock: {
    err: [429, { message: kRateLimit }, { 'x-amzn-errortype': 'ThrottlingException' }],
    'err-500': [500, { message: kInternal }, { 'x-amzn-errortype': 'InternalServerException' }],
    'err-400': [400, { message: kInvalid }, { 'x-amzn-errortype': 'ValidationException' }],
  },
  cohere: {
    err: [429, { message: kRateLimit }],
    'err-500': [500, { message: kInternal }],
    'err-400': [400, { message: kInvalid }],
  },
  mistral: {
    err: [429, mistral(kRateLimit, 'rate_limited', '1300')],
    'err-500': [500, mistral(kInternal, 'internal_server_error', '1000')],
    'err-400': [400, mistral(kInvalid, 'invalid_request', '1500')],
  },
  ollama: {
    err: [429, { error: kRateLimit }],
    'err-500': [500, { error: kInternal }],
    'err-400': [400, { error: kInvalid }],
  },
};

// What the SDKs wait before they try again.
const kRetryAfterMs = '20';
const kRefusals = 2;

/**
 * The failure that a request to this model gets, as {status, body, headers}; null where it is answered. `ordinal` tells
 * how often the request came: `err-twice` is refused twice with 429 and then answered. SDKs honour x-should-retry, so that
 * every other failing call is one request.
 */
export function failureOf(api, model, ordinal) {
  const isTwice = model === 'err-twice' && ordinal <= kRefusals;
  const name = isTwice ? (api === 'anthropic' ? 'err-429' : 'err') : model;
  const failure = Object.hasOwn(failures[api], name) ? failures[api][name] : null;
  if (!failure) return null;
  const [status, body, headers = {}] = failure;
  const again = isTwice ? { 'retry-after-ms': kRetryAfterMs } : { 'x-should-retry': 'false' };
  return { status, body, headers: { ...headers, ...again } };
}
