import { useWords } from '../words'
import type { Session } from '../wire'

export interface DeskProps {
  session: Session
  /** The path below /app/desk, starting with a slash: "/" is Today. */
  path: string
  query: URLSearchParams
}

/** The desk of managers and regulators; loaded only when somebody opens it. */
export default function Desk({ session, path }: DeskProps) {
  const w = useWords()
  return (
    <main class="page" data-testid="desk">
      <h1>{w.desk.title}</h1>
      <p>{w.desk.coming}</p>
      <p class="soft">
        {session.person.name} · {path}
      </p>
    </main>
  )
}
