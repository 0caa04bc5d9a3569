import type { rolls } from './en.rolls'
import type { Mirror } from './mirror'

export type RollsWords = Mirror<typeof rolls>
