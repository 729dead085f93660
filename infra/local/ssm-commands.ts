import { randomUUID } from 'node:crypto'
import {
  DuplicateInstanceId,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandInput,
  InvalidCommandId,
  InvalidDocument,
  InvalidInstanceId,
  InvalidPluginName,
  InvocationDoesNotExist,
  MaxDocumentSizeExceeded,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm'
import type { InstanceRecord } from './ec2-records.ts'
import { refused, ssmValidation } from './errors.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'
import { type DocumentContent, documentProblem, renderScript, scriptTimeout } from './ssm-document.ts'
import { readParameters } from './ssm-document-parameters.ts'
import { online } from './ssm-instances.ts'
import { type CommandRecord, changeInvocation, deliver, type Invocation, look } from './ssm-invocation.ts'

const documentLimit = 65_536

/** Run Command: a command is written down first, then handed to each machine; what could not be handed over waits. */
async function send(cloud: Cloud, input: SendCommandCommandInput) {
  const { store, clock } = cloud
  const { InstanceIds: ids = [], TimeoutSeconds = 3_600, Comment = '', DocumentName = '' } = input
  const document = documentOf(cloud, DocumentName)
  const parameters = readParameters(document, input.Parameters ?? {})
  if (JSON.stringify(document).length + JSON.stringify(parameters).length > documentLimit) {
    const message = `${DocumentName} and its parameters are larger than ${documentLimit} bytes`
    throw new MaxDocumentSizeExceeded({ ...refused, message })
  }
  if (Comment.length > 100) throw ssmValidation("Value at 'comment' must have length less than or equal to 100")
  if (!(TimeoutSeconds >= 30 && TimeoutSeconds <= 2_592_000)) {
    throw ssmValidation(`Value ${TimeoutSeconds} at 'timeoutSeconds' must be between 30 and 2592000`)
  }
  await checkTargets(cloud, input)
  const command: CommandRecord = {
    id: randomUUID(),
    document: DocumentName,
    step: document.mainSteps[0]?.name ?? '',
    comment: Comment,
    parameters,
    text: renderScript(document, parameters),
    runSeconds: scriptTimeout(document, parameters),
    deliverySeconds: TimeoutSeconds,
    requested: clock.now(),
    invocations: Object.fromEntries(
      ids.map(id => [id, { status: 'Pending', details: 'Pending', unseen: cloud.eventual }]),
    ),
  }
  store.put('command', command.id, command)
  await Promise.all(ids.map(id => deliver(cloud, command.id, id)))
  return {
    Command: {
      CommandId: command.id,
      DocumentName,
      Comment,
      InstanceIds: ids,
      RequestedDateTime: new Date(command.requested),
      ExpiresAfter: new Date(command.requested + (TimeoutSeconds + command.runSeconds) * 1000),
      Parameters: input.Parameters,
      Status: 'Pending' as const,
      StatusDetails: 'Pending',
      TimeoutSeconds,
      TargetCount: ids.length,
    },
  }
}

function documentOf({ documents }: Cloud, name: string): DocumentContent {
  const document = documents.get(name)
  const problem = document ? documentProblem(document) : 'it does not exist'
  if (document && problem === undefined) return document
  throw new InvalidDocument({ ...refused, message: `Document ${name}: ${problem}` })
}

/** Every instance must run, and its agent must have registered. */
async function checkTargets(cloud: Cloud, { InstanceIds: ids = [], Targets }: SendCommandCommandInput): Promise<void> {
  if (Targets?.length) throw ssmValidation('The local cloud takes InstanceIds, not Targets')
  if (ids.length === 0 || ids.length > 50)
    throw ssmValidation(`InstanceIds must name 1 to 50 instances, not ${ids.length}`)
  if (new Set(ids).size < ids.length) throw new DuplicateInstanceId({ ...refused, message: ids.join(', ') })
  await settle(cloud)
  for (const id of ids) {
    const instance = cloud.store.get<InstanceRecord>('instance', id)
    const known = instance?.state === 'running' && (instance.registered || (await online(cloud, instance)))
    if (!known)
      throw new InvalidInstanceId({ ...refused, message: `Instances [[${id}]] not in a valid state for account` })
  }
}

async function getInvocation(cloud: Cloud, input: GetCommandInvocationCommandInput) {
  const { CommandId: id = '', InstanceId: instance = '', PluginName } = input
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new InvalidCommandId({ ...refused, message: id })
  const command = cloud.store.get<CommandRecord>('command', id)
  const known = command?.invocations[instance]
  if (command === undefined || known === undefined || known.unseen) {
    changeInvocation(cloud.store, id, instance, now => {
      now.unseen = undefined
    })
    throw new InvocationDoesNotExist({ ...refused, message: `${id} on ${instance}` })
  }
  if (PluginName !== undefined && PluginName !== command.step) {
    throw new InvalidPluginName({ ...refused, message: PluginName })
  }
  await look(cloud, id, instance)
  const { invocations } = cloud.store.get<CommandRecord>('command', id) ?? command
  return describe(command, instance, invocations[instance] ?? known)
}

function describe(command: CommandRecord, instance: string, invocation: Invocation) {
  const { status, details, result, started } = invocation
  const time = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString())
  return {
    CommandId: command.id,
    InstanceId: instance,
    Comment: command.comment,
    DocumentName: command.document,
    DocumentVersion: '1',
    PluginName: command.step,
    Status: status,
    StatusDetails: details,
    ResponseCode: result?.code ?? -1,
    StandardOutputContent: result?.stdout ?? '',
    StandardErrorContent: result?.stderr ?? '',
    ExecutionStartDateTime: time(started),
    ExecutionEndDateTime: time(result?.ended),
  }
}

export const commandRoutes: Route[] = [
  route(SendCommandCommand, send),
  route(GetCommandInvocationCommand, getInvocation),
]
