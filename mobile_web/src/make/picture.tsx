import './make.css'
import { useState } from 'preact/hooks'
import { Notice } from '../ui/parts'
import { useWords } from '../words'

/** The printable face of a batch or manifest, with its code in letters for eyes, radios and tests. */
export function LabelPicture({ src, code, text, help }: { src: string; code: string | null; text: string | null; help: string }) {
  const w = useWords()
  const [failed, setFailed] = useState(false)
  return (
    <figure class="label-picture" data-testid="label" data-text={text ?? ''}>
      {failed ? (
        <Notice meaning="unknown" title={w.trouble.unreachable}>{w.trouble.unreachableHow}</Notice>
      ) : (
        <img src={src} alt={w.make.label} data-testid="label-image" onError={() => setFailed(true)} />
      )}
      <figcaption>
        {code !== null && <span class="code label-code" data-testid="human-code">{code}</span>}
        <span class="help no-print">{help}</span>
      </figcaption>
    </figure>
  )
}
