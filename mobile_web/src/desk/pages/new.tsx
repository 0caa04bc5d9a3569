import Generate from '../../make/generate'
import { useDesk } from '../desk'
import type { DeskPageProps } from '../index'

/** The same form as on the phone: what is asked of a new batch is asked once, in one place. */
export default function NewPage({ query, parts }: DeskPageProps) {
  const { session } = useDesk()
  return (
    <div class="from-phone" data-testid="new-page">
      <Generate session={session} path="/app/desk/new" query={query} parts={parts} />
    </div>
  )
}
