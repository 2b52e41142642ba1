import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createReach, probeDelay, stateOf, type ReachState } from './reach'

const parts = (engine: boolean, settling: boolean, log: boolean) => ({ ready: engine && settling && log, parts: { engine: { ok: engine }, settling: { ok: settling }, log: { ok: log } } })

describe('what /readyz says about questions', () => {
  it.each<[number, unknown, ReachState]>([
    [200, parts(true, true, true), 'up'],
    [503, parts(false, false, true), 'starting'],
    [503, parts(true, false, true), 'starting'],
    [503, parts(true, true, false), 'up'],
    [503, null, 'away'],
    [502, null, 'away'],
    [504, '<h1>', 'away'],
    [404, null, 'up'],
    [500, { error: {} }, 'up'],
  ])('%d %o: %s', (status, body, state) => expect(stateOf(status, body)).toBe(state))
  it('is asked for less and less often', () => expect([0, 1, 2, 3, 4, 9].map(probeDelay)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]))
})

describe('one probe for all', () => {
  let answers: ReachState[]
  let probes: number
  const probe = (): Promise<ReachState> => {
    probes++
    return Promise.resolve(answers.shift() ?? 'up')
  }
  beforeEach(() => {
    vi.useFakeTimers()
    answers = []
    probes = 0
  })
  afterEach(() => void vi.useRealTimers())

  it('is shared by those who ask at the same time, and by those who come later', async () => {
    answers = ['away']
    const reach = createReach(probe)
    expect(await Promise.all([reach.check('away'), reach.check('away'), reach.check('starting')])).toEqual(['away', 'away', 'away'])
    expect(await reach.check('away')).toBe('away')
    expect(probes).toBe(1)
  })
  it('goes on by itself until the server is there, then stops', async () => {
    answers = ['away', 'away', 'starting', 'up']
    const reach = createReach(probe)
    await reach.check('away')
    const [there, up] = [vi.fn(), vi.fn()]
    void reach.untilThere().then(there)
    void reach.untilUp().then(up)
    await vi.advanceTimersByTimeAsync(1000)
    expect([reach.now().state, probes]).toEqual(['away', 2])
    await vi.advanceTimersByTimeAsync(2000)
    expect(reach.now().state).toBe('starting')
    expect([there.mock.calls.length, up.mock.calls.length]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(4000)
    expect(up).toHaveBeenCalledOnce()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(probes).toBe(4)
  })
  it('asks at once when told, and counts from the beginning', async () => {
    answers = ['away', 'away', 'away', 'away', 'away']
    const reach = createReach(probe)
    await reach.check('away')
    await vi.advanceTimersByTimeAsync(3000)
    expect(probes).toBe(3)
    reach.retry()
    await vi.advanceTimersByTimeAsync(0)
    expect(probes).toBe(4)
    await vi.advanceTimersByTimeAsync(1000)
    expect(probes).toBe(5)
  })
  it('lets go whoever leaves while waiting', async () => {
    answers = ['away']
    const reach = createReach(probe)
    await reach.check('away')
    const stop = new AbortController()
    const waiting = reach.untilUp(stop.signal)
    stop.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    await expect(reach.untilThere(stop.signal)).rejects.toThrow('left')
  })
  it('remembers when the last answer came', async () => {
    vi.setSystemTime(5000)
    answers = ['away']
    const reach = createReach(probe)
    reach.heard()
    vi.setSystemTime(9000)
    await reach.check('away')
    expect(reach.now()).toEqual({ state: 'away', since: 9000, heardAt: 5000, probedAt: 9000 })
  })
})
