import { Notice, type Meaning } from '../ui/parts'
import { sentenceIn, useLanguage, useWords } from '../words'
import type { Finding, FindingSeverity } from '../wire'

const MEANINGS: Record<FindingSeverity, Meaning> = { note: 'unknown', watch: 'watch', stop: 'stop' }

export function gravest(findings: readonly Finding[]): Meaning {
  if (findings.some((finding) => finding.severity === 'stop')) return 'stop'
  return findings.some((finding) => finding.severity === 'watch') ? 'watch' : 'fine'
}

/** What is odd, as sentences, with the law each rests on where one is known. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const w = useWords()
  const language = useLanguage()
  return (
    <div class="stack" data-testid="findings">
      {findings.map((finding, index) => (
        <Notice key={finding.id ?? index} meaning={MEANINGS[finding.severity]} title={sentenceIn(language, finding)} testid="finding">
          {finding.law != null && finding.law !== '' && <p class="small">{w.answer.law(finding.law)}</p>}
        </Notice>
      ))}
    </div>
  )
}
