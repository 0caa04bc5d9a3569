import { describe, expect, it } from 'vitest'
import { readCode } from '../src/scan/code'
import { localVerdict } from '../src/scan/verdictWords'
import { en } from '../src/words/en'
import { zh } from '../src/words/zh'
import { vectors } from './vectors'

const set = vectors('scanned') as {
  cases: { name: string; text: string; problem: string; host: string | null; like?: string }[]
}
const { hosts } = vectors('label') as { hosts: string[] }
const VERDICTS = { label_not_ours: 'foreign', label_unreadable: 'unreadable', label_wrong_length: 'unreadable', label_version_unknown: 'newer' } as const

describe('a code that is none of ours', () => {
  it.each(set.cases.map((each) => [each.name, each] as const))('%s', (_name, { text, problem, host, like }) => {
    const read = readCode(text, hosts)
    expect(read).toEqual({ problem, host, ...(like === undefined ? {} : { like }) })
    if (!('problem' in read)) return
    for (const w of [zh, en]) {
      const said = localVerdict(w, { verdict: VERDICTS[read.problem], ...read })
      expect(said.meaning).toBe('stop')
      expect(said.how).not.toBe('')
      // Nothing of the code itself on the screen but a host of at most 40 harmless characters.
      expect(said.title + said.how).not.toMatch(/[<>]|\p{Cc}|\p{Cf}/u)
      if (host !== null) expect(said.how).toContain(host)
    }
  })
})
