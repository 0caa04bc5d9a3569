import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { autoLockAfter, lockAfter, watchIdle } from '../src/people/autolock'

const MINUTE = 60_000
let page: EventTarget & { visibilityState?: string }
let lock: ReturnType<typeof vi.fn<() => void>>
let stop = (): void => undefined

beforeEach(() => {
  vi.useFakeTimers()
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
  page = new EventTarget()
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  lock = vi.fn<() => void>()
  stop = watchIdle(lock)
})

afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const touch = () => page.dispatchEvent(new Event('pointerdown'))

describe('a phone locks itself', () => {
  it('after five minutes without a touch, and each touch begins them anew', () => {
    vi.advanceTimersByTime(4 * MINUTE)
    touch()
    vi.advanceTimersByTime(4 * MINUTE)
    expect(lock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(MINUTE)
    expect(lock).toHaveBeenCalled()
  })

  it.each([1, 5, 15] as const)('after %d minutes, as chosen', (minutes) => {
    lockAfter(minutes)
    expect(autoLockAfter()).toBe(minutes)
    vi.advanceTimersByTime(minutes * MINUTE - 5_000)
    expect(lock).not.toHaveBeenCalled()
    vi.advanceTimersByTime(5_000)
    expect(lock).toHaveBeenCalled()
  })

  it('when it comes back into sight after longer than that, although its timers slept', () => {
    vi.setSystemTime(Date.now() + 6 * MINUTE)
    page.dispatchEvent(new Event('visibilitychange'))
    expect(lock).toHaveBeenCalledOnce()
  })

  it('before the touch that woke it counts', () => {
    vi.setSystemTime(Date.now() + 6 * MINUTE)
    touch()
    expect(lock).toHaveBeenCalledOnce()
  })

  it('and not again once it was stopped', () => {
    stop()
    vi.advanceTimersByTime(60 * MINUTE)
    touch()
    expect(lock).not.toHaveBeenCalled()
  })
})
