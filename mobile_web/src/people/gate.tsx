import './people.css'
import { Waiting } from '../ui/parts'
import type { SessionState } from '../session'
import { useSignWords } from '../sign/words'
import { ChoosePin } from './choose'
import { UnlockScreen } from './unlock'
import { WithdrawnScreen } from './withdrawn'
import { usePeopleWords } from './words'

/** What stands between a phone and its pages: locked, a PIN to choose, or out of use. */
export default function Gate({ state }: { state: SessionState }) {
  const p = usePeopleWords()
  const s = useSignWords()
  if (!p || !s) return <Waiting />
  if (state.status === 'locked') return <UnlockScreen p={p} s={s} />
  if (state.status === 'offered') return <ChoosePin p={p} s={s} session={state.session} password={state.password} />
  if (state.status === 'withdrawn') return <WithdrawnScreen p={p} session={state.session} />
  return <Waiting />
}
