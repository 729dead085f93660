/** Answers in AWS's own shapes, one a file: fixtures/<service>/<command>.<which>.http. fixtures/README.md says what they are. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type Endpoint, serve } from './endpoint.ts'

const folder = join(import.meta.dirname, 'fixtures')

export interface Fixture {
  /** `ec2/DescribeVolumes.InvalidVolume.NotFound` */
  name: string
  service: string
  command: string
  /** `InvalidVolume.NotFound`: for an error its name. */
  which: string
  answer: Answer
}

export function allFixtures(): Fixture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.http'))
    .map(file => fixture(file.replace('.http', '')))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function fixture(name: string): Fixture {
  const [, service = '', command = '', which = ''] = /^(\w+)\/(\w+)\.(.+)$/.exec(name) ?? []
  const text = readFileSync(join(folder, `${name}.http`), 'utf8')
  const end = text.indexOf('\n\n')
  const [status = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(lines.map(line => line.split(/: (.*)/, 2)))
  return {
    name,
    service,
    command,
    which,
    answer: { status: Number(status.split(' ')[1]), headers, body: text.slice(end + 2) },
  }
}

export interface FixtureServer extends Endpoint {
  /** What is answered from now on: each command gets its fixtures in their order. */
  play(names: string[]): void
  /** What was not asked for, and what was asked for in vain. Both are empty when all went as it was meant. */
  rest(): { left: string[]; unexpected: string[] }
}

export async function openFixtures(): Promise<FixtureServer> {
  let left: Fixture[] = []
  let unexpected: string[] = []
  const endpoint = await serve(async ({ headers }, body) => {
    const target = String(headers['x-amz-target'] ?? '').split('.')[1]
    const command = target ?? new URLSearchParams(body).get('Action') ?? ''
    const next = left.findIndex(fixture => fixture.command === command)
    if (next >= 0) return (left.splice(next, 1) as [Fixture])[0].answer
    unexpected.push(command)
    return { status: 400, headers: {}, body: '' }
  })
  return {
    ...endpoint,
    play(names) {
      left = names.map(fixture)
      unexpected = []
    },
    rest: () => ({ left: left.map(({ name }) => name), unexpected }),
  }
}
