import { judgePayload, judgeText } from '../scan/judge'
import { humanCode, parseHuman } from '../scan/human'
import type { Session, Uuid } from '../wire'
import { rollLabel, takenLabels } from './held'

// A blank label, scanned or typed, and whether it may go on a new batch. Without a network the code itself says it is
// blank and whose it is; whether it was used or withdrawn meanwhile only the log can tell, and does, as a finding.

export interface Blank {
  id: Uuid
  code: string
}

const TYPED_MAX = 60

export type BlankProblem = 'notRoll' | 'foreign' | 'forged' | 'other' | 'mistyped' | 'unknown' | 'used'

export async function readBlank(session: Session, text: string): Promise<Blank | BlankProblem> {
  const found = text.includes('/') || text.length > TYPED_MAX ? await scanned(session, text) : await typed(session, text)
  if (typeof found !== 'string' && (await takenLabels()).includes(found.id)) return 'used'
  return found
}

async function scanned(session: Session, text: string): Promise<Blank | BlankProblem> {
  const { verdict, label } = await (text.includes('/') ? judgeText(text) : judgePayload(text))
  if (verdict === 'forged' || verdict === 'unknownKey') return 'forged'
  if (label === null) return 'foreign'
  if (label.what !== 'roll' || label.generator === 0) return 'notRoll'
  if (label.generator !== session.enterprise?.number) return 'other'
  return { id: label.labelId, code: humanCode(label.labelId) }
}

async function typed(session: Session, text: string): Promise<Blank | BlankProblem> {
  const read = parseHuman(text)
  if ('problem' in read) return 'mistyped'
  const id = await rollLabel(session, read.code)
  return id === null ? 'unknown' : { id, code: read.code }
}

