// Ed25519 on the phone: the browser's own where it has it, else a small program of our own bundle, loaded only then.

type Bytes = Uint8Array<ArrayBuffer>

let browserCan: boolean | null = null

async function byBrowser(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean | null> {
  // Insecure pages have no `subtle` at all, whatever its type says.
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  if (browserCan === false || subtle === undefined) return null
  try {
    const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify'])
    browserCan = true
    return await subtle.verify('Ed25519', imported, signature, message)
  } catch (error) {
    // A browser that knows Ed25519 may still refuse a damaged key, and that is an answer: nothing was signed by it.
    if (browserCan === true) return false
    if (error instanceof DOMException && error.name === 'DataError') return false
    browserCan = false
    return null
  }
}

/** The same check without the browser's help; about 3 ms. */
export async function verifyByHand(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const [ed25519, { sha512 }] = await Promise.all([import('@noble/ed25519'), import('@noble/hashes/sha2.js')])
  ed25519.hashes.sha512 = sha512
  try {
    return ed25519.verify(signature, message, key, { zip215: false })
  } catch {
    // It throws on a key or signature that is no point on the curve: certainly not a good signature.
    return false
  }
}

export async function verifySignature(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false
  return (await byBrowser(key, signature, message)) ?? verifyByHand(key, signature, message)
}
