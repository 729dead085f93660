/** `star image`: a machine image with all packages in it, of which new nodes are made. */
import { type ImageList, viewImages } from '../functions/api/images.ts'
import { acceptInput } from '../functions/shared/operations.ts'
import { type Cloud, isThere, withCloud, withNewCloud } from './cloud.ts'
import { exitCodes, WorkflowFailed } from './failure.ts'
import { print } from './list.ts'
import { runShown } from './workflow.ts'

export interface ImageFlags {
  keep?: number
  instanceType?: string
  subnet?: string
  timings?: boolean
  json?: boolean
}

/** What `prepare-image` ends with. */
interface Made {
  image: string
  imageId: string
  /** False where it was there already. */
  changed: boolean
  removed: string[]
}

export async function prepareImage(flags: ImageFlags): Promise<number> {
  const { keep, instanceType, subnet } = flags
  const said = Object.entries({ keep, instanceType, subnet }).filter(([, value]) => value !== undefined)
  const input = Object.fromEntries(said)
  // Refused before anything is installed or made; the workflow checks again, for those who come another way.
  acceptInput('prepare-image', input)
  return await withNewCloud(cloud => prepareOn(cloud, input, flags))
}

export async function prepareOn(cloud: Cloud, input: object, flags: ImageFlags): Promise<number> {
  const outcome = await runShown(cloud, 'prepare-image', input, { title: 'image', ...flags })
  if (outcome.status === 'ABORTED') {
    console.error('star: interrupted; run the same command again, it goes on from there')
    return exitCodes.interrupted
  }
  if (outcome.status === 'FAILED') throw new WorkflowFailed('no image was made', outcome)
  const made = outcome.output as Made
  console.log(flags.json ? JSON.stringify(made, null, 2) : lines(made).join('\n'))
  return exitCodes.ok
}

const lines = ({ image, imageId, changed, removed }: Made): string[] => [
  changed ? `${image} (${imageId}) is made; new nodes are launched from it` : `${image} (${imageId}) was there already`,
  ...(removed.length > 0 ? [`deleted: ${removed.join(', ')}`] : []),
]

export async function listImages(flags: { json?: boolean }): Promise<number> {
  // That there is none is an answer here, and no failure.
  print(isThere() ? await withCloud(viewImages) : { images: [], busy: null }, imageRows, flags)
  return exitCodes.ok
}

/** A row an image. */
export const imageRows = ({ images, busy }: ImageList): string[][] => [
  ...images.map(({ name, imageId, state, createdAt, used }) => [name, imageId, state, createdAt, used ? 'used' : '']),
  ...(busy ? [['busy', busy.operation, busy.since]] : []),
]
