/** A request held against the region that STAR runs in, too. Nothing is made. */
import { RequestRejected } from './errors.ts'
import { chooseZone } from './place.ts'
import { readRecord } from './record.ts'
import { type ArrayRequest, acceptRequest } from './request.ts'
import { settings } from './settings.ts'

/** A zone that was not said is that of the array, where it is there already: the same request means the same array again. */
export async function acceptHere(input: unknown): Promise<ArrayRequest> {
  const request = acceptRequest(input)
  const { zone } = input as { zone?: string }
  if (zone === undefined)
    return acceptRequest(input, (await readRecord(request.array))?.request.zone ?? (await chosen(request)))
  const { region } = settings()
  if (zone.slice(0, -1) === region) return request
  throw new RequestRejected([{ field: 'zone', rule: `must be a zone of ${region}, where STAR runs`, got: zone }])
}

const chosen = ({ subnet, controllers, hosts }: ArrayRequest) =>
  chooseZone({ subnet, instanceTypes: [controllers.instanceType, ...hosts.map(({ instanceType }) => instanceType)] })
