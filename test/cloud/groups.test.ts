import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { freshLab } from './fresh.ts'

function lab() {
  const base = freshLab()
  const { ec2 } = base
  return {
    ...base,
    create: async (GroupName: string, Description = 'a group') =>
      (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description }))).GroupId ?? '',
    allow: (GroupId: string, ...IpPermissions: IpPermission[]) =>
      ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })),
    rules: async (id: string) => {
      const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))
      return SecurityGroups?.[0]?.IpPermissions
    },
    remove: (GroupId: string) => ec2.send(new DeleteSecurityGroupCommand({ GroupId })),
  }
}

const iscsi = { IpProtocol: 'tcp', FromPort: 3260, ToPort: 3260 }

describe('security groups', () => {
  it('have a name of their own in the VPC', async () => {
    const { create } = lab()
    await create('STAR')
    await expect(create('STAR')).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' })
    await expect(create('default')).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' })
    await expect(create('sg-mine')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(create('x', 'größe')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(create('x', '')).rejects.toMatchObject({ name: 'MissingParameter' })
  })

  it('refuse a rule they have, all of the request with it', async () => {
    const { create, allow, rules } = lab()
    const [group, hosts] = [await create('controllers'), await create('hosts')]
    const fromHosts = { ...iscsi, UserIdGroupPairs: [{ GroupId: hosts, Description: 'iSCSI' }] }
    await allow(group, fromHosts)
    const both = allow(
      group,
      { ...iscsi, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
      { ...fromHosts, UserIdGroupPairs: [{ GroupId: hosts }] },
    )
    await expect(both).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' })
    expect(await rules(group)).toHaveLength(1)
  })

  it('refuse rules that make no sense', async () => {
    const { create, allow } = lab()
    const group = await create('STAR')
    const cidr = { IpRanges: [{ CidrIp: '172.31.0.0/16' }] }
    await expect(allow(group, { IpProtocol: 'tcp', ...cidr })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(allow(group, { ...iscsi, IpRanges: [{ CidrIp: 'anywhere' }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    })
    const unknown = { ...iscsi, UserIdGroupPairs: [{ GroupId: 'sg-0123456789abcdef0' }] }
    await expect(allow(group, unknown)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
    await expect(allow(group)).rejects.toMatchObject({ name: 'MissingParameter' })
  })

  it('take a rule back', async () => {
    const { create, allow, rules, ec2 } = lab()
    const group = await create('STAR')
    const own = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }
    await allow(group, own)
    const revoke = () => ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [own] }))
    await revoke()
    expect(await rules(group)).toEqual([])
    await expect(revoke()).rejects.toMatchObject({ name: 'InvalidPermission.NotFound' })
  })

  it('stay while an instance lives in them or another group names them', async () => {
    const { create, allow, remove, launch, ec2 } = lab()
    const [group, hosts] = [await create('controllers'), await create('hosts')]
    await allow(group, { ...iscsi, UserIdGroupPairs: [{ GroupId: hosts }, { GroupId: group }] })
    const [id = ''] = await launch(1, { SecurityGroupIds: [group] })
    const inUse = { name: 'DependencyViolation' }
    await expect(remove(hosts)).rejects.toMatchObject(inUse)
    await expect(remove(group)).rejects.toMatchObject(inUse)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    await remove(group)
    await remove(hosts)
    await expect(remove(hosts)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' })
  })

  it('keep the default one, whose rules can change', async () => {
    const { allow, remove, ec2 } = lab()
    const named = () =>
      ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }))
    const id = (await named()).SecurityGroups?.[0]?.GroupId ?? ''
    await allow(id, { ...iscsi, IpRanges: [{ CidrIp: '172.31.0.0/16' }] })
    const { SecurityGroups } = await named()
    expect(SecurityGroups).toHaveLength(1)
    expect(SecurityGroups?.[0]?.IpPermissions).toHaveLength(1)
    await expect(remove(id)).rejects.toMatchObject({ name: 'CannotDelete' })
  })
})
