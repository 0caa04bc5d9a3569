import type { FindingSeverity } from '../../wire'
import type { Alert, FindingRow, Waiting } from '../shapes'

// What needs the park today, in one order: the grave before the light, alerts before findings of the same weight because
// their time is running, and the old before the new.

export type Need =
  | { what: 'alert'; severity: FindingSeverity; since: string; alert: Alert }
  | { what: 'finding'; severity: FindingSeverity; since: string; finding: FindingRow }
  | { what: 'waiting'; severity: FindingSeverity; since: string; waiting: Waiting }

const WEIGHT: Record<FindingSeverity, number> = { stop: 0, watch: 1, note: 2 }
const KIND: Record<Need['what'], number> = { alert: 0, finding: 1, waiting: 2 }

export function rank(alerts: readonly Alert[], findings: readonly FindingRow[], waiting: readonly Waiting[]): Need[] {
  const needs: Need[] = [
    ...alerts.map((alert): Need => ({ what: 'alert', severity: alert.severity, since: alert.raised_at, alert })),
    ...findings.map((finding): Need => ({ what: 'finding', severity: finding.severity, since: finding.observed_at, finding })),
    ...waiting.map((each): Need => ({ what: 'waiting', severity: 'note', since: each.came_at, waiting: each })),
  ]
  const time = (need: Need) => {
    const at = Date.parse(need.since)
    return Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at
  }
  return needs.sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || KIND[a.what] - KIND[b.what] || time(a) - time(b))
}
