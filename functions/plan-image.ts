/** Says which image of nodes there is to be, whether it is there, and where it would be made. Only looks. */
import { createHash } from 'node:crypto'
import { DescribeDocumentCommand } from '@aws-sdk/client-ssm'
import * as z from 'zod'
import { ssm } from './shared/clients/ssm.ts'
import { CloudRefused } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { baseImage, ownImages, systemOf } from './shared/images.ts'
import { PrepareImage } from './shared/operations.ts'
import { chooseZone, findSubnet } from './shared/place.ts'
import { type ImagePlan, placeOf } from './shared/shapes.ts'

export const handler = define(z.strictObject({ input: PrepareImage }), async ({ input }): Promise<ImagePlan> => {
  const { instanceType, subnet } = input
  const [base, own, recipe] = [await baseImage(), await ownImages(), await recipeHash()]
  // The same packages on the same system are the same image.
  const hash = createHash('sha256').update(`${base.ImageId} ${recipe}`).digest('hex').slice(0, 12)
  const os = systemOf(base)
  const name = `star-${os}-${hash}`
  const isThere = own.some(({ Name, State }) => Name === name && (State === 'available' || State === 'pending'))
  const zone = await chooseZone({ subnet, instanceTypes: [instanceType] })
  return { name, os, place: placeOf(await findSubnet(zone, subnet), base), instanceType, isNew: !isThere }
})

/** Of the document that installs the packages: Systems Manager knows it by its content. */
async function recipeHash(): Promise<string> {
  const { Document } = await ssm().send(new DescribeDocumentCommand({ Name: 'STAR-prepare-image' }))
  if (!Document?.Hash) throw new CloudRefused('DescribeDocument answered without a hash for STAR-prepare-image')
  return Document.Hash
}
