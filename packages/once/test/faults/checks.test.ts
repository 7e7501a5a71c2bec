import { describe, expect, test } from 'vitest'

import { LEASE_MS, ToldHistory } from './told-history.ts'

// Each promise as a history in which it is kept, and one in which it is broken.
const told = (): ToldHistory => new ToldHistory()
/** A run that was committed, and its caller. */
const settled = (): ToldHistory => told().call(0, 'a').executed(1, 'r1', 'a', 1)

test('a history in which all is well breaks nothing', () => {
  const history = settled().call(50, 'b').value(51, 'b', 'r1').charge(5, 'r1', 1, 'charged')
  expect(history.findings).toEqual([])
})

describe('I1', () => {
  const twoClaims = (at: number): ToldHistory =>
    told()
      .call(0, 'a')
      .claim(1, 1)
      .run(1, 'r1', 'a', 1)
      .call(2, 'b', { worker: 'w2' })
      .executed(at, 'r2', 'b', 2, 'w2')
      .died('w1', 5)

  test('a claim within the lease of another is found', () => {
    expect(twoClaims(LEASE_MS / 2).findings).toEqual([
      expect.stringMatching(/^I1 claim 2 of w2 was granted 500 ms before the lease of 1 of w1/),
    ])
  })

  test('a claim after the lease of a dead owner is none', () => {
    expect(twoClaims(LEASE_MS + 1).findings).toEqual([])
  })

  test('an extension counts: the lease begins anew when it was asked for', () => {
    const history = twoClaims(LEASE_MS + 1).step(400, 'extend', 1, 'extended')
    expect(history.findings).toEqual([expect.stringMatching(/^I1 .*granted 398 ms before/)])
  })

  test('what was given back, or cleared, may be claimed at once', () => {
    expect(twoClaims(500).sent(400, 'release', 1).findings).toEqual([])
    expect(twoClaims(500).cleared(400).findings).toEqual([])
  })
})

describe('I2', () => {
  test('other bytes than the run had made are found', () => {
    const other = { value: { run: 'r1', digest: 'other' }, replayed: true }
    expect(settled().call(50, 'b').end(51, 'b', other).findings).toEqual([
      expect.stringMatching(/^I2 b was given other bytes than r1 had made/),
    ])
  })

  const twoOutcomes = (): ToldHistory =>
    settled().call(2000, 'b').executed(2001, 'r2', 'b', 2).died('w1', 3000)

  test('two outcomes of one generation are found', () => {
    expect(twoOutcomes().findings).toContainEqual(
      expect.stringMatching(/^I2 both r1 and r2 were given/),
    )
  })

  test('with a clear between them they are two generations', () => {
    expect(twoOutcomes().cleared(1000).findings).toEqual([])
  })

  test('an outcome that was cleared is not given after a newer one', () => {
    const history = twoOutcomes().cleared(1000).call(2500, 'c').value(2501, 'c', 'r1')
    expect(history.findings).toContainEqual(
      expect.stringMatching(/^I2 c was given the value of r1 after b was given that of r2/),
    )
  })

  // The first asked, the key was cleared and run again, the answer came: as when a process is paused.
  test('an answer that was on its way may be given to who asked for it, and to nobody who came later', () => {
    const history = twoOutcomes().cleared(1000).call(900, 'c', { worker: 'w3' })
    history.value(2501, 'c', 'r1', { worker: 'w3' })
    expect(history.findings).toEqual([])
    history.call(2500, 'd', { worker: 'w3' }).value(2501, 'd', 'r1', { worker: 'w3' })
    expect(history.findings).toContainEqual(
      expect.stringMatching(/^I2 d was given the value of r1 after b was given that of r2/),
    )
  })
})

describe('I3', () => {
  test('a fence older than one that was granted before is found', () => {
    const history = settled().call(2000, 'b').executed(2001, 'r2', 'b', 0.5).cleared(1000)
    expect(history.findings).toContainEqual(
      expect.stringMatching(/^I3 claim 0.5 was granted after claim 1, and is older/),
    )
  })

  test('two runs under one fence are found', () => {
    const history = settled().call(14, 'b').run(15, 'r2', 'b', 1).threw(16, 'r2')
    history.end(17, 'b', { thrownBy: 'r2' })
    expect(history.findings).toContainEqual(
      expect.stringMatching(/^I3 r1 and r2 ran under the same fence 1/),
    )
  })
})

describe('I4', () => {
  test('a value before its commit was sent is found', () => {
    expect(settled().call(2, 'b').value(5, 'b', 'r1').findings).toEqual([
      expect.stringMatching(/^I4 b was given the value of r1 before its commit was sent/),
    ])
  })

  test('a value that no run made is found', () => {
    expect(settled().call(50, 'b').value(51, 'b', 'r9').findings).toEqual([
      expect.stringMatching(/^I4 b was given a value of r9, which never ran/),
    ])
  })

  test('a value of a run that threw is found', () => {
    const history = told().call(0, 'a').claim(1, 1).run(1, 'r1', 'a', 1).threw(2, 'r1')
    history.sent(2, 'release', 1).value(3, 'a', 'r1')
    expect(history.findings).toContainEqual(
      expect.stringMatching(/^I4 a was given a value of r1, which did not return/),
    )
  })
})

describe('I5', () => {
  test('a run after one that was committed is found', () => {
    const history = settled().call(2000, 'b').claim(2001, 2).run(2001, 'r2', 'b', 2)
    history.threw(2002, 'r2').end(2003, 'b', { thrownBy: 'r2' })
    expect(history.findings).toEqual(['I5 r2 started though r1 had been committed'])
  })

  const rerun = (history = told()): ToldHistory =>
    history
      .call(0, 'a')
      .claim(1, 1)
      .run(1, 'r1', 'a', 1)
      .returned(10, 'r1')
      .end(20, 'a', { code: 'ONCE_OUTCOME_UNKNOWN' })
      .call(2000, 'b', { worker: 'w2' })
      .executed(2001, 'r2', 'b', 2, 'w2')

  test('a lease that ends though nothing befell it is found', () => {
    expect(rerun().findings).toEqual([
      expect.stringMatching(/^I5 r2 started after r1, .* nothing befell its lease/),
    ])
  })

  test('a death, a pause or an outage explain it', () => {
    expect(rerun().died('w1', 30).findings).toEqual([])
    expect(rerun().stalled('w1', 5, 900).findings).toEqual([])
    expect(rerun().fault(5, 900).findings).toEqual([])
  })

  test('that another process was paused explains it only where a pause holds the lock, and only a long one', () => {
    const onFile = (): ToldHistory => rerun(new ToldHistory(true))
    expect(onFile().stalled('w3', 500, 900).findings).toEqual([])
    expect(onFile().stalled('w3', 500, 700).stalled('w4', 800, 1000).findings).toHaveLength(1)
    expect(rerun().stalled('w3', 500, 900).findings).toHaveLength(1)
  })

  test('so do a clear and a failure', () => {
    expect(rerun().cleared(1500).findings).toEqual([])
    const failed = told().call(0, 'a').claim(1, 1).run(1, 'r1', 'a', 1).threw(2, 'r1')
    failed.sent(2, 'release', 1).end(3, 'a', { thrownBy: 'r1' })
    failed.call(4, 'b').executed(5, 'r2', 'b', 2)
    expect(failed.findings).toEqual([])
  })

  test('a clear that found nothing before the run began explains nothing', () => {
    expect(rerun().cleared(-100, { answer: 'nothing' }).findings).toHaveLength(1)
  })
})

describe('I6', () => {
  const inherited = (at: number): ToldHistory =>
    told()
      .call(0, 'a')
      .claim(1, 1)
      .run(1, 'r1', 'a', 1)
      .died('w1', 10)
      .call(20, 'b', { worker: 'w2', deadlineMs: at + 1000 })
      .executed(at, 'r2', 'b', 2, 'w2')

  test('a caller that still waits long after the lease of a dead owner is found', () => {
    expect(inherited(6000).findings).toEqual([
      expect.stringMatching(/^I6 w1 died with claim 1; b still waited 3000 ms later/),
    ])
  })

  test('one that goes on when the lease is over is not, and how long it took is told', () => {
    const history = inherited(1100)
    expect(history.findings).toEqual([])
    expect(history.recoveriesMs).toEqual([1090])
  })

  test('it counts from the return of the store', () => {
    const history = inherited(6000).fault(500, 5500)
    expect(history.findings).toEqual([])
    expect(history.recoveriesMs).toEqual([500])
  })
})

describe('I7', () => {
  const overtime = (): ToldHistory =>
    told()
      .call(0, 'a')
      .claim(1, 1)
      .run(1, 'r1', 'a', 1)
      .returned(3000, 'r1')
      .end(3001, 'a', { code: 'ONCE_LEASE_LOST' })

  test('a run that outlasts its lease without being told is found', () => {
    expect(overtime().findings).toEqual([expect.stringMatching(/^I7 r1 outlasted .* was not told/)])
  })

  test('told late is found too, told in time is not', () => {
    expect(overtime().abort(2500, 'r1').findings).toEqual([
      expect.stringMatching(/^I7 r1 outlasted .* was told late/),
    ])
    expect(overtime().abort(1010, 'r1').findings).toEqual([])
  })

  test('a process that did nothing meanwhile could not be told', () => {
    expect(overtime().stalled('w1', 500, 2990).findings).toEqual([])
  })

  test('nor could one that waited until the rig read what it tells', () => {
    expect(overtime().stalled('rig', 500, 2000).stalled('w1', 1500, 2990).findings).toEqual([])
    // No time counts twice.
    expect(overtime().stalled('rig', 1000, 2000).stalled('w1', 1000, 2000).findings).toEqual([
      expect.stringMatching(/^I7 r1 outlasted/),
    ])
  })

  test('a claim that was old when the run was to begin, and was extended first, counts from there', () => {
    const late = told().call(0, 'a').claim(1, 1).step(2001, 'extend', 1, 'extended')
    late.run(2001, 'r1', 'a', 1).returned(2900, 'r1').end(2901, 'a', { code: 'ONCE_LEASE_LOST' })
    expect(late.findings).toEqual([])
  })

  test('extensions that were answered in time put the end off', () => {
    const history = overtime()
    for (const at of [400, 800, 1200, 1600, 2000]) history.step(at, 'extend', 1, 'extended')
    expect(history.findings).toEqual([])
  })

  test('so does one that was answered a little late, before a busy process could be told', () => {
    const history = overtime()
    for (const at of [1050, 2100]) history.step(at, 'extend', 1, 'extended')
    expect(history.findings).toEqual([])
    const stalled = overtime().stalled('w1', 900, 1800).step(2000, 'extend', 1, 'extended')
    expect(stalled.findings).toEqual([])
  })

  test('one that was answered long after it should have been told does not', () => {
    expect(overtime().step(2000, 'extend', 1, 'extended').findings).toEqual([
      expect.stringMatching(/^I7 r1 outlasted .* was not told/),
    ])
  })
})

describe('I9', () => {
  const ran = (): ToldHistory =>
    told().call(0, 'a').claim(1, 1).run(1, 'r1', 'a', 1).returned(10, 'r1').sent(10, 'commit', 1)

  test('"executed" without an answer to the commit is found', () => {
    expect(ran().value(12, 'a', 'r1', { replayed: false }).findings).toEqual([
      expect.stringMatching(/^I9 a was told it had executed r1, but no commit was answered/),
    ])
  })

  test('an outcome that is hidden behind another error is found', () => {
    expect(ran().end(12, 'a', { code: 'ONCE_STORE_UNAVAILABLE' }).findings).toEqual([
      expect.stringMatching(/^I9 a ran r1 to its end and was told ONCE_STORE_UNAVAILABLE/),
    ])
  })

  test('the value of another run without a word of the loss is found', () => {
    const history = ran().died('w1', 100).call(2000, 'b', { worker: 'w2' })
    history.executed(2001, 'r2', 'b', 2, 'w2').value(2100, 'a', 'r2', { leaseLost: false })
    expect(history.findings).toEqual([
      expect.stringMatching(/^I9 a ran r1 and was given the value of r2 without a word/),
    ])
  })

  test('"nobody knows" is an answer', () => {
    expect(ran().end(12, 'a', { code: 'ONCE_OUTCOME_UNKNOWN' }).findings).toEqual([])
  })
})

describe('I10', () => {
  test('the value of another payload is found', () => {
    expect(settled().call(50, 'b', { payload: 1 }).value(51, 'b', 'r1').findings).toEqual([
      expect.stringMatching(/^I10 b was given the value of r1, which had another payload/),
    ])
  })

  test('a mismatch where all had the same payload is found', () => {
    expect(settled().call(50, 'b').end(51, 'b', { code: 'ONCE_MISMATCH' }).findings).toEqual([
      'I10 b was told of another payload, and there was none',
    ])
  })
})

describe('I16', () => {
  test('a clear that says there was nothing, after which the key begins anew, is found', () => {
    const history = settled().cleared(1000, { answer: 'nothing' })
    history.call(2000, 'b').executed(2001, 'r2', 'b', 2)
    expect(history.findings).toEqual([
      'I16 clear 1000 was told there was nothing to clear, and must have cleared it: the key began anew',
    ])
  })

  test('a value of before a clear, given to a call after it, is found', () => {
    for (const answer of ['cleared', 'nothing'] as const) {
      const history = settled().cleared(1000, { answer }).call(1002, 'b').value(1003, 'b', 'r1')
      expect(history.findings).toEqual([
        'I16 b was given the value of r1, which was gone when clear 1000 had ended',
      ])
    }
  })

  test('given to one that asked before its end, or when the clear was refused or unanswered, it is not', () => {
    expect(settled().cleared(1000).call(1001, 'b').value(1003, 'b', 'r1').findings).toEqual([])
    for (const answer of ['refused', 'no answer'] as const) {
      const history = settled().cleared(1000, { answer }).call(1002, 'b').value(1003, 'b', 'r1')
      expect(history.findings).toEqual([])
    }
  })

  test('it excuses no run that came before it', () => {
    const history = settled().call(2000, 'b').executed(2001, 'r2', 'b', 2)
    expect(history.cleared(3000, { answer: 'nothing' }).findings).toContain(
      'I5 r2 started though r1 had been committed',
    )
  })
})

describe('I20', () => {
  test('a call that never ends is found', () => {
    expect(settled().call(50, 'b').findings).toEqual(['I20 b of w1 never ended'])
  })

  test('one that ends long after its deadline is found', () => {
    expect(settled().call(50, 'b').value(20_050, 'b', 'r1').findings).toEqual([
      expect.stringMatching(/^I20 b of w1 ended 15000 ms after its deadline/),
    ])
  })

  test('one that died with its process is not', () => {
    expect(settled().call(50, 'b').died('w1', 60).findings).toEqual([])
  })
})

describe('I24', () => {
  test('an error that nobody promised is found', () => {
    const message = 'cannot read properties of undefined'
    expect(settled().call(50, 'b').end(51, 'b', { message }).findings).toEqual([
      `I24 b met "${message}"`,
    ])
    expect(
      settled().call(50, 'b').end(51, 'b', { code: 'ONCE_RECORD_UNREADABLE' }).findings,
    ).toEqual(['I24 b met ONCE_RECORD_UNREADABLE'])
  })

  test('an error of a run that did not throw is found', () => {
    expect(settled().call(50, 'b').end(51, 'b', { thrownBy: 'r1' }).findings).toEqual([
      'I24 b met an error of r1, which did not throw',
    ])
  })

  test('a caller that waits and is told to come again is found', () => {
    expect(settled().call(5, 'b').end(6, 'b', { code: 'ONCE_IN_PROGRESS' }).findings).toEqual([
      'I24 b was told to come again, and waits',
    ])
  })
})

describe('I28', () => {
  test('a run without a claim is found', () => {
    const history = told().call(0, 'a').run(1, 'r1', 'a', 7).threw(2, 'r1')
    expect(history.end(3, 'a', { thrownBy: 'r1' }).findings).toEqual([
      'I28 r1 started under fence 7, which no claim was granted',
    ])
  })
})

describe('I33', () => {
  test('a call that ends twice is found', () => {
    expect(settled().value(50, 'a', 'r1').findings).toEqual(['I33 a ended 2 times'])
  })

  test('an end without a call is found', () => {
    expect(settled().value(50, 'b', 'r1').findings).toEqual(['I33 b ended and had never begun'])
  })
})

describe('the ledger', () => {
  test('that charges one derived key twice is found', () => {
    const history = settled().charge(5, 'r1', 1, 'charged').charge(6, 'r1', 1, 'charged')
    expect(history.findings).toEqual(['ledger was charged 2 times for 1 derived keys'])
  })

  test('that takes an older fence after a newer one is found', () => {
    const history = settled().charge(5, 'r2', 2, 'charged').charge(6, 'r1', 1, 'deduped')
    expect(history.findings).toEqual(['ledger r1 was deduped under fence 1 after 2 had been seen'])
  })

  test('that refuses the newest fence is found', () => {
    expect(settled().charge(5, 'r1', 1, 'refused').findings).toEqual([
      'ledger r1 was refused under fence 1, the newest',
    ])
  })
})

describe('where the store loses data', () => {
  const rerunOver = (loses: 'nothing' | 'recent' | 'everything'): ToldHistory =>
    settled().fault(1500, 1600, loses).call(2000, 'b').executed(2001, 'r2', 'b', 2)

  test('what is promised of the record is suspended, and counted', () => {
    const history = rerunOver('everything')
    expect(history.findings).toEqual([])
    expect(history.pardoned).toContain('I5 r2 started though r1 had been committed')
  })

  test('what is promised of calls, fences and the ledger is not', () => {
    const history = rerunOver('everything').charge(5, 'r1', 1, 'charged')
    history.charge(2005, 'r2', 2, 'charged').call(2100, 'c')
    expect(history.findings).toEqual([
      'I20 c of w1 never ended',
      'ledger was charged 2 times for 1 derived keys',
    ])
  })

  test('a fault that loses nothing suspends nothing', () => {
    expect(rerunOver('nothing').findings).toContain('I5 r2 started though r1 had been committed')
  })

  test('nor does one that was over long before', () => {
    const history = told().fault(-9000, -8000, 'recent').call(0, 'a').executed(1, 'r1', 'a', 1)
    expect(history.call(2000, 'b').executed(2001, 'r2', 'b', 2).findings).toContain(
      'I5 r2 started though r1 had been committed',
    )
  })
})
