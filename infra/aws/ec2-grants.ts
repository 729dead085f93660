/**
 * Changes to what EC2 has. A thing that is there has to carry the tag that says whose it is; a thing that is made gets it
 * from the call that makes it.
 */
import { settings } from '../../functions/shared/settings.ts'
import { allow, type Condition, every, type Grant, nodeArn, type Place, seesNodes } from './grants.ts'

/** An array's, or an image's and of what that is made. Which one it names is for the functions to read: they serve all. */
type Tag = 'star:array' | 'star:image'

export const arrays = changesTo('star:array')
export const images = changesTo('star:image')

function changesTo(tag: Tag) {
  const ours = { Null: { [`aws:ResourceTag/${tag}`]: 'false' } }
  const asked = { Null: { [`aws:RequestTag/${tag}`]: 'false' } }
  const encrypted = { ...asked, Bool: { 'ec2:Encrypted': 'true' } }

  const changes =
    (call: string, ...types: string[]): Grant =>
    place => [allow(`ec2:${call}`, all(place, types), ours)]

  /** Only the call that makes a thing may tag it: nobody can make another's thing his own. */
  const tagging = (place: Place, call: string, types: string[]) =>
    allow('ec2:CreateTags', all(place, types), { ...asked, StringEquals: { 'ec2:CreateAction': call } })

  const creates =
    (call: string, type: string, condition: Condition = asked): Grant =>
    place => [allow(`ec2:${call}`, every(place, type), condition), tagging(place, call, [type])]

  const createsGroup = creates('CreateSecurityGroup', 'security-group')

  return {
    starts: changes('StartInstances', 'instance'),
    stops: changes('StopInstances', 'instance'),
    reboots: changes('RebootInstances', 'instance'),
    terminates: changes('TerminateInstances', 'instance'),
    /** Groups of these kinds. Without a key pair: none is named here, so none can be given. */
    launchesInto:
      (...groups: string[]): Grant =>
      place => [
        allow('ec2:RunInstances', every(place, 'instance'), {
          ...asked,
          StringEquals: { 'ec2:MetadataHttpTokens': 'required' },
          ArnEquals: { 'ec2:InstanceProfile': nodeArn(place, 'instance-profile') },
        }),
        allow('ec2:RunInstances', every(place, 'volume'), encrypted),
        allow('ec2:RunInstances', all(place, groups), ours),
        allow('ec2:RunInstances', all(place, ['network-interface', 'subnet'])),
        allow('ec2:RunInstances', every(place, 'image'), {
          StringEquals: { 'ec2:Owner': [settings({}).image.owner, place.account] },
        }),
        tagging(place, 'RunInstances', ['instance', 'volume']),
        allow('iam:PassRole', nodeArn(place, 'role'), { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
      ],
    createsDisks: creates('CreateVolume', 'volume', encrypted),
    attachesDisks: changes('AttachVolume', 'instance', 'volume'),
    deletesDisks: changes('DeleteVolume', 'volume'),
    createsGroups: (place => [
      ...createsGroup(place),
      allow('ec2:CreateSecurityGroup', every(place, 'vpc')),
    ]) satisfies Grant,
    opensPorts: changes('AuthorizeSecurityGroupIngress', 'security-group'),
    deletesGroups: changes('DeleteSecurityGroup', 'security-group'),
    createsPlacementGroups: creates('CreatePlacementGroup', 'placement-group'),
    deletesPlacementGroups: changes('DeletePlacementGroup', 'placement-group'),
    createsImages: (place => [
      allow('ec2:CreateImage', every(place, 'instance'), ours),
      allow('ec2:CreateImage', all(place, ['image', 'snapshot']), asked),
      tagging(place, 'CreateImage', ['image', 'snapshot']),
    ]) satisfies Grant,
    deregistersImages: changes('DeregisterImage', 'image'),
    deletesSnapshots: changes('DeleteSnapshot', 'snapshot'),
  }
}

const fencedBy = 'star:fenced-by'

/** An instance may stop and start the one that names it, by its ARN, in this tag: each controller its partner. */
export const fences: Grant = place => [
  ...seesNodes(place),
  allow(['ec2:StopInstances', 'ec2:StartInstances'], every(place, 'instance'), {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's
    StringEquals: { [`ec2:ResourceTag/${fencedBy}`]: '${ec2:SourceInstanceARN}' },
  }),
]

/** That tag alone, on instances of arrays. */
export const letsFence: Grant = place => [
  allow('ec2:CreateTags', every(place, 'instance'), {
    Null: { 'aws:ResourceTag/star:array': 'false' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': [fencedBy] },
  }),
]

const all = (place: Place, types: string[]) => types.map(type => every(place, type))
