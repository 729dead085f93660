/** Every workflow of statemachines/ as it stands there; CloudFormation fills in the names it leaves open. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { OperationName } from '../../functions/shared/operations.ts'
import { definitionText, isExpress, machineNames, placeholdersOf, type Reference } from '../definitions.ts'
import type { Functions } from './functions.ts'
import { machineStatements, machineTelemetry } from './machine-permissions.ts'
import { except } from './nag-exceptions.ts'
import { machinesLog, pascal } from './names.ts'
import { createRole } from './roles.ts'

export interface Machines {
  /** By the name of the definition's file, which is the machine's own. */
  byName: ReadonlyMap<string, CfnStateMachine>
  /** What went wrong in any of them. */
  log: LogGroup
}

export function createMachines(stack: Construct, functions: Functions): Machines {
  const scope = new Construct(stack, 'Machines')
  except(
    scope,
    'SF1',
    'Step Functions keeps each execution’s whole history for 90 days, except for what only watches; the log has what failed.',
  )
  const log = new LogGroup(scope, 'Log', {
    logGroupName: machinesLog,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const byName = new Map(machineNames().map(name => [name, createMachine(scope, name, log)]))
  // All of them first: machines start each other.
  for (const [name, machine] of byName) machine.definitionSubstitutions = substitutions(name, functions, byName)
  return { byName, log }
}

/** Operations, and whatever else no other machine starts: their end is somebody's business. */
export function startedFromOutside(): string[] {
  const children = machineNames().flatMap(name => [...placeholdersOf(definitionText(name)).values()])
  const roots = machineNames().filter(name => !children.some(child => child.kind === 'machine' && child.name === name))
  return [...new Set([...OperationName.options, ...roots])].sort()
}

function createMachine(scope: Construct, name: string, log: LogGroup): CfnStateMachine {
  const definition = definitionText(name)
  const role = createRole(scope, `${pascal(name)}Role`, {
    service: 'states.amazonaws.com',
    description: `What statemachines/${name}.asl.json starts and calls`,
    policies: place => ({ Steps: machineStatements(definition, place), Telemetry: machineTelemetry }),
  })
  return new CfnStateMachine(scope, pascal(name), {
    stateMachineName: name,
    stateMachineType: isExpress(name) ? 'EXPRESS' : 'STANDARD',
    definitionString: definition,
    roleArn: role.roleArn,
    tracingConfiguration: { enabled: true },
    loggingConfiguration: {
      level: 'ERROR',
      includeExecutionData: true,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
    },
  })
}

function substitutions(name: string, functions: Functions, machines: Machines['byName']): Record<string, string> {
  const arnOf = ({ kind, name: target }: Reference) =>
    kind === 'function' ? functions(target).functionArn : (machines.get(target)?.ref ?? '')
  return Object.fromEntries(
    Array.from(placeholdersOf(definitionText(name)), ([placeholder, target]) => [placeholder, arnOf(target)]),
  )
}
