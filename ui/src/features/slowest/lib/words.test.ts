import { describe, expect, it } from 'vitest'
import type { PathLine, SlowestAnswer } from '@/api/slowest'
import { coverage, excess, sentence, stageName, telling } from './words'

const line = (stage: string | null, share: number | null, usual: number | null): PathLine => ({ stage, share, usual_share: usual, time_ns: 1, trace_count: 1, usual_trace_count: 1, longest_trace_id: null, longest_ns: 0 })
const answer = (more: Partial<SlowestAnswer>): SlowestAnswer => ({
  trace_count: 12_840, slowest_count: 129, slowest_read: 129, usual_read: 129, least_duration_ns: 9.5e9, median_duration_ns: 1.35e9, path_ns: 1, stages: [], names: [], name_count: 0, traces: [], elapsed_ms: 1, ...more,
})

describe('the slowest in words', () => {
  it('names the stage that grew, not the largest', () => {
    const stages = [line('generation', 0.5, 0.6), line('ttft', 0.4, 0.1), line(null, 0.1, 0.3)]
    expect(telling(stages)?.stage).toBe('ttft')
    expect(sentence(answer({ stages }))).toBe('Of 12,840 traces the slowest 129 took 9.50 s and more, against 1.35 s in the middle. 40.0% of that time is waiting for the first token; in the middle it is 10.0%.'.replaceAll('.0%', '%'))
  })
  it('says where nothing grew', () => expect(sentence(answer({ stages: [line('generation', 0.61, 0.6), line('ttft', 0.39, 0.4)] }))).toMatch(/61% of that time is generation, as in the middle \(60%\)\.$/))
  it('knows no difference where there is no middle', () => {
    expect(excess(line('ttft', 0.5, null))).toBeNull()
    expect(sentence(answer({ trace_count: 7, slowest_count: 1, median_duration_ns: null, stages: [line('ttft', 0.5, null)] }))).toBe('Of 7 traces the slowest one took 9.50 s. 50% of that time is waiting for the first token.')
    expect(sentence(answer({ stages: [] }))).toMatch(/Nothing is known/)
  })
  it('says of how many it speaks', () => {
    expect(coverage(answer({}))).toBe('all 129 of them were looked at')
    expect(coverage(answer({ slowest_read: 100 }))).toMatch(/^100 of these 129/)
    expect(stageName(null)).toBe('Between the parts')
  })
})
