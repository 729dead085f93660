import { describe, expect, it } from 'vitest'
import { program } from '../../cli/program.ts'
import { routes } from '../../functions/api/routes.ts'

describe('commands and routes', () => {
  /** Commands that have no route, and why. */
  const onlyHere: Record<string, string> = {
    plan: 'POST /arrays?dryRun=true',
    cancel: 'Step Functions is asked itself, by StopExecution',
    shell: 'a console of machines on this computer; on AWS that is Session Manager',
    open: 'a port of this computer; on AWS that is a security group and the host’s address',
    event: 'EventBridge is asked itself',
    events: 'EventBridge is asked itself',
    serve: 'is the API',
    synth: 'writes what deploys the API',
    test: 'tests the project',
    bench: 'measures on machines of this computer',
  }

  it('go together: every command has its route, and every route its command', () => {
    const commands = program.commands.flatMap(command =>
      command.commands.length === 0
        ? [command.name()]
        : command.commands.map(inner => `${command.name()} ${inner.name()}`),
    )
    const routed = new Set(routes.map(({ command }) => command))
    expect([...routed, ...Object.keys(onlyHere)].sort()).toEqual(commands.sort())
  })
})
