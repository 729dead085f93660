/** The commands of `star`: what can be said. Each is loaded when it is called: `star help` must not wait for the AWS clients. */
import { Command, Option } from 'commander'
import { type Choice, chooseCloud } from './chosen.ts'
import { Mistake } from './failure.ts'
import { addRequestFlags, whole } from './options.ts'

export const program = new Command('star')
  .description('STAR, the see-through array: a dual-controller block storage array out of ordinary Linux parts')
  .addOption(
    new Option('--cloud <cloud>', 'the one on this computer, or the stack on AWS (docs/deploy.md)')
      .choices(['local', 'aws'])
      .default('local')
      .env('STAR_CLOUD'),
  )
  .option('--region <region>', 'of AWS; else AWS_REGION, or that of your AWS profile')
  .hook('preAction', choose)
  .configureHelp({ showGlobalOptions: true })
  .helpOption('-h, --help', 'show what can be said')
  .helpCommand('help [command]', 'show what can be said')
  .addHelpText(
    'after',
    '\nExit codes: 0 well, 1 failed or not healthy, 2 a mistake in the command or request, 3 no array, 4 stopped, 130 interrupted' +
      '\nOn AWS Ctrl-C ends the command alone: what it started goes on there (star logs --follow, star cancel)',
  )
  .exitOverride()

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

program
  .command('check')
  .description('prove that an array works: log in and read through every path; names what is wrong, and the remedy')
  .option('--array <name>', 'which array, where there are several')
  .option('--json', 'print it as JSON')
  .action(async flags => finish((await import('./check.ts')).check(flags)))

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
  .option('--svg <file>', 'draw the timeline into a file')
  .option('--json', 'print the events, one JSON object a line')
  .action(async (execution, flags) => finish((await import('./logs.ts')).logs(execution, flags)))

program
  .command('cancel')
  .description('end an operation where it stands; asked for again, it goes on from there')
  .argument('[execution]', 'unless named, the one that changes the array now')
  .option('--array <name>', 'which array, where there are several')
  .action(async (execution, flags) => finish((await import('./cancel.ts')).cancel(execution, flags)))

program
  .command('down')
  .description('remove an array with all its data')
  .option('--array <name>', 'which array, where there are several')
  .option('--yes', 'do not ask')
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the result as JSON; progress goes to standard error')
  .action(async flags => finish((await import('./down.ts')).down(flags)))

operation(
  program
    .command('lun')
    .description('LUNs of an array that runs')
    .command('add')
    .description('add LUNs while I/O runs')
    .argument(
      '[luns.json]',
      'several kinds at once: a list such as [{"count": 10, "size": "1G"}]; - reads standard input',
    )
    .addOption(new Option('--count <n>', 'how many (1)').argParser(whole))
    .option('--size <size>', 'size of each (3072M)')
    .option('--name <name>', 'name of the one LUN; else names go on where the array stands')
    .option('--host <name...>', 'who may see them; else each host that may see all LUNs')
    .option('--key <key>', 'idempotency key: the same one adds once'),
).action(async (file, flags) => finish((await import('./lun.ts')).addLuns(file, flags)))

operation(interrupting(program.command('reboot').description('reboot both controllers, one at a time, while I/O runs')))
  .option('--force', 'in spite of reasons that cost redundancy, never of those that cost service')
  .action(async flags => finish((await import('./power.ts')).reboot(flags)))

operation(
  interrupting(
    program.command('failover').description("hand ACTIVE's role over to the other controller, while I/O runs"),
  ),
)
  .addOption(
    new Option('--to <node>', 'number of the controller that is to be ACTIVE (the one that is not)').argParser(whole),
  )
  .option('--force', 'in spite of reasons that cost redundancy, never of those that cost service')
  .action(async flags => finish((await import('./power.ts')).failover(flags)))

operation(interrupting(program.command('stop').description('stop all machines of an array, in order; data stays')))
  .option('--force', 'stop hosts that do not answer or still use their LUNs')
  .action(async flags => finish((await import('./power.ts')).stop(flags)))

operation(program.command('start').description('start a stopped array, and verify it')).action(async flags =>
  finish((await import('./power.ts')).start(flags)),
)

operation(program.command('schedule').description('show when an array starts and stops by itself, or set that'))
  .option('--start <cron>', "when to start it, such as '0 9 * * 1-5'; a new schedule takes the place of the old one")
  .option('--stop <cron>', "when to stop it, such as '0 19 * * *'")
  .option('--timezone <zone>', 'of these times (Asia/Tokyo)')
  .option('--remove', 'no schedule any more')
  .option('--keep-running-until <time>', 'no stop by schedule until then, such as 2026-11-24T22:00:00+09:00')
  .option('--no-keep-running', 'take that back')
  .action(async flags => finish((await import('./schedule.ts')).schedule(flags)))

operation(program.command('perfweb').description('let a host serve graphs of its disk, cpu and net, behind a password'))
  .option('--host <name>', 'which host (the first one)')
  .action(async flags => finish((await import('./perfweb.ts')).perfweb(flags)))

program
  .command('open')
  .description("a host's perfweb on a port of this computer, until Ctrl-C")
  .argument('<what>', 'perfweb')
  .option('--array <name>', 'which array, where there are several')
  .option('--host <name>', 'which host (the first one that serves it)')
  .addOption(new Option('--port <n>', 'port of 127.0.0.1 (any that is free)').argParser(whole))
  .option('--json', 'print it as JSON')
  .action(async (what, flags) => finish((await import('./open.ts')).open(what, flags)))

program
  .command('list')
  .description('all arrays, or one, as the cloud knows them; no node is asked')
  .option('--array <name>', 'what one array is made of')
  .option('--json', 'print it as JSON')
  .action(async flags => finish((await import('./list.ts')).list(flags)))

const image = program.command('image').description('the machine image that new nodes are launched from')

image
  .command('prepare')
  .description('make one with all packages in it, unless there is one: nodes made of it install nothing')
  .addOption(
    new Option('--keep <n>', 'so many images of ours stay, the newest; all of them unless said').argParser(whole),
  )
  .option('--instance-type <type>', 'of the instance that it is made of (t3a.medium)')
  .option('--subnet <id>', 'where that stands (a default subnet)')
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the result as JSON; progress goes to standard error')
  .action(async flags => finish((await import('./image.ts')).prepareImage(flags)))

image
  .command('list')
  .description('those that were made, and the one that new nodes get')
  .option('--json', 'print it as JSON')
  .action(async flags => finish((await import('./image.ts')).listImages(flags)))

program
  .command('serve')
  .description('the HTTP API on this computer, http://127.0.0.1:8787; schedules are applied while it runs')
  .addOption(new Option('--port <n>', 'where to listen').argParser(whole).default(8787))
  .option('--time <time>', 'try schedules: the date begins here')
  .addOption(new Option('--speed <n>', 'try schedules: the date goes so many times as fast (1)').argParser(whole))
  .action(async flags => finish((await import('./serve.ts')).serve(flags)))

program
  .command('event')
  .description('put events on the bus, and follow what they start')
  .argument('<event.json>', 'one event or a list: {"source", "detail-type", "detail"}; - reads standard input')
  .option('--timings', 'print the timeline of steps at the end')
  .option('--json', 'print the result as JSON; progress goes to standard error')
  .action(async (file, flags) => finish((await import('./event.ts')).event(file, flags)))

program
  .command('events')
  .description('the events on the local bus, those that operations send among them')
  .option('--array <name>', 'only those about one array')
  .option('--follow', 'go on until Ctrl-C')
  .option('--json', 'print them as they are, one JSON object a line')
  .action(async flags => finish((await import('./bus.ts')).events(flags)))

program
  .command('synth')
  .description('write what can be deployed to AWS; needs no account and no network')
  .option('--out <folder>', 'where to (cdk.out)')
  .action(async flags => finish((await import('./synth.ts')).synth(flags)))

program
  .command('test')
  .description(
    'run the tests: fast, sequences (random ones, in memory), faults (likewise), e2e (the whole array on machines), or all',
  )
  .argument('[part]', 'fast, sequences, faults or e2e')
  .argument('[files...]', 'only test files whose path has one of these words')
  .action(async (part, files) => finish((await import('./test.ts')).test(part, files)))

program
  .command('bench')
  .description('measure on machines of this computer; without a name, say what there is')
  .argument('[name]', 'one of them')
  .addOption(new Option('--faults <n>', 'torture: how many (30)').argParser(whole))
  .addOption(new Option('--seed <n>', 'torture: which ones (1)').argParser(whole))
  .option('--only <words>', 'torture: those with these words in their name, each once, such as "power cut"')
  .addOption(
    new Option('--runs <n>', 'failover: how many of each (5); idle, build, data-path: how often (3)').argParser(whole),
  )
  .addOption(new Option('--arrays <n>', 'many: how many (1000)').argParser(whole))
  .option('--report [file]', 'write the report to a file, too (docs/results/<name>.md)')
  .action(async (name, flags) => finish((await import('./bench.ts')).bench(name, flags)))

/** What every command that changes an array takes. */
function operation(command: Command): Command {
  return command
    .option('--array <name>', 'which array, where there are several')
    .option('--timings', 'print the timeline of steps at the end')
    .option('--json', 'print the result as JSON; progress goes to standard error')
}

function interrupting(command: Command): Command {
  return command.option('--yes', 'do not ask')
}

function choose(top: Command): void {
  const options = top.opts<Choice>()
  if (options.region && options.cloud !== 'aws') throw new Mistake('--region: only --cloud aws has regions')
  chooseCloud(options, top.getOptionValueSource('cloud') === 'cli')
}

async function finish(work: Promise<number>): Promise<void> {
  process.exitCode = await work
}
