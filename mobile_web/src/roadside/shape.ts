import type { Finding, Instant, Manifest, Party, Uuid } from '../wire'

// The answer of GET /roadside.

export interface RoadsideItem {
  manifest: Manifest
  minutes: number | null
  limit_hours: number
  carriers: { party: Party; plate: string | null; lacks: string | null }[]
  step: { act: string; side: string; by: Party | null } | null
  findings: Finding[]
  facts: { index: number; id: Uuid; kind: string; leaf: string; by_zh: string | null; by_en: string | null }[]
}

export interface Roadside {
  as_of: Instant
  verdict: { meaning: 'fine' | 'watch' | 'stop'; reasons: { code: string; severity: 'watch' | 'stop'; zh: string; en: string }[] }
  items: RoadsideItem[]
}
