/** Security groups: made once, whoever asks again. */
import { CreateSecurityGroupCommand, type Filter, type SecurityGroup, type Tag } from '@aws-sdk/client-ec2'
import { ec2 } from './clients/ec2.ts'
import { listGroups } from './ec2.ts'
import { isNamed, NotYetVisible } from './errors.ts'

export interface WantedGroup {
  name: string
  description: string
  vpcId: string
  tags: Tag[]
  /** By which it is found again. */
  filters: Filter[]
}

export async function findOrCreateGroup({
  name,
  description,
  vpcId,
  tags,
  filters,
}: WantedGroup): Promise<SecurityGroup> {
  const [found] = await listGroups({ Filters: [...filters, { Name: 'vpc-id', Values: [vpcId] }] })
  if (found) return found
  try {
    return await ec2().send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: description,
        VpcId: vpcId,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
      }),
    )
  } catch (error) {
    // Made a moment ago by a call whose answer was lost: the next look will show it.
    if (isNamed(error, 'InvalidGroup.Duplicate')) throw new NotYetVisible(`security group ${name}`, { cause: error })
    throw error
  }
}
