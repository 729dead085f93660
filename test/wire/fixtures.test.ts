import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allFixtures, type Fixture, type FixtureServer, openFixtures } from './fixtures.ts'
import { parseXml, unseenOfJson, unseenOfXml } from './known.ts'
import { commandOf, type Service, sdkClients, services } from './services.ts'

const fixtures = allFixtures()
const isError = ({ answer }: Fixture) => answer.status >= 300

let server: FixtureServer
beforeAll(async () => {
  server = await openFixtures()
})
afterAll(() => server.close())

/** What the SDK makes of it: an answer, or an error. */
async function receive({ name, service, command }: Fixture) {
  const known = services.find(each => each.name === service) as Service
  const { Command, output } = commandOf(known, command) ?? {}
  if (!Command || !output) throw new Error(`${service} has no ${command}`)
  server.play([name])
  const send = sdkClients(server.url)[known.name].send as (command: unknown) => Promise<object>
  const client = sdkClients(server.url)[known.name]
  const answer = await send.call(client, new Command({})).catch((error: Error) => error)
  return { answer, output, json: known.json }
}

test('there is one for every command that functions use', () => {
  const folder = join(import.meta.dirname, '../../functions')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
  const text = files.map(file => readFileSync(join(folder, file), 'utf8')).join()
  const used = new Set(Array.from(text.matchAll(/new ([A-Z]\w+)Command\(/g), ([, command]) => command))
  const answered = new Set(fixtures.filter(fixture => !isError(fixture)).map(({ command }) => command))

  expect([...used].filter(command => !answered.has(command as string))).toEqual([])
})

describe('every element and field of an answer is known to the SDK and seen', () => {
  test.each(fixtures.filter(fixture => !isError(fixture)).map(fixture => [fixture.name, fixture] as const))(
    '%s',
    async (_, fixture) => {
      const { answer, output, json } = await receive(fixture)
      expect(answer).not.toBeInstanceOf(Error)
      if (json) {
        expect(fixture.answer.headers['Content-Type']).toBe(json.type)
        expect(unseenOfJson(output, JSON.parse(fixture.answer.body), answer)).toEqual([])
      } else {
        const root = parseXml(fixture.answer.body)
        // EC2 says `return`, from its oldest days, also where the SDK knows of none.
        const children = root.children.filter(({ tag }) => tag !== 'requestId' && tag !== 'return')
        expect(root.tag).toBe(`${fixture.command}Response`)
        expect(unseenOfXml(output, { ...root, children }, answer)).toEqual([])
      }
    },
  )
})

describe('every error has its name, its message and its status', () => {
  test.each(fixtures.filter(isError).map(fixture => [fixture.name, fixture] as const))('%s', async (_, fixture) => {
    const { answer, json } = await receive(fixture)
    const { status, body } = fixture.answer
    const said = json ? JSON.parse(body) : body && fieldsOf(body)
    const name = body ? fixture.which : 'Unknown'
    const message = said.message || said.Message

    expect(answer).toMatchObject({ name, $metadata: { httpStatusCode: status } })
    if (message) expect(answer).toMatchObject({ message })
  })

  /** Of `<Response><Errors><Error>…`: anything else would not be what EC2 says. */
  function fieldsOf(xml: string) {
    const { tag, children } = parseXml(xml)
    const [errors, id] = children
    const [error] = errors?.children ?? []
    expect([tag, errors?.tag, error?.tag, id?.tag]).toEqual(['Response', 'Errors', 'Error', 'RequestID'])
    return Object.fromEntries((error?.children ?? []).map(({ tag, text }) => [tag, text]))
  }
})

test('the check itself sees a typing error, a lost text and a place of its own', async () => {
  const fixture = fixtures.find(({ name }) => name === 'ec2/DescribeVolumes.page-1') as Fixture
  const { answer, output } = await receive(fixture)
  const check = (body: string) => {
    const root = parseXml(body)
    return unseenOfXml(output, { ...root, children: root.children.slice(1) }, answer)
  }
  const { body } = fixture.answer

  expect(check(body.replaceAll('multiAttachEnabled', 'multiAttach'))).toEqual([
    'DescribeVolumesResponse/volumeSet/item/multiAttach is not known',
  ])
  expect(check(body.replace('<size>10</size>', '<size>11</size>'))).toHaveLength(1)
  expect(check(body.replace('<snapshotId/>', '<snapshotId><id/></snapshotId>'))).toHaveLength(1)
})
