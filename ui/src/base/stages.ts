// The stages of a request, in the order of its way, and what they are called.

export const STAGES = ['input_validation', 'embedding', 'search', 'rerank', 'assembly', 'ttft', 'generation', 'output_guardrails', 'tools', 'total'] as const
export type Stage = (typeof STAGES)[number]

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  input_validation: 'Input validation', embedding: 'Embedding', search: 'Search', rerank: 'Rerank', assembly: 'Prompt assembly', ttft: 'First token', generation: 'Generation',
  output_guardrails: 'Output guardrails', tools: 'Tools', total: 'Whole trace',
}
