import type { scan } from './en.scan'
import type { Mirror } from './mirror'

export type ScanWords = Mirror<typeof scan>
