import type { Meaning } from '../ui/parts'
import type { FirstWords } from '../words'
import type { LabelVerdict } from '../wire'
import type { Judged, LocalVerdict } from './judge'

export interface Verdict {
  meaning: Meaning
  title: string
  how: string
}

/** Labels one may go on working with; everything else stops here, red and with its reason. */
export function mayGoOn(verdict: LocalVerdict): boolean {
  return verdict === 'genuine' || verdict === 'retired' || verdict === 'unsure'
}

function foreignHow({ code }: FirstWords, { host, like }: Pick<Judged, 'host' | 'like'>): string {
  if (host === null) return code.foreignText
  return like === 'label' ? code.foreignLabel(host) : code.foreignHow(host)
}

/** What the phone alone says of a scanned code. */
export function localVerdict(w: FirstWords, judged: Pick<Judged, 'verdict' | 'host' | 'like'>): Verdict {
  const { code } = w
  switch (judged.verdict) {
    case 'genuine':
      return { meaning: 'fine', title: code.genuine, how: code.genuineHow }
    case 'retired':
      return { meaning: 'watch', title: code.retired, how: code.retiredHow }
    case 'unsure':
      return { meaning: 'unknown', title: code.unsure, how: code.unsureHow }
    case 'forged':
      return { meaning: 'stop', title: code.forged, how: code.forgedHow }
    case 'unknownKey':
      return { meaning: 'stop', title: code.unknownKey, how: code.unknownKeyHow }
    case 'unreadable':
      return { meaning: 'stop', title: code.unreadable, how: code.unreadableHow }
    case 'newer':
      return { meaning: 'stop', title: code.newer, how: code.newerHow }
    case 'foreign':
      return {
        meaning: 'stop',
        title: code.foreign,
        how: foreignHow(w, judged),
      }
  }
}

/** What the server says, which also knows whether the label was ever issued. Null where it adds nothing bad. */
export function serverVerdict(w: FirstWords, verdict: LabelVerdict): Verdict | null {
  const { code } = w
  switch (verdict) {
    case 'genuine':
      return null
    case 'not_issued':
      return { meaning: 'stop', title: code.not_issued, how: code.not_issuedHow }
    case 'forged':
      return { meaning: 'stop', title: code.forged, how: code.forgedHow }
    case 'withdrawn':
      return { meaning: 'stop', title: code.void, how: code.voidHow }
    case 'unreadable':
      return { meaning: 'stop', title: code.unreadable, how: code.unreadableHow }
    case 'key_unknown':
      return { meaning: 'stop', title: code.unknownKey, how: code.unknownKeyHow }
    default:
      // A park that is newer than this app.
      return { meaning: 'unknown', title: code.unsure, how: code.unsureServer }
  }
}
