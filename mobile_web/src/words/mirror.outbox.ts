import type { outbox } from './en.outbox'
import type { Mirror } from './mirror'

export type OutboxWords = Mirror<typeof outbox>
