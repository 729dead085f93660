import {
  CreatePlacementGroupCommand,
  type CreatePlacementGroupCommandInput,
  CreateTagsCommand,
  DeletePlacementGroupCommand,
  DescribePlacementGroupsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { freshLab } from './fresh.ts'

function lab() {
  const base = freshLab()
  const { ec2 } = base
  return {
    ...base,
    create: (GroupName: string, more: Partial<CreatePlacementGroupCommandInput> = {}) =>
      ec2.send(new CreatePlacementGroupCommand({ GroupName, Strategy: 'spread', ...more })),
    find: async (Name: string, ...Values: string[]) => {
      const { PlacementGroups } = await ec2.send(new DescribePlacementGroupsCommand({ Filters: [{ Name, Values }] }))
      return PlacementGroups?.map(({ GroupName }) => GroupName)
    },
    remove: (GroupName: string) => ec2.send(new DeletePlacementGroupCommand({ GroupName })),
  }
}

describe('placement groups', () => {
  it('are made once, shown with their tags, and found by them', async () => {
    const { ec2, create, find } = lab()
    const tags = { ResourceType: 'placement-group' as const, Tags: [{ Key: 'star:array', Value: 'a' }] }
    const { PlacementGroup } = await create('star-a', { TagSpecifications: [tags] })
    expect(PlacementGroup).toMatchObject({
      Strategy: 'spread',
      SpreadLevel: 'rack',
      State: 'available',
      Tags: tags.Tags,
    })
    await expect(create('star-a')).rejects.toMatchObject({ name: 'InvalidPlacementGroup.Duplicate' })
    await create('other', { Strategy: 'cluster' })
    expect(await find('tag:star:array', 'a')).toEqual(['star-a'])
    expect(await find('strategy', 'cluster')).toEqual(['other'])
    await expect(find('colour', 'red')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    const Resources = [PlacementGroup?.GroupId ?? '']
    await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'more', Value: 'x' }] }))
    expect(await find('tag-key', 'more')).toEqual(['star-a'])
  })

  it('that make no sense are refused', async () => {
    const { create } = lab()
    await expect(create('')).rejects.toMatchObject({ name: 'MissingParameter' })
    await expect(create('größe')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(create('x', { SpreadLevel: 'host' })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(create('x', { Strategy: 'cluster', SpreadLevel: 'rack' })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    })
  })

  it('take seven instances where they spread, and those only while they are there', async () => {
    const { launch, instance, create } = lab()
    await expect(launch(1, { Placement: { GroupName: 'star-a' } })).rejects.toMatchObject({
      name: 'InvalidPlacementGroup.Unknown',
    })
    const { PlacementGroup } = await create('star-a')
    const [first = ''] = await launch(7, { Placement: { GroupName: 'star-a' } })
    expect((await instance(first)).Placement?.GroupName).toBe('star-a')
    await expect(launch(1, { Placement: { GroupId: PlacementGroup?.GroupId } })).rejects.toMatchObject({
      name: 'InsufficientInstanceCapacity',
    })
    await launch()
  })

  it('go once no instance is in them', async () => {
    const { ec2, cloud, launch, create, remove, find } = lab()
    await create('star-a')
    expect(cloud.isEmpty()).toBe(false)
    const InstanceIds = await launch(1, { Placement: { GroupName: 'star-a' } })
    await expect(remove('star-a')).rejects.toMatchObject({ name: 'InvalidPlacementGroup.InUse' })
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    await remove('star-a')
    expect(await find('group-name', 'star-a')).toEqual([])
    await expect(remove('star-a')).rejects.toMatchObject({ name: 'InvalidPlacementGroup.Unknown' })
    expect(cloud.isEmpty()).toBe(true)
  })
})
