import {
  CreateImageCommand,
  type CreateImageCommandInput,
  DeregisterImageCommand,
  type DeregisterImageCommandInput,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  type Image,
} from '@aws-sdk/client-ec2'
import { account } from './ec2-network.ts'
import { type ImageRecord, instanceRecord, isAbandoned, type SnapshotRecord } from './ec2-records.ts'
import { ec2Error } from './errors.ts'
import { knownFilters, matches, page } from './filters.ts'
import { idFor, isId, newId } from './ids.ts'
import { ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'
import type { Store } from './store.ts'
import { tagList, tagsFor } from './tags.ts'

/** Images: the node image, which is there from the start, and those that were made of instances. */

const nodeImageId = (cloud: Cloud) => idFor('ami', cloud.image)
const records = (store: Store) => store.list<ImageRecord>('image')

/** Written down first, then copied; a copy that fails leaves a failed image, as on EC2. */
async function create(cloud: Cloud, input: CreateImageCommandInput) {
  const { InstanceId = '', Name: name = '', Description: description = '' } = input
  const { store, driver, clock } = cloud
  checkName(name)
  await settle(cloud)
  const { state } = instanceRecord(store, InstanceId)
  if (state === 'running') {
    throw ec2Error('UnsupportedOperation', 'The local cloud makes images of stopped instances')
  }
  if (state !== 'stopped') {
    throw ec2Error(
      'IncorrectInstanceState',
      `The instance '${InstanceId}' is not in a state from which it can be imaged.`,
    )
  }
  const [created, snapshot] = [clock.now(), newId('snap')]
  const record: ImageRecord = {
    ...{ id: newId('ami'), name, description, state: 'pending', worker: ownMark(), snapshot, created },
    tags: tagsFor('image', input.TagSpecifications),
    unseen: cloud.eventual,
  }
  const disk: SnapshotRecord = { id: snapshot, created, tags: tagsFor('snapshot', input.TagSpecifications) }
  store.transact(() => {
    const same = records(store).find(image => image.name === name)
    if (same ?? name === cloud.image) {
      const message = `AMI name ${name} is already in use by AMI ${same?.id ?? nodeImageId(cloud)}`
      throw ec2Error('InvalidAMIName.Duplicate', message)
    }
    store.put('image', record.id, record)
    store.put('snapshot', disk.id, disk)
  })
  const end = await driver.saveImage(InstanceId, record.id).then(
    () => ({ state: 'available' as const }),
    (error: Error) => ({ state: 'failed' as const, reason: error.message }),
  )
  changeImage(store, record.id, image => Object.assign(image, end, { worker: undefined }))
  return { ImageId: record.id }
}

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
    const rule =
      'AMI names must be between 3 and 128 characters long, and may contain letters, numbers, ( ) [ ] . - / @ _'
    throw ec2Error('InvalidAMIName.Malformed', `The AMI name '${name}' is not valid: ${rule}`)
  }
}

function changeImage(store: Store, id: string, change: (image: ImageRecord) => void): void {
  store.transact(() => {
    const image = store.get<ImageRecord>('image', id)
    if (!image) return
    change(image)
    store.put('image', id, image)
  })
}

/** Those that a killed process was making will not be finished. */
function endAbandoned(store: Store): void {
  for (const { id } of records(store).filter(isAbandoned)) {
    const end = { state: 'failed', reason: 'It was cut off', worker: undefined }
    changeImage(store, id, image => isAbandoned(image) && Object.assign(image, end))
  }
}

/** Its snapshot stays, and with it what it costs. */
async function deregister({ store, driver }: Cloud, { ImageId = '' }: DeregisterImageCommandInput) {
  const { id } = imageRecord(store, ImageId)
  await driver.removeImage(id)
  store.remove('image', id)
  return { Return: true }
}

export function imageRecord(store: Store, id: string): ImageRecord {
  if (!isId('ami', id)) throw ec2Error('InvalidAMIID.Malformed', `Invalid id: "${id}"`)
  const found = store.get<ImageRecord>('image', id)
  if (found) return found
  throw ec2Error('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
}

/** One that an instance can be launched from. */
export function knownImage(cloud: Cloud, id: string): string {
  if (id === nodeImageId(cloud)) return id
  const { state } = imageRecord(cloud.store, id)
  if (state === 'available') return id
  throw ec2Error('InvalidAMIID.Unavailable', `The image ID '${id}' is not available: it is ${state}`)
}

const filterNames = ['image-id', 'name', 'owner-id', 'state', 'architecture', 'root-device-type', 'virtualization-type']

function describe(cloud: Cloud, { ImageIds = [], Owners, Filters, ...rest }: DescribeImagesCommandInput) {
  const { store } = cloud
  knownFilters(Filters, filterNames)
  endAbandoned(store)
  for (const id of ImageIds) if (id !== nodeImageId(cloud)) imageRecord(store, id)
  const node: Image = { ImageId: nodeImageId(cloud), Name: cloud.image, CreationDate: '2026-01-01T00:00:00.000Z' }
  const owned = Owners === undefined || Owners.some(owner => owner === 'self' || owner === account)
  const found = [{ ...node, State: 'available' as const }, ...records(store).map(shown)].filter(image => {
    const fields = [image.ImageId, image.Name, account, image.State, 'x86_64', 'ebs', 'hvm'].map(value => [value ?? ''])
    const byName = Object.fromEntries(filterNames.map((name, n) => [name, fields[n] ?? []]))
    const tags = Object.fromEntries((image.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
    const asked = ImageIds.length === 0 || ImageIds.includes(image.ImageId ?? '')
    return asked && owned && matches(Filters, byName, tags)
  })
  for (const { ImageId = '' } of found)
    changeImage(store, ImageId, image => Object.assign(image, { unseen: undefined }))
  const { items, NextToken } = page(found, rest, { min: 1, max: 1000 })
  return { Images: items.map(image => ({ ...always, ...image })), NextToken }
}

const always: Image = {
  OwnerId: account,
  Architecture: 'x86_64',
  RootDeviceName: '/dev/xvda',
  RootDeviceType: 'ebs',
  VirtualizationType: 'hvm',
  EnaSupport: true,
  Public: false,
}

const shown = ({ id, name, description, state, reason, snapshot, tags, created, unseen }: ImageRecord): Image => ({
  ImageId: id,
  Name: name,
  Description: description,
  State: unseen && state === 'available' ? 'pending' : state,
  StateReason: reason === undefined ? undefined : { Code: 'Server.InternalError', Message: reason },
  CreationDate: new Date(created).toISOString(),
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot, Encrypted: true } }],
  Tags: tagList(tags),
})

export const imageRoutes: Route[] = [
  route(CreateImageCommand, create),
  route(DescribeImagesCommand, describe),
  route(DeregisterImageCommand, deregister),
]
