import { Refused, Unreachable } from '../api'
import { sentenceIn, useLanguage, useFirstWords } from '../words'
import { Button, Notice } from './parts'

/** Any error as a sentence with a way out. What the server refused speaks for itself, in the reader's language. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const w = useFirstWords()
  const language = useLanguage()
  if (error instanceof Refused) {
    const { problem } = error
    const parts = problem.errors ?? []
    return (
      <Notice meaning="stop" title={sentenceIn(language, problem)} testid="problem" live>
        {parts.length > 0 && (
          <ul class="plain">
            {parts.map((part) => (
              <li key={`${part.pointer ?? ''} ${part.code}`}>{sentenceIn(language, part)}</li>
            ))}
          </ul>
        )}
      </Notice>
    )
  }
  const known = error instanceof Unreachable
  return (
    <Notice meaning="unknown" title={known ? w.trouble.unreachable : w.trouble.unexpected} testid="problem" live>
      {known && <p>{w.trouble.unreachableHow}</p>}
      {onRetry && (
        <Button onClick={onRetry} testid="retry">
          {w.common.retry}
        </Button>
      )}
    </Notice>
  )
}
