import type { ComponentChildren } from 'preact'
import { Button, Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useDesk } from '../desk'
import type { Pages } from './usePages'

/** The states every list has: waiting in silence, trouble with a way out, nothing found, and more to come. */
export function List<T>(props: { pages: Pages<T>; none: string; noneHow?: string; children: (items: T[]) => ComponentChildren }) {
  const { d } = useDesk()
  const { pages } = props
  if (pages.items === null) return pages.error === null ? <Waiting /> : <Trouble error={pages.error} onRetry={pages.again} />
  return (
    <div class={pages.asking ? 'list asking' : 'list'} aria-busy={pages.asking}>
      {pages.items.length === 0 ? (
        <Notice meaning="unknown" title={props.none} testid="list-empty">{props.noneHow}</Notice>
      ) : (
        props.children(pages.items)
      )}
      {pages.error !== null && <Trouble error={pages.error} onRetry={pages.again} />}
      {pages.more && (
        <Button onClick={pages.more} busy={pages.asking} testid="more">
          {pages.asking ? d.common.loadingMore : d.common.more}
        </Button>
      )}
    </div>
  )
}
