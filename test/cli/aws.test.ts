/** The command as it is run, with the AWS SDK's own clients, against a local cloud in memory that speaks AWS's protocols. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { useClients } from '../../functions/shared/clients.ts'
import { takeLock } from '../../functions/shared/lock.ts'
import { systemClock } from '../../infra/local/clock.ts'
import { startInBackground } from '../../infra/local/engine-background.ts'
import { recordExecution } from '../../infra/local/sfn.ts'
import { type LabOptions, openLab } from '../statemachines/lab.ts'
import { temporaryFolder } from '../temporary.ts'
import { openEndpoint } from '../wire/endpoint.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const region = 'ap-northeast-1'

async function openStack(options: LabOptions = {}) {
  const lab = openLab({ ...options, cloud: { ...options.cloud, histories: true } })
  const abort = new AbortController()
  const background = startInBackground(lab.cloud, { signal: abort.signal })
  const { url, close } = await openEndpoint(lab.cloud)
  // Before the lab is closed: what was registered last comes first.
  onTestFinished(async () => {
    abort.abort()
    await background.idle()
    await close()
  })
  const env = {
    PATH: process.env.PATH,
    HOME: temporaryFolder('aws-home'),
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const begin = (args: string[], more: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', chunk => (said[name] += chunk))
    const ended = once(child, 'close').then(([status]) => ({ ...said, status: status as number | null }))
    const says = (words: RegExp) => vi.waitUntil(() => words.test(said.stdout), { timeout: 30_000 })
    return { child, ended, says }
  }
  const star = (...args: string[]) => begin(['--cloud', 'aws', ...args]).ended
  return { ...lab, begin, star }
}

describe('star --cloud aws', { timeout: 120_000 }, () => {
  it('builds, shows, changes and removes an array, as on the local cloud', async () => {
    const { star, begin } = await openStack()
    const built = await begin(['up', '--disk-size', '20G', '--json'], { STAR_CLOUD: 'aws' }).ended
    expect(built.stderr).toMatch(/create-pool +star0001-ctl1 +done/)
    expect(built).toMatchObject({ status: 0 })
    const { changed, inspection, console: links } = JSON.parse(built.stdout)
    expect([changed, inspection.healthy]).toEqual([true, true])
    const host = `https://${region}.console.aws.amazon.com`
    expect(links).toEqual({
      execution: expect.stringMatching(
        `^${host}/states/home\\?region=${region}#/v2/executions/details/arn:aws:states:${region}:000000000000:execution:provision-array:star0001-`,
      ),
      instances: `${host}/ec2/home?region=${region}#Instances:tag:star:array=star0001`,
    })
    expect(built.stderr).toContain(`console: ${links.execution}\n`)

    const again = await star('up')
    expect(again.stdout).toMatch(
      /star0001 was up already; nothing was changed\ntry: \.\/star --cloud aws shell instance-1 /,
    )

    const status = await star('status')
    expect(status.stdout).toMatch(/^array\tstar0001\thealthy\tready\n/)
    expect([status.stderr, status.status]).toEqual(['', 0])

    const added = await star('lun', 'add', '--count', '2', '--size', '1G')
    expect(added.stdout).toMatch(/2 LUNs added to star0001: LUN6, LUN7\n$/)

    const logs = await star('logs')
    expect(logs.stdout).toMatch(
      /^add-luns {2}star0001-\S+ {2}2026-[\s\S]*prove-luns +instance-1 +done [\s\S]*ended well, after /,
    )
    const [, name = ''] = /^add-luns {2}(\S+)/.exec(logs.stdout) ?? []
    const events = (await star('logs', name, '--json')).stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(events[0]).toMatchObject({ kind: 'execution-started', machine: 'add-luns', execution: name })
    expect(events.at(-1)).toMatchObject({ kind: 'execution-ended', output: { luns: ['LUN6', 'LUN7'] } })

    const large = await star('lun', 'add', '--size', '1T')
    expect(large.status).toBe(2)
    expect(large.stderr).toMatch(/LUNs were not added to star0001[\s\S]*pool/)

    const gone = await star('down', '--yes')
    expect(gone.stdout).toMatch(/star0001 is gone\n$/)
    expect(gone.stdout).not.toContain('instances: ')
    expect(await star('status')).toMatchObject({
      status: 3,
      stderr: 'star: there is no array; ./star --cloud aws up makes one\n',
    })
  })

  it('puts an event on the bus, and follows what it starts; the same one starts nothing', async () => {
    const { begin, run } = await openStack()
    await run('provision-array', { disks: { size: '20G' } })
    const file = join(temporaryFolder('event'), 'event.json')
    const write = (detail: object) =>
      writeFileSync(file, JSON.stringify({ source: 'star.client', 'detail-type': 'LUNs Requested', detail }))
    const event = () => begin(['--cloud', 'aws', 'event', file]).ended
    write({ array: 'star0001', luns: [{ size: '1G' }], key: 'monday' })
    const first = await event()
    expect(first.stdout).toMatch(
      /^console: https[\s\S]*prove-luns +instance-1 [\s\S]*\nadd-luns:star0001-[0-9a-f]{16}: ended well\n$/,
    )
    const second = await event()
    expect([second.status, second.stderr]).toEqual([0, expect.stringMatching(/nothing was started: .*the same key/)])
    write({ array: 'star0001', luns: [] })
    expect(await event()).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^star: luns: must list 1 LUN or more/),
    })
  })

  it('tells who changes an array, and ends that', async () => {
    const { star, run, cloud, clock } = await openStack()
    await run('provision-array', {})
    const executionArn = recordExecution(cloud.store, {
      machine: 'reboot-nodes',
      name: 'r1',
      input: {},
      at: clock.now(),
    })
    useClients(cloud)
    await takeLock('star0001', executionArn, 'reboot-nodes')
    const busy = await star('start')
    expect(busy.status).toBe(1)
    expect(busy.stderr).toMatch(
      /ArrayBusy: star0001 is being changed by reboot-nodes since .*reboot-nodes:r1[\s\S]*Wait until that has ended/,
    )
    expect((await star('list')).stdout).toMatch(/^star0001\tready\t3 running\tbusy: reboot-nodes/)
    expect((await star('cancel')).stdout).toMatch(/^reboot-nodes:r1 was told to end/)
    expect(cloud.store.get('execution', executionArn)).toMatchObject({ stop: { cause: 'star cancel' } })
  })

  it('leaves what runs there alone on Ctrl-C, and says how to follow and how to end it', async () => {
    const { begin, star, cloud } = await openStack({
      cloud: { clock: systemClock },
      driver: { clock: systemClock, bootMs: 1e9 },
    })
    const { child, ended, says } = begin(['up', '--cloud', 'aws'])
    await says(/attach-disk/)
    child.kill('SIGINT')
    const { status, stderr } = await ended
    expect(status).toBe(130)
    const [, id = ''] = /^star: interrupted; (provision-array:star0001-\S+) goes on on AWS\n/.exec(stderr) ?? []
    expect(stderr).toContain(`Follow it: ./star --cloud aws logs ${id} --follow\n`)
    expect(stderr).toContain(`End it:    ./star --cloud aws cancel ${id}\n`)

    const executionArn = `arn:aws:states:${region}:000000000000:execution:${id}`
    const describe = () => cloud.sfn.send(new DescribeExecutionCommand({ executionArn }))
    expect((await describe()).status).toBe('RUNNING')
    const follower = begin(['--cloud', 'aws', 'logs', id, '--follow'])
    expect((await star('cancel', id)).status).toBe(0)
    expect((await follower.ended).stdout).toMatch(/failed: Aborted: .*, after /)
    expect((await describe()).status).toBe('ABORTED')
  })

  it('says what to do instead of what only the local cloud can', async () => {
    const { star, run } = await openStack()
    await run('provision-array', { hosts: [{ perfweb: true }] })
    const [shell, command, open, serve, events] = await Promise.all([
      star('shell', 'star0001-ctl1'),
      star('shell', 'instance-1', '--', 'multipath -ll | wc -l'),
      star('open', 'perfweb'),
      star('serve'),
      star('events'),
    ])
    expect(shell.stderr).toMatch(/\n {2}aws ssm start-session --region ap-northeast-1 --target i-[0-9a-f]{17}\n/)
    expect(command.stderr).toContain(
      `--document-name AWS-StartInteractiveCommand --parameters '{"command":["sudo sh -c '\\''multipath`,
    )
    expect(open.stderr).toMatch(/AWS-StartPortForwardingSession .*"portNumber":\["80"\]/)
    expect(serve.stderr).toMatch(/docs\/deploy\.md/)
    expect(events.stderr).toMatch(/EventBridge keeps no events/)
    expect([shell, command, open, serve, events].map(({ status }) => status)).toEqual([2, 2, 2, 2, 2])
  })

  it('tells a missing stack, missing credentials and a missing region apart', async () => {
    const { star, begin } = await openStack({ faults: { ListStateMachines: () => ({ stateMachines: [] }) } })
    const [nothing, nobody, nowhere, local] = await Promise.all([
      star('status'),
      begin(['--cloud', 'aws', 'status'], { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }).ended,
      begin(['--cloud', 'aws', 'status'], { AWS_REGION: undefined }).ended,
      begin(['status', '--region', region]).ended,
    ])
    expect(nothing.stderr).toMatch(/^star: STAR is not deployed in this account and region\. docs\/deploy\.md says how/)
    expect(nobody.stderr).toMatch(/^star: there are no credentials for AWS/)
    expect(nowhere.stderr).toMatch(/^star: which region\? Say --region/)
    expect(local.stderr).toMatch(/^star: --region: only --cloud aws has regions/)
    expect([nothing, nobody, nowhere, local].map(({ status }) => status)).toEqual([2, 2, 2, 2])
  })
})
