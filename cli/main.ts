/** The `star` command. It reads arguments and renders; the workflows decide and do. */
import { Command, CommanderError } from 'commander'
import { exitCodes, show } from './failure.ts'
import { addRequestFlags } from './options.ts'

const program = new Command('star')
  .description('STAR, the see-through array: a dual-controller block storage array out of ordinary Linux parts')
  .helpOption('-h, --help', 'show what can be said')
  .helpCommand('help [command]', 'show what can be said')
  .addHelpText(
    'after',
    '\nExit codes: 0 well, 1 failed or not healthy, 2 a mistake in the command or request, 3 no array',
  )
  .exitOverride()

// Each command is loaded when it is called: `star help` must not wait for the AWS clients.
addRequestFlags(program.command('up').description('build an array, or complete it'))
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the result as JSON; progress goes to standard error')
  .action(async (file, flags) => finish((await import('./up.ts')).up(file, flags)))

program
  .command('status')
  .description('ask the nodes what is so: who is ACTIVE, pool, LUNs, every path on every host')
  .option('--array <name>', 'which array, where there are several')
  .option('--json', 'print it as JSON')
  .action(async flags => finish((await import('./status.ts')).status(flags)))

addRequestFlags(
  program.command('plan').description('what would be made, how long it takes, what it costs; makes nothing'),
)
  .option('--json', 'print it as JSON')
  .action(async (file, flags) => finish((await import('./plan.ts')).plan(file, flags)))

program
  .command('shell')
  .description('root on a node; with a command: run it, its exit code is ours')
  .argument('<node>', 'such as star0001-ctl1 or instance-1')
  .argument('[command...]', 'after --')
  .option('--array <name>', 'which array, where there are several')
  .action(async (node, command, flags) => finish((await import('./shell.ts')).shell(node, command, flags)))

program
  .command('logs')
  .description('the steps of an execution; without a name, of the newest')
  .argument('[execution]')
  .option('--follow', 'go on until it ends')
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the events, one JSON object a line')
  .action(async (execution, flags) => finish((await import('./logs.ts')).logs(execution, flags)))

program
  .command('down')
  .description('remove an array with all its data')
  .option('--array <name>', 'which array, where there are several')
  .option('--yes', 'do not ask')
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the result as JSON; progress goes to standard error')
  .action(async flags => finish((await import('./down.ts')).down(flags)))

program
  .command('test')
  .description('run the tests: fast (no machines), e2e (the whole array on machines), or both')
  .argument('[part]', 'fast or e2e')
  .argument('[files...]', 'only test files whose path has one of these words')
  .action(async (part, files) => finish((await import('./test.ts')).test(part, files)))

async function finish(work: Promise<number>): Promise<void> {
  process.exitCode = await work
}

// `star … | head` ends our output: no error of ours.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed it; help and --version are no mistake.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.mistake
  } else {
    const { lines, exitCode } = show(error)
    console.error(lines.map((line, i) => (i === 0 ? `star: ${line}` : line)).join('\n'))
    process.exitCode = exitCode
  }
}
