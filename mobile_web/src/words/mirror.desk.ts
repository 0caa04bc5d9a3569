import type { desk } from './en.desk'
import type { Mirror } from './mirror'

export type DeskWords = Mirror<typeof desk>
