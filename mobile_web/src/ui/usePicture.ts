import { useEffect, useState } from 'preact/hooks'
import { apiPicture } from '../api'

export type Picture = { status: 'asking' } | { status: 'have'; url: string } | { status: 'failed' }

/** A picture of the API as an address an `<img>` can show. An `<img>` alone could not say who is asking on a phone that
 * works without a cookie. */
export function usePicture(address: string): Picture {
  const [picture, setPicture] = useState<Picture>({ status: 'asking' })
  useEffect(() => {
    const stop = new AbortController()
    let url: string | null = null
    setPicture({ status: 'asking' })
    apiPicture(address, stop.signal).then(
      (blob) => {
        if (stop.signal.aborted) return
        url = URL.createObjectURL(blob)
        setPicture({ status: 'have', url })
      },
      () => stop.signal.aborted || setPicture({ status: 'failed' }),
    )
    return () => {
      stop.abort()
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [address])
  return picture
}
