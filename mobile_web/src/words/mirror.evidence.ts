import type { evidence } from './en.evidence'
import type { Mirror } from './mirror'

export type EvidenceWords = Mirror<typeof evidence>
