import { LOCALE, type Language } from '../words'
import type { DeskWords } from '../words/mirror.desk'

// Times as people say them. The zone is the reader's own; tests may name one.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function shown(language: Language, instant: string | number, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(instant)
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat(LOCALE[language], options).format(date)
}

export function dayIn(language: Language, instant: string | number | null | undefined, timeZone?: string): string {
  return instant == null ? '' : shown(language, instant, { year: 'numeric', month: 'short', day: 'numeric', ...(timeZone === undefined ? {} : { timeZone }) })
}

/** Day and time of day, without the year while it is this year's. */
export function momentIn(language: Language, instant: string | number | null | undefined, timeZone?: string, now = Date.now()): string {
  if (instant == null) return ''
  const year = new Date(instant).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' as const }
  return shown(language, instant, { ...year, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false, ...(timeZone === undefined ? {} : { timeZone }) })
}

export function weekdayIn(language: Language, instant: number, timeZone?: string): string {
  return shown(language, instant, { weekday: 'long', month: 'long', day: 'numeric', ...(timeZone === undefined ? {} : { timeZone }) })
}

/** "3 h ago" while that says more than a date; the date after a week. */
export function agoIn(d: DeskWords, language: Language, instant: string | null | undefined, now = Date.now()): string {
  if (instant == null) return ''
  const passed = now - Date.parse(instant)
  if (Number.isNaN(passed)) return ''
  if (passed < 2 * MINUTE) return d.common.ago.now
  if (passed < HOUR) return d.common.ago.minutes(Math.floor(passed / MINUTE))
  if (passed < DAY) return d.common.ago.hours(Math.floor(passed / HOUR))
  if (passed < 7 * DAY) return d.common.ago.days(Math.floor(passed / DAY))
  return dayIn(language, instant)
}

/** How long a record took to reach the log, in whole hours; null while it is not worth a word. */
export function lateHours(observed: string, recorded: string | null): number | null {
  if (recorded === null) return null
  const hours = Math.floor((Date.parse(recorded) - Date.parse(observed)) / HOUR)
  return hours >= 1 ? hours : null
}
