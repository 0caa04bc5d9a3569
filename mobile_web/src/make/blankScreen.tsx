import { navigate } from '../router'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import type { Session } from '../wire'
import { humanCode } from '../scan/human'
import type { Label } from '../scan/code'
import { OwnPaper } from './ownPaper'
import { useRollsWords } from './words'

/** A label that is on nothing yet. Without a network too: that it is blank, and whose it is, is in the signed code. */
export default function BlankScreen({ session, code, label, mine }: { session: Session; code: string; label: Label | null; mine: boolean | null }) {
  const r = useRollsWords()
  if (r === null) return <Waiting />
  const own = mine ?? (label !== null && label.generator === session.enterprise?.number)
  const shown = label === null ? code : humanCode(label.labelId)
  const tells = session.person.role === 'handler' || session.person.role === 'manager'
  const go = () => navigate(`/app/new?label=${encodeURIComponent(code)}`)
  return (
    <Screen title={r.blankTitle} backTo="/app/scan" testid="blank-label"
      dock={own && tells ? <Button look="main" icon="plus" onClick={go} testid="act-generated">{r.putOn}</Button> : undefined}>
      <p class="number code" data-testid="human-code">{shown}</p>
      <OwnPaper session={session} code={code} manifest={null} />
      <Notice meaning={own ? 'fine' : 'watch'} title={r.blank} testid="signature">{own ? r.blankHow : r.blankOther}</Notice>
    </Screen>
  )
}
