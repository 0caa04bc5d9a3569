import type { Mirror } from './mirror'
import type { pocket } from './en.pocket'

export type PocketWords = Mirror<typeof pocket>
