import { expect, it } from 'vitest'
import { PATTERNS, type Ran } from '../../bench/data-path/fio.ts'
import { figureOf, reportOf } from '../../bench/data-path/report.ts'

/** Each pattern at so many a second, with 1 LUN and with 8. */
const ran = (perSecond: number, arrived = 4096): Ran[] =>
  PATTERNS.flatMap(pattern =>
    [1, 8].map(luns => ({
      pattern,
      luns,
      perSecond,
      blocks: [4096, arrived] as [number, number],
      work: [1, 0.5, 0.1],
    })),
  )

it('wants all random I/O to be faster than the reference’s by so much, and no block cut', () => {
  const measured = { ours: [...ran(130), ...ran(150), ...ran(10)], theirs: ran(100), local: ran(520) }
  expect(figureOf(measured)).toEqual({
    figure: "1.3, 1.3, 1.3, 1.3 times the reference's 4 KiB random I/O, blocks arrive as they are sent",
    ...{ goal: '1.3, as they are sent', met: true },
  })
  expect(figureOf({ ...measured, theirs: ran(101) }).met).toBe(false)
  expect(figureOf({ ...measured, ours: ran(900, 2048) })).toMatchObject({
    met: false,
    figure: expect.stringMatching(/are cut$/),
  })
  const report = reportOf(measured, 3)
  expect(report).toMatch(/\| 4 KiB random reads, 1 LUN +\| 520 \(520 to 520\) +\| 130 \(10 to 150\).*\| 1\.3 +\| 25 %/)
  expect(report).toContain('1.00, 0.50, 0.10')
})
