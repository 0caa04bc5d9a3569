import { useOutboxWords } from '../me/words'
import { useWords } from '../words'
import { Notice } from './parts'

/** Nothing was saved, and why: no room, a newer app, or storage that is switched off. */
export function NotSaved({ error }: { error: unknown }) {
  const w = useWords()
  const o = useOutboxWords()
  const name = error instanceof Error ? error.name : ''
  const why = name === 'Full' || name === 'QuotaExceededError' ? o?.full : name === 'TooNew' ? o?.tooNewUnsaved : o?.off
  return <Notice meaning="stop" title={w.doing.cannotSave} testid="cannot-save" live>{why ?? w.doing.cannotSaveHow}</Notice>
}
