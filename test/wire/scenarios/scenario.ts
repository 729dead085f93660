/** A case of what a function makes of AWS's answers, and what cases have in common. */
import { acceptRequest } from '../../../functions/shared/request.ts'

export interface Scenario {
  title: string
  /** Function and event. */
  call: [string, unknown]
  /** Names of fixtures. Each is asked for, and nothing else is: a call that is tried again needs another answer. */
  answers: string[]
  /** What it returns, or the error it ends with, as far as it matters. */
  returns?: unknown
  throws?: { name: string; message?: unknown }
}

export const array = 'star0001'
export const execution =
  'arn:aws:states:ap-northeast-1:123456789012:execution:provision-array:star0001-20261123T091400-0badf00d'
export const request = acceptRequest({})
export const place = {
  vpcId: 'vpc-0abcabcabcabcabca',
  subnetId: 'subnet-0d00d00d00d00d00d',
  imageId: 'ami-0fedcba987654321f',
  rootDevice: '/dev/sda1',
}
export const host = 'i-0a1b2c3d4e5f60003'

export const times = (n: number, name: string): string[] => Array(n).fill(name)
export const pages = (name: string) => [`${name}.page-1`, `${name}.page-2`]
export const instances = pages('ec2/DescribeInstances')
export const volumes = pages('ec2/DescribeVolumes')

export const waiting = { ready: false }

export const run = {
  document: 'STAR-prepare-host',
  node: 'instance-1',
  instanceId: host,
  parameters: {},
  agentSeconds: 300,
}
export const wanted = { array, luns: [{ size: '100M' }], key: 'order-1' }

/** One document, of which nothing is known yet. */
export const send: Scenario['call'] = ['send-documents', { given: { runs: [run] } }]
export const event: Scenario['call'] = ['take-event', { id: 'e1', 'detail-type': 'LUNs Requested', detail: wanted }]
export const reboot: Scenario['call'] = ['reboot-instance', { array, node: 'star0001-ctl1' }]
