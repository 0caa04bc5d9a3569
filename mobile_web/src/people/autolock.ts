// The phone locks itself when nobody has touched it for a while, or when the app was out of sight for longer.

export const MINUTES = [1, 5, 15] as const
export type Minutes = (typeof MINUTES)[number]

const KEY = 'auto-lock'
const DEFAULT: Minutes = 5
const MINUTE = 60_000
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const

export function autoLockAfter(): Minutes {
  try {
    const kept = Number(localStorage.getItem(KEY))
    return MINUTES.find((minutes) => minutes === kept) ?? DEFAULT
  } catch {
    return DEFAULT
  }
}

export function lockAfter(minutes: Minutes): void {
  try {
    localStorage.setItem(KEY, String(minutes))
  } catch {
    // The default holds.
  }
}

/** Calls `lock` once nobody has touched the phone for the chosen time. Timers sleep while a phone does, so the time is
 * read again whenever the app comes back into sight. Answers how to stop. */
export function watchIdle(lock: () => void, clock: () => number = Date.now): () => void {
  let touched = clock()
  const look = () => {
    const idle = clock() - touched
    // A clock that was set back must not keep the phone open.
    if (idle < 0) touched = clock()
    if (idle >= autoLockAfter() * MINUTE) lock()
  }
  const touch = () => {
    look()
    touched = clock()
  }
  const timer = setInterval(look, 5_000)
  for (const name of TOUCHES) addEventListener(name, touch, { capture: true, passive: true })
  document.addEventListener('visibilitychange', look)
  return () => {
    clearInterval(timer)
    for (const name of TOUCHES) removeEventListener(name, touch, { capture: true })
    document.removeEventListener('visibilitychange', look)
  }
}
