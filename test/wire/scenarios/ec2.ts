import { expect } from 'vitest'
import type { Making } from '../../../functions/shared/shapes.ts'
import {
  array,
  execution,
  instances,
  pages,
  place,
  reboot,
  request,
  type Scenario,
  times,
  volumes,
  waiting,
} from './scenario.ts'

/** One thing is in the making; all others, and what ties them, are there. */
const make = (name: string, group?: string): Scenario['call'] => {
  const { controllers, hosts } = request
  const disks = ['star0001-disk1', 'star0001-disk2']
  const item = (step: Making['step'], node: string): Making => ({
    ...{ step, node, began: 0, troubles: 0 },
    ...(node === name ? group === 'alone' && { alone: true } : { ended: 1 }),
  })
  const items = [
    ...[...controllers.names, ...hosts.map(({ name: host }) => host)].map(node => item('create-instance', node)),
    ...disks.map(node => item('create-disk', node)),
    ...controllers.names.map(node => ({ ...item('let-fence', node), ended: 1 })),
    ...disks.flatMap(disk => controllers.names.map(node => item('attach-disk', `${disk} → ${node}`))),
  ]
  const groups = { controllers: 'sg-0c0ffee000000001', hosts: 'sg-0c0ffee000000001' }
  return ['make-resources', { given: { request, place, execution, groups, made: { items } } }]
}
type Given = { made: { items: Making[] } }
const given = (call: Scenario['call']) => (call[1] as { given: Given }).given
const made = (node: string, item: object) => ({
  items: expect.arrayContaining([expect.objectContaining({ node, ...item })]),
})
const waits = (node: string) => ({ ...waiting, ...made(node, { since: expect.any(Number), troubles: 0 }) })
const fails = (node: string, error: string, cause: unknown = expect.any(String)) => ({
  ...{ ...waiting, failed: true },
  ...made(node, { failure: { Error: error, Cause: cause } }),
})
const noDisks = 'ec2/DescribeVolumes.none'
const noNodes = 'ec2/DescribeInstances.none'
const remove = (change: object = {}): Scenario['call'] => [
  'remove-resources',
  { array, watch: {}, removed: [], ...change },
]

export const ec2: Scenario[] = [
  {
    title: 'lists are read to their last page, also where the first one is empty',
    call: ['find-place', { request }],
    answers: [...pages('ec2/DescribeSubnets'), 'ec2/DescribeImages.none', ...pages('ec2/DescribeImages')],
    returns: place,
  },
  {
    title: 'an image of ours goes first',
    call: ['find-place', { request }],
    answers: [...pages('ec2/DescribeSubnets'), 'ec2/DescribeImages.own'],
    returns: { ...place, imageId: 'ami-0abc0abc0abc0abc0' },
  },
  {
    title: 'a zone that is not said is one that offers the machines',
    call: ['check-request', { request: {} }],
    answers: [
      ...['ssm/GetParameter.ParameterNotFound', ...pages('ec2/DescribeSubnets')],
      'ec2/DescribeInstanceTypeOfferings.success',
    ],
    returns: { zone: 'ap-northeast-1d' },
  },
  {
    title: 'groups are made, and a rule that is there already is no trouble',
    call: ['create-groups', { request, place }],
    answers: [
      ...times(2, 'ec2/DescribeSecurityGroups.none'),
      ...times(2, 'ec2/CreateSecurityGroup.success'),
      'ec2/DescribePlacementGroups.none',
      'ec2/CreatePlacementGroup.success',
      'ec2/AuthorizeSecurityGroupIngress.InvalidPermission.Duplicate',
      ...times(3, 'ec2/AuthorizeSecurityGroupIngress.success'),
      'ec2/AuthorizeSecurityGroupIngress.InvalidPermission.Duplicate',
    ],
    returns: { controllers: 'sg-0c0ffee000000001', hosts: 'sg-0c0ffee000000001' },
  },
  {
    title: 'an instance is launched where none is there',
    call: make('star0001-ctl1', 'alone'),
    answers: [noNodes, noDisks, 'ec2/RunInstances.success'],
    returns: waits('star0001-ctl1'),
  },
  {
    title: 'an instance on the second page is found, and asked to start; that it cannot yet is no trouble',
    call: make('instance-1'),
    answers: [...instances, noDisks, 'ec2/StartInstances.IncorrectInstanceState'],
    returns: waits('instance-1'),
  },
  {
    title: 'a lack of capacity is EC2’s fault: it is tried five times, and later again',
    call: make('star0001-ctl1', 'alone'),
    answers: [noNodes, noDisks, ...times(5, 'ec2/RunInstances.InsufficientInstanceCapacity')],
    returns: made('star0001-ctl1', {
      ...{ troubles: 1, notBefore: expect.any(Number) },
      trouble: {
        Error: 'InsufficientInstanceCapacity',
        Cause: expect.stringMatching(/^We currently do not have sufficient t3a.medium capacity/),
      },
    }),
  },
  {
    title: 'in a placement group it goes without, the next time',
    call: make('star0001-ctl1'),
    answers: [noNodes, noDisks, ...times(5, 'ec2/RunInstances.InsufficientInstanceCapacity')],
    returns: { ...waiting, ...made('star0001-ctl1', { alone: true, troubles: 0 }) },
  },
  {
    title: 'what is not allowed is not tried again, and told with the message that can be decoded',
    call: make('star0001-ctl1'),
    answers: [noNodes, noDisks, 'ec2/RunInstances.UnauthorizedOperation'],
    returns: fails(
      'star0001-ctl1',
      'UnauthorizedOperation',
      expect.stringMatching(/Encoded authorization failure message: \w+/),
    ),
  },
  {
    title: 'nor what is over a limit of the account',
    call: make('star0001-ctl1'),
    answers: [noNodes, noDisks, 'ec2/RunInstances.VcpuLimitExceeded'],
    returns: fails('star0001-ctl1', 'VcpuLimitExceeded'),
  },
  {
    title: 'nor with credentials that are none',
    call: ['start-nodes', { array, nodes: ['instance-1'], watch: {} }],
    answers: ['ec2/DescribeInstances.AuthFailure'],
    throws: { name: 'AuthFailure' },
  },
  {
    title: 'nodes that are stopped are started',
    call: ['start-nodes', { array, nodes: ['star0001-ctl1', 'instance-1'], watch: {} }],
    answers: [...instances, 'ec2/StartInstances.success'],
    returns: waiting,
  },
  {
    title: 'nodes that run are stopped',
    call: ['stop-nodes', { array, nodes: ['star0001-ctl1', 'star0001-ctl2', 'instance-1'], force: false, watch: {} }],
    answers: [...instances, 'ec2/StopInstances.success'],
    returns: waiting,
  },
  {
    title: 'a node is rebooted',
    call: reboot,
    answers: [...instances, 'ec2/RebootInstances.success'],
    returns: { node: 'star0001-ctl1' },
  },
  {
    title: 'when the last of it is there, controllers let their partners fence them, and get the disks',
    call: [
      'make-resources',
      {
        given: {
          ...given(make('star0001-disk2')),
          made: { items: given(make('star0001-disk2')).made.items.slice(0, 5) },
        },
      },
    ],
    answers: [...instances, ...volumes, ...times(2, 'ec2/CreateTags.success'), ...times(2, 'ec2/AttachVolume.success')],
    returns: {
      ...waiting,
      items: expect.arrayContaining([
        ...['star0001-ctl1', 'star0001-ctl2'].map(node =>
          expect.objectContaining({ step: 'let-fence', node, ended: expect.any(Number) }),
        ),
        expect.objectContaining({ node: 'star0001-disk1 → star0001-ctl1', ended: expect.any(Number) }),
        ...['star0001-disk1 → star0001-ctl2', 'star0001-disk2 → star0001-ctl1', 'star0001-disk2 → star0001-ctl2'].map(
          node => expect.objectContaining({ node, since: expect.any(Number) }),
        ),
      ]),
    },
  },
  {
    title: 'a disk on the second page is found, after three failures that were EC2’s',
    call: make('star0001-disk2'),
    answers: [
      noNodes,
      ...['InternalError', 'Unavailable', 'empty'].map(which => `ec2/DescribeVolumes.${which}`),
    ].concat(volumes),
    returns: { ready: true },
  },
  {
    title: 'a disk is made where none is there',
    call: make('star0001-disk1'),
    answers: [noNodes, noDisks, 'ec2/CreateVolume.success'],
    returns: waits('star0001-disk1'),
  },
  {
    title: 'a disk that cannot be attached yet is waited for',
    call: make('star0001-disk2 → star0001-ctl2'),
    answers: [...instances, ...volumes, 'ec2/AttachVolume.IncorrectState'],
    returns: waits('star0001-disk2 → star0001-ctl2'),
  },
  {
    title: 'a disk that is in use elsewhere cannot be attached, and its state is asked for again before that is told',
    call: make('star0001-disk2 → star0001-ctl2'),
    answers: [...instances, ...volumes, 'ec2/AttachVolume.VolumeInUse', ...volumes],
    returns: fails('star0001-disk2 → star0001-ctl2', 'VolumeInUse'),
  },
  {
    title: 'all instances and the disks that are free are removed',
    call: remove(),
    answers: [...instances, 'ec2/TerminateInstances.success', ...volumes, 'ec2/DeleteVolume.success'],
    returns: {
      ready: false,
      removed: ['star0001-ctl1', 'star0001-ctl2', 'instance-1', 'star0001-disk1', 'star0001-disk2'],
    },
  },
  {
    title: 'then the groups; what depends on them is for the next round',
    call: remove({ removed: ['instance-1'] }),
    answers: [
      ...['ec2/DescribeInstances.none', 'ec2/DescribeVolumes.none', ...pages('ec2/DescribeSecurityGroups')],
      ...['ec2/DeleteSecurityGroup.DependencyViolation', 'ec2/DeleteSecurityGroup.success'],
      ...['ec2/DescribePlacementGroups.success', 'ec2/DeletePlacementGroup.success'],
    ],
    returns: {
      ready: false,
      removed: ['instance-1', 'star-star0001-controllers', 'star-star0001-hosts', 'star-star0001'],
    },
  },
]
