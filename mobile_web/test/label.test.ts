import { describe, expect, it } from 'vitest'
import { readCode, type Label } from '../src/scan/code'
import { humanCode } from '../src/scan/human'
import { verifyByHand, verifySignature } from '../src/scan/verify'
import { vectors } from './vectors'

interface Case {
  name: string
  text: string
  problem?: string
  fields?: Record<string, unknown>
}

const set = vectors('label') as {
  hosts: string[]
  keys: { park: number; key_id: number; public_hex: string }[]
  cases: Case[]
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function asVector(label: Label): Record<string, unknown> {
  return {
    key_id: label.keyId,
    park: label.park,
    label_id: label.labelId,
    waste_class: label.wasteClass,
    generator: label.generator,
    grams: label.grams,
    measured: label.measured,
    what: label.what,
    hazardous: label.hazardous,
    day: label.day,
    human_code: humanCode(label.labelId),
  }
}

async function outcome(text: string, check: typeof verifySignature): Promise<Label | string> {
  const read = readCode(text, set.hosts)
  if ('problem' in read) return read.problem
  const { claims, signature, signed } = read.scanned
  const key = set.keys.find((each) => each.park === claims.park && each.key_id === claims.keyId)
  if (!key) return 'label_key_unknown'
  return (await check(fromHex(key.public_hex), signature, signed)) ? claims : 'label_forged'
}

describe.each([
  ['the browser', verifySignature],
  ['our own program', verifyByHand],
])('labels, verified by %s', (_by, check) => {
  it.each(set.cases.map((each) => [each.name, each] as const))('%s', async (_name, given) => {
    const found = await outcome(given.text, check)
    if (given.problem !== undefined) expect(found).toBe(given.problem)
    else expect(typeof found === 'string' ? found : asVector(found)).toMatchObject(withoutHead(given.fields))
  })
})

/** Version and algorithm are checked by reading at all: the phone reads only version 1 with Ed25519. */
function withoutHead(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const { version, algorithm, ...rest } = fields
  expect([version, algorithm]).toEqual([1, 1])
  return rest
}
