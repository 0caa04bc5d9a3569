import { describe, expect, it } from 'vitest'
import openapi from '../generated/openapi.json'
import { serverVerdict } from '../src/scan/verdictWords'
import { first as en } from '../src/words/en.first'
import { first as zh } from '../src/words/zh.first'
import type { LabelVerdict } from '../src/wire'

const said = openapi.components.schemas.LabelAnswer.properties.verdict.enum as LabelVerdict[]

describe.each([en, zh])('what the park says of a label', (words) => {
  it.each(said)('%s has words of its own', (verdict) => {
    const shown = serverVerdict(words, verdict)
    if (verdict === 'genuine') expect(shown).toBeNull()
    else expect(shown).toMatchObject({ meaning: 'stop' })
    expect(shown?.how).not.toBe(words.code.unsureServer)
  })

  it('is not taken for good where it is not understood', () => {
    expect(serverVerdict(words, 'melted' as LabelVerdict)?.meaning).toBe('unknown')
  })
})
