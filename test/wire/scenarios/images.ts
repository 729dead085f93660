import { expect } from 'vitest'
import { execution, pages, place, type Scenario, times, waiting } from './scenario.ts'

const name = 'star-rocky-8-0123456789ab'
const plan = { name, os: 'rocky-8', place, instanceType: 't3a.medium', isNew: true }
const instanceId = 'i-0abc0abc0abc0abc0'
const create: Scenario['call'] = ['create-image', { plan, instanceId, watch: {} }]
const made = { ...waiting, imageId: 'ami-0abc0abc0abc0abc0' }

export const images: Scenario[] = [
  {
    title: 'an image is named after what is published and after what is installed',
    call: ['plan-image', { input: { instanceType: 't3a.medium', keep: null } }],
    answers: [
      ...[...pages('ec2/DescribeImages'), 'ec2/DescribeImages.own', 'ssm/DescribeDocument.success'],
      ...[
        ...pages('ec2/DescribeSubnets'),
        'ec2/DescribeInstanceTypeOfferings.success',
        ...pages('ec2/DescribeSubnets'),
      ],
    ],
    returns: { name: expect.stringMatching(/^star-rocky-8-[0-9a-f]{12}$/), os: 'rocky-8', place, isNew: true },
  },
  {
    title: 'what it is made of is launched in a group that takes nothing in',
    call: ['create-builder', { plan, execution, watch: {} }],
    answers: [
      ...['ec2/DescribeInstances.none', 'ec2/DescribeSecurityGroups.none', 'ec2/CreateSecurityGroup.success'],
      'ec2/RunInstances.success',
    ],
    returns: { ready: true, run: { document: 'STAR-prepare-image' } },
  },
  {
    title: 'an image is made',
    call: create,
    answers: ['ec2/DescribeImages.none', 'ec2/CreateImage.success'],
    returns: made,
  },
  {
    title: 'one that failed before gives its name to another',
    call: create,
    answers: ['ec2/DescribeImages.failed', 'ec2/DeregisterImage.success', 'ec2/CreateImage.success'],
    returns: made,
  },
  {
    title: 'one that was made by a call whose answer was lost shows later',
    call: create,
    answers: ['ec2/DescribeImages.none', 'ec2/CreateImage.InvalidAMIName.Duplicate'],
    throws: { name: 'NotYetVisible' },
  },
  {
    title: 'snapshots that no image stands on are removed; one that is still in use is for the next round',
    call: ['tidy-images', { keep: null, watch: {}, removed: [] }],
    answers: [
      ...['ec2/DescribeInstances.none', 'ec2/DescribeImages.own', 'ec2/DescribeSecurityGroups.none'],
      ...['ec2/DescribeSnapshots.success', 'ec2/DeleteSnapshot.InvalidSnapshot.InUse', 'ec2/DeleteSnapshot.success'],
    ],
    returns: { ready: false, removed: times(2, 'snap-0dea0dea0dea0dea').map((id, i) => `${id}${i}`) },
  },
]
