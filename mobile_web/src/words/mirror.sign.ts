import type { sign } from './en.sign'
import type { Mirror } from './mirror'

export type SignWords = Mirror<typeof sign>
