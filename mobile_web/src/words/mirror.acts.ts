import type { Mirror } from './mirror'
import type { acts } from './en.acts'

export type ActsWords = Mirror<typeof acts>
