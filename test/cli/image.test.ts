import { describe, expect, it } from 'vitest'
import { imageRows, prepareImage, prepareOn } from '../../cli/image.ts'
import { viewImages } from '../../functions/api/images.ts'
import { failing } from '../statemachines/lab.ts'
import { failure, openLocalLab } from './local.ts'

describe('star image', () => {
  it('makes one, and says so the next time; the list has it', async () => {
    const { local, printed } = openLocalLab()
    expect([await prepareOn(local, {}, {}), await prepareOn(local, {}, {})]).toEqual([0, 0])
    const name = 'star-debian-12-[0-9a-f]{12} \\(ami-[0-9a-f]{17}\\)'
    expect(printed).toHaveLength(2)
    expect(printed[0]).toMatch(
      new RegExp(`^${name} is made; new nodes are launched from it\\ndeleted: star-debian-12-.*-builder, star-image$`),
    )
    expect(printed[1]).toMatch(new RegExp(`^${name} was there already$`))
    expect(imageRows(await viewImages())).toEqual([
      [
        expect.stringMatching(/^star-debian-12-/),
        expect.stringMatching(/^ami-/),
        'available',
        expect.any(String),
        'used',
      ],
    ])
  })

  it('says what it ended with as JSON', async () => {
    const { local, printed } = openLocalLab()
    await prepareOn(local, { keep: 1 }, { json: true })
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ changed: true, imageId: expect.stringMatching(/^ami-/) })
  })

  it('that cannot be is a mistake, or says the first cause', async () => {
    expect(await failure(prepareImage({ keep: 0 }))).toMatchObject({ exitCode: 2 })
    const { local } = openLocalLab({ faults: { CreateImage: failing('AMIQuotaExceeded', 'no more images') } })
    const { exitCode, lines } = await failure(prepareOn(local, {}, {}))
    expect(exitCode).toBe(1)
    expect(lines.join('\n')).toMatch(/no image was made[\s\S]*no more images/)
  })
})
