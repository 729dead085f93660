import { expect, it } from 'vitest'
import { figureOf, reportOf } from '../../bench/build.ts'
import * as luns from '../../bench/luns.ts'

const byHand = (...seconds: number[]) => seconds.map((seconds, i) => ({ name: `step ${i}`, seconds }))

it('holds the median of builds against that of the reference', () => {
  const theirs = [byHand(100, 300), byHand(200, 400), byHand(50, 350)]
  expect(figureOf([100, 90, 300], theirs)).toEqual({
    ...{ figure: "0.25 of the reference's time, 100 s to 400 s", goal: '0.25', met: true },
  })
  expect(figureOf([101], [byHand(400)]).met).toBe(false)
  expect(reportOf([100, 90, 300], theirs)).toMatch(/\| all +\| 400 +\| 600 +\| 400/)
})

it("extends the reference's way in proportion to what was measured", () => {
  const theirs = [
    { luns: 1, seconds: 100 },
    { luns: 5, seconds: 300 },
  ]
  expect(luns.inProportion(theirs, 253)).toBe(100 + 252 * 50)
  const ours = [1, 8, 64, 253].map(luns => ({ luns, seconds: 20 + luns, documents: { 'attach-host': luns / 10 } }))
  expect(luns.figureOf(ours, theirs)).toEqual({
    ...{
      figure: "64 in 4.0 times the time of 1; 253 47 times faster than the reference's way",
      goal: '3; 20',
      met: false,
    },
  })
  expect(
    luns.figureOf([...ours.slice(0, 2), { luns: 64, seconds: 63, documents: {} }, ...ours.slice(3)], theirs).met,
  ).toBe(true)
  expect(luns.reportOf(ours, theirs)).toMatch(/\| 253 +\| 273 +\| 13\.0 +\| 12700/)
  expect(luns.reportOf(ours, theirs)).toMatch(/\| attach-host +\| 0\.1 +\| 0\.8 +\| 6\.4 +\| 25\.3/)
})
