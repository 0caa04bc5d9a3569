import { describe, expect, it } from 'vitest'
import { sayReceipt } from '../src/act/answer'
import { en } from '../src/words/en'
import { zh } from '../src/words/zh'
import type { Receipt, Verdict } from '../src/wire'

const problem = { code: 'x', status: 422, zh: '车牌号不对。请改正后重新提交。', en: 'The plate is wrong. Correct it and send again.' }

function receipt(verdict: Verdict, change: Partial<Receipt> = {}): Receipt {
  return { id: 'a', verdict, index: 4711, findings: [], ...change }
}

describe.each([
  ['zh', zh],
  ['en', en],
] as const)('every verdict has its words in %s', (language, words) => {
  it.each(['recorded', 'already_recorded', 'waiting', 'conflict', 'quarantined'] as const)('%s', (verdict) => {
    const said = sayReceipt(words, language, receipt(verdict))
    expect(said.title).not.toBe('')
    expect(said.how).not.toBe('')
  })

  it('turned away says why, in the words of the server', () => {
    const said = sayReceipt(words, language, receipt('turned_away', { problem }))
    expect(said).toMatchObject({ meaning: 'stop', how: problem[language] })
  })

  it('recorded with something odd is not simply fine', () => {
    const finding = { code: 'mass', severity: 'watch' as const, zh: '差', en: 'differs' }
    expect(sayReceipt(words, language, receipt('recorded')).meaning).toBe('fine')
    expect(sayReceipt(words, language, receipt('recorded', { findings: [finding] })).meaning).toBe('watch')
    expect(sayReceipt(words, language, receipt('recorded', { findings: [{ ...finding, severity: 'stop' }] })).meaning).toBe('stop')
  })
})
