import type { people } from './en.people'
import type { Mirror } from './mirror'

export type PeopleWords = Mirror<typeof people>
