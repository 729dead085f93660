import {
  array,
  ctl1,
  ctl2,
  disk1,
  disk2,
  execution,
  host,
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

const controller = {
  kind: 'instance',
  node: 'star0001-ctl1',
  role: 'controller',
  instanceType: 't3a.medium',
  groupId: 'sg-0c0ffee000000001',
}
const launch = (change: object = {}, item: object = {}) =>
  [
    'create-instance',
    { array, execution, place, item: { ...controller, ...item }, watch: {}, ...change },
  ] as Scenario['call']
const disk = (name: string): Scenario['call'] => [
  'create-disk',
  {
    ...{ array, execution, watch: {} },
    item: { kind: 'disk', disk: name, zone: 'ap-northeast-1d', sizeGiB: 10, type: 'io2', iops: 100 },
  },
]
const attach: Scenario['call'] = [
  'attach-disk',
  {
    item: { disk: 'star0001-disk1', node: 'star0001-ctl2', volumeId: disk1, instanceId: ctl2, device: '/dev/sdf' },
    watch: {},
  },
]
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
      ...times(3, 'ec2/AuthorizeSecurityGroupIngress.success'),
      'ec2/AuthorizeSecurityGroupIngress.InvalidPermission.Duplicate',
    ],
    returns: { controllers: 'sg-0c0ffee000000001', hosts: 'sg-0c0ffee000000001' },
  },
  {
    title: 'an instance is launched where none is there',
    call: launch(),
    answers: ['ec2/DescribeInstances.none', 'ec2/RunInstances.success'],
    returns: { ...waiting, instanceId: ctl1 },
  },
  {
    title: 'an instance on the second page is found, and asked to start; that it cannot yet is no trouble',
    call: launch({}, { node: 'instance-1', role: 'host' }),
    answers: [...instances, 'ec2/StartInstances.IncorrectInstanceState'],
    returns: { ...waiting, instanceId: host },
  },
  {
    title: 'a lack of capacity is EC2’s fault: it is tried five times, and then told',
    call: launch(),
    answers: ['ec2/DescribeInstances.none', ...times(5, 'ec2/RunInstances.InsufficientInstanceCapacity')],
    throws: {
      name: 'InsufficientInstanceCapacity',
      message: /^We currently do not have sufficient t3a.medium capacity/,
    },
  },
  {
    title: 'in a placement group it goes without, the next time',
    call: launch({}, { placementGroup: 'star-star0001' }),
    answers: ['ec2/DescribeInstances.none', ...times(5, 'ec2/RunInstances.InsufficientInstanceCapacity')],
    returns: { ready: false, watch: { alone: true } },
  },
  {
    title: 'what is not allowed is not tried again, and told with the message that can be decoded',
    call: launch(),
    answers: ['ec2/DescribeInstances.none', 'ec2/RunInstances.UnauthorizedOperation'],
    throws: { name: 'UnauthorizedOperation', message: /Encoded authorization failure message: \w+/ },
  },
  {
    title: 'nor what is over a limit of the account',
    call: launch(),
    answers: ['ec2/DescribeInstances.none', 'ec2/RunInstances.VcpuLimitExceeded'],
    throws: { name: 'VcpuLimitExceeded' },
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
    title: 'controllers that are there let their partners fence them, and get the disks',
    // The host of these answers is off.
    call: ['plan-attachments', { request: { ...request, hosts: [] }, execution }],
    answers: [...instances, ...volumes, ...times(2, 'ec2/CreateTags.success')],
    returns: { items: [disk1, disk2].flatMap(volumeId => [ctl1, ctl2].map(instanceId => ({ volumeId, instanceId }))) },
  },
  {
    title: 'a disk on the first page is found',
    call: disk('star0001-disk1'),
    answers: volumes,
    returns: { ready: true, volumeId: disk1 },
  },
  {
    title: 'a disk on the second page is found, after three failures that were EC2’s',
    call: disk('star0001-disk2'),
    answers: ['InternalError', 'Unavailable', 'empty'].map(which => `ec2/DescribeVolumes.${which}`).concat(volumes),
    returns: { ready: true, volumeId: disk2 },
  },
  {
    title: 'a disk is made where none is there',
    call: disk('star0001-disk1'),
    answers: ['ec2/DescribeVolumes.none', 'ec2/CreateVolume.success'],
    returns: { ...waiting, volumeId: disk1 },
  },
  {
    title: 'a disk is attached',
    call: attach,
    answers: ['ec2/DescribeVolumes.none', 'ec2/AttachVolume.success'],
    returns: waiting,
  },
  {
    title: 'a disk that cannot be seen or attached yet is waited for',
    call: attach,
    answers: ['ec2/DescribeVolumes.InvalidVolume.NotFound', 'ec2/AttachVolume.IncorrectState'],
    returns: waiting,
  },
  {
    title: 'a disk that was attached by a call whose answer was lost is waited for',
    call: attach,
    answers: ['ec2/DescribeVolumes.none', 'ec2/AttachVolume.VolumeInUse', ...volumes],
    returns: waiting,
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
