import './make.css'
import { Notice } from '../ui/parts'
import { usePicture } from '../ui/usePicture'
import { useWords } from '../words'

/** The printable face of a batch or manifest, with its code in letters for eyes, radios and tests. */
export function LabelPicture({ src, code, text, help }: { src: string; code: string | null; text: string | null; help: string }) {
  const w = useWords()
  const picture = usePicture(src)
  return (
    <figure class="label-picture" data-testid="label" data-text={text ?? ''}>
      {picture.status === 'failed' ? (
        <Notice meaning="unknown" title={w.trouble.unreachable}>{w.trouble.unreachableHow}</Notice>
      ) : (
        picture.status === 'have' && <img src={picture.url} alt={w.make.label} data-testid="label-image" />
      )}
      <figcaption>
        {code !== null && <span class="code label-code" data-testid="human-code">{code}</span>}
        <span class="help no-print">{help}</span>
      </figcaption>
    </figure>
  )
}
