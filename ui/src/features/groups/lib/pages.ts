// The pages that show traffic by one dimension: what each counts, what its columns are. One pattern draws them all.
import type { FilterUnit } from '@/api/filter'

export interface GroupPageSpec {
  id: 'models' | 'users' | 'features' | 'releases' | 'costs' | 'tools' | 'retrieval' | 'quality'
  title: string
  /** One sentence below the title. */
  about: string
  unit: FilterUnit
  /** Always asked with, and part of every door. */
  base: string
  /** What one row counts. */
  noun: string
  dimensions: readonly (readonly [name: string, title: string])[]
  /** The first is what rows are ordered by until somebody chooses. `avg(score.*)` stands for the chosen score. */
  columns: readonly string[]
  tiles: readonly string[]
  /** Measures of the chart; the first is shown first. */
  charts: readonly string[]
  /** Measures whose groups add up to the whole, and so are stacked. */
  stacked: readonly string[]
  /** Over a week and more the chart has a point for each day. */
  daily?: boolean
}

export const SCORE = 'avg(score.*)'

const CALLS = { unit: 'calls', base: '', noun: 'calls' } as const
const SUMS = ['count', 'sum(cost_usd)', 'sum(total_tokens)', 'error_count', 'rate'] as const

export const GROUP_PAGES: Readonly<Record<GroupPageSpec['id'], GroupPageSpec>> = {
  models: {
    ...CALLS, id: 'models', title: 'Models and providers', about: 'Latency, errors, cost and cache by model and provider, and how calls are routed among them.',
    // A call that failed has no model that answered: shares of errors are those of the model asked for.
    dimensions: [['request_model', 'Model asked for'], ['model', 'Model that answered'], ['provider', 'Provider'], ['region', 'Region'], ['service_tier', 'Tier'], ['input_length', 'Input length']],
    columns: ['count', 'error_rate', 'p95(ttft)', 'p50(duration)', 'p95(duration)', 'p50(output_tokens_per_second)', 'cache_hit_rate', 'sum(cost_usd)/count', 'sum(cost_usd)'],
    tiles: ['count', 'error_rate', 'p95(ttft)', 'cache_hit_rate', 'sum(cost_usd)'], charts: ['count', 'p95(ttft)', 'p95(duration)', 'error_rate', 'cache_hit_rate', 'sum(cost_usd)'], stacked: SUMS,
  },
  users: {
    ...CALLS, id: 'users', title: 'Users', about: 'What each user costs and how well it works for them.',
    dimensions: [['user', 'User'], ['session', 'Session'], ['tag', 'Tag']],
    columns: ['sum(cost_usd)', 'count', 'traces', 'sessions', 'sum(total_tokens)', 'error_rate', 'p95(ttft)', 'sum(cost_usd)/traces', SCORE],
    tiles: ['users', 'sessions', 'sum(cost_usd)/users', 'error_rate', 'sum(total_tokens)'], charts: ['sum(cost_usd)', 'count', 'sum(total_tokens)', 'error_rate'], stacked: SUMS,
  },
  features: {
    ...CALLS, id: 'features', title: 'Features', about: 'What each feature of the product costs, per user and per trace, and how it fares.',
    dimensions: [['feature', 'Feature'], ['service', 'Service'], ['environment', 'Environment'], ['operation', 'Operation']],
    columns: ['sum(cost_usd)', 'count', 'users', 'sum(cost_usd)/users', 'sum(cost_usd)/traces', 'sum(total_tokens)', 'error_rate', 'p95(ttft)', SCORE],
    tiles: ['sum(cost_usd)', 'sum(cost_usd)/users', 'sum(cost_usd)/traces', 'error_rate', SCORE], charts: ['sum(cost_usd)', 'count', 'users', 'error_rate', 'p95(ttft)'], stacked: SUMS,
  },
  releases: {
    ...CALLS, id: 'releases', title: 'Releases and prompts', about: 'Each version by what it costs, how fast it answers, how often it refuses. Mark two to compare them.',
    dimensions: [['release', 'Release'], ['prompt', 'Prompt'], ['prompt_version', 'Prompt version']],
    columns: ['count', 'error_rate', 'refusal_rate', 'p95(ttft)', 'p95(duration)', 'avg(input_tokens)', 'avg(output_tokens)', 'cache_hit_rate', 'sum(cost_usd)/count', SCORE],
    tiles: ['count', 'error_rate', 'refusal_rate', 'p95(ttft)', 'sum(cost_usd)/count'], charts: ['count', 'avg(input_tokens)', 'sum(cost_usd)/count', 'p95(ttft)', 'error_rate', 'cache_hit_rate'], stacked: SUMS,
  },
  costs: {
    ...CALLS, id: 'costs', title: 'Costs', about: 'Where the money goes. Calls without a known rate are counted apart and never as $0.',
    dimensions: [['feature', 'Feature'], ['model', 'Model'], ['user', 'User'], ['release', 'Release'], ['provider', 'Provider'], ['environment', 'Environment'], ['service', 'Service'], ['prompt', 'Prompt']],
    columns: ['sum(cost_usd)', 'count', 'sum(cost_usd)/count', 'sum(input_tokens)', 'sum(output_tokens)', 'cache_hit_rate', 'sum(saved_cost_usd)', 'unpriced_count'],
    tiles: ['sum(cost_usd)', 'sum(cost_usd)/count', 'sum(total_tokens)', 'cache_hit_rate', 'unpriced_count'], charts: ['sum(cost_usd)', 'sum(cost_usd)/count', 'sum(total_tokens)', 'unpriced_count'], stacked: [...SUMS, 'unpriced_count'],
  },
  tools: {
    id: 'tools', title: 'Tools', about: 'Which tools run, how often they succeed, how long they take, and what was asked of those that failed.', unit: 'spans', base: 'kind:tool', noun: 'runs',
    dimensions: [['tool_name', 'Tool'], ['agent_name', 'Agent'], ['error_type', 'Error'], ['service', 'Service']],
    columns: ['count', 'tool_success_rate', 'error_count', 'retry_rate', 'p50(duration)', 'p95(duration)', 'p99(duration)', 'traces'],
    tiles: ['count', 'tool_success_rate', 'error_count', 'retry_rate', 'p95(duration)'], charts: ['count', 'error_count', 'tool_success_rate', 'p95(duration)', 'retry_rate'], stacked: SUMS,
  },
  retrieval: {
    id: 'retrieval', title: 'Retrieval', about: 'How many documents each search brings, how well they match, and which documents are at hand when things fail.', unit: 'spans', base: 'kind:retrieval', noun: 'searches',
    dimensions: [['data_source', 'Data source'], ['name', 'Name'], ['service', 'Service'], ['feature', 'Feature'], ['release', 'Release']],
    columns: ['count', 'avg(retrieval_count)', 'p50(retrieval_count)', 'p95(retrieval_count)', 'avg(retrieval_avg_score)', 'p50(retrieval_avg_score)', 'error_rate', 'p50(duration)', 'p95(duration)', 'p99(duration)'],
    tiles: ['count', 'avg(retrieval_count)', 'avg(retrieval_avg_score)', 'error_rate', 'p95(duration)'], charts: ['count', 'avg(retrieval_count)', 'avg(retrieval_avg_score)', 'p95(duration)', 'error_rate'], stacked: SUMS,
  },
  quality: {
    ...CALLS, id: 'quality', title: 'Quality', about: 'Scores by day, release and feature, beside what they cost.', daily: true,
    dimensions: [['feature', 'Feature'], ['release', 'Release'], ['model', 'Model'], ['prompt_version', 'Prompt version'], ['user', 'User'], ['tag', 'Tag'], ['operation', 'Operation'], ['environment', 'Environment']],
    columns: [SCORE, 'count', 'error_rate', 'refusal_rate', 'p95(ttft)', 'sum(cost_usd)/count'],
    tiles: [SCORE, 'count', 'refusal_rate', 'error_rate', 'sum(cost_usd)/count'], charts: [SCORE, 'refusal_rate', 'error_rate'], stacked: SUMS,
  },
}

/** Whose groups a chart shows: those with most of it where it adds up, so that what costs most is seen; of rates and percentiles the busiest. */
export const chartOrder = (spec: GroupPageSpec, measure: string): string => (spec.stacked.includes(measure) ? measure : 'count')

const ATTRIBUTE = 'attr.'

/** The dimension of an address: one of the page's, or any attribute that was sent. */
export function dimensionOf(spec: GroupPageSpec, by: string | undefined): readonly [name: string, title: string] {
  const known = spec.dimensions.find(([name]) => name === by) ?? spec.dimensions[0] ?? (['model', 'Model'] as const)
  return by?.startsWith(ATTRIBUTE) && by.length > ATTRIBUTE.length ? [by, by.slice(ATTRIBUTE.length)] : known
}

/** What somebody types as an attribute: its key, with or without the prefix; null for nothing. */
export function attributeOf(text: string): string | null {
  const key = text.trim().replace(/^attr\./, '').replace(/^"(.*)"$/, '$1')
  return key === '' ? null : ATTRIBUTE + key
}

/** Puts the chosen score in its place; without one, what needs it is left out. */
export function withScore(measures: readonly string[], score: string | null): string[] {
  return measures.flatMap((measure) => (measure !== SCORE ? [measure] : score === null ? [] : [`avg(score.${score})`]))
}

export interface GroupSearch {
  filter?: string
  by?: string
  chart?: string
  sort?: string
  score?: string
}
