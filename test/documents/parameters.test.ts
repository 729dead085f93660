import { describe, expect, it } from 'vitest'
import { composeDocuments } from '../../ssm-documents/compose.ts'

/** Values as the workflows make them; the first of each is what the dangerous ones are built from. */
const CONTROLLERS = [
  'star0001-ctl1=172.31.0.11,star0001-ctl2=172.31.0.12',
  `${'c'.repeat(62)}1=10.0.0.1,${'c'.repeat(62)}2=255.255.255.255`,
]
const UUID = '01234567-89ab-cdef-0123-456789abcdef'
const KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'a+/'.repeat(14)}b==`.slice(0, 12 + 68)
const HOST = ['instance-1', 'h', 'h'.repeat(63)]
const INITIATOR = ['iqn.2023-09.com.example:host1-initiator', `iqn.2023-09.a:${'x'.repeat(209)}`]
const NAMES = ['star0001', 'a1', `a${'-'.repeat(30)}9`]
const many = (count: number, one: (i: number) => string) => Array.from({ length: count }, (_, i) => one(i)).join(',')
const WWID = (i: number) => `36001405${i.toString(16).padStart(25, '0')}`

const realistic: Record<string, string[]> = {
  'attach-host array': NAMES,
  'attach-host controllers': CONTROLLERS,
  'attach-host luns': ['6', '0', '256'],
  'attach-host seconds': ['960', '840', '5960'],
  'check-paths array': NAMES,
  'check-paths controllers': CONTROLLERS,
  'configure-target array': NAMES,
  'configure-target luns': [
    `LUN0=${UUID}=3072,LUN1=${UUID}=4`,
    `LUN0=${UUID}=3072`,
    many(256, i => `LUN${i}=${UUID}=3072`),
    `A=${UUID}=4`,
  ],
  'configure-target hosts': [
    'instance-1=iqn.2023-09.com.example:host1-initiator=LUN0+LUN1;instance-2=iqn.2023-09.a:b=LUN1',
    'instance-1=iqn.2023-09.com.example:host1-initiator=LUN0+LUN1',
    `h=iqn.2023-09.a:b=A;${HOST[2]}=${INITIATOR[1]}=${many(256, i => `LUN${i}`).replaceAll(',', '+')}`,
  ],
  'create-pool volumes': [
    'vol-0123456789abcdef0,vol-01234567',
    'vol-0123456789abcdef0',
    many(16, i => `vol-0123456789abcde${(i + 16).toString(16)}`),
  ],
  'create-pool luns': ['LUN0=3072,LUN1=4', 'LUN0=3072', many(256, i => `LUN${i}=3072`), 'ABCDEFGHIJ=16777216'],
  'form-cluster array': NAMES,
  'form-cluster controllers': CONTROLLERS,
  'form-cluster fencing': ['power', 'none', 'vol-0123456789abcdef0'],
  'form-cluster instances': ['i-0123456789abcdef0,i-0123456789abcdef1', 'i-01234567,i-89abcdef'],
  'form-cluster region': ['ap-northeast-1', 'us-gov-west-1'],
  'hand-over to': ['star0001-ctl2', 'a1', `${'c'.repeat(62)}2`],
  'prepare-controller array': NAMES,
  'prepare-controller name': ['star0001-ctl1', 'a2', `${'c'.repeat(62)}1`],
  'prepare-controller controllers': CONTROLLERS,
  'prepare-host name': HOST,
  'prepare-host initiator': INITIATOR,
  'prepare-host controllers': CONTROLLERS,
  'prove-luns wwids': [many(2, WWID), many(1, WWID), many(256, WWID)],
  'serve-luns luns': ['6', '1', '256'],
  'quiesce-host array': NAMES,
  'quiesce-host force': ['yes', 'no'],
  'settle-luns luns': ['LUN0,LUN1', 'LUN0', many(256, i => `LUN${i}`), 'ABCDEFGHIJ'],
  'start-cluster controllers': CONTROLLERS,
  'start-cluster until': ['serving', 'started'],
  'trust-partner partnerName': ['star0001-ctl2', 'a1'],
  'trust-partner partnerAddress': ['172.31.0.12', '10.0.0.1'],
  'trust-partner partnerKey': [KEY],
  'trust-partner partnerHostKey': [KEY],
}

/** What would leave the single quotes, or mean something to a shell, sed, XML, sshd or a file of lines. */
const dangerous = [
  ...["'", '"', '`', '\\', '$', '&', '|', '<', '>', '(', ')', '*', '?', '!', '#', '~', '%', '{', '}', '[', ']'],
  ...[
    '\n',
    '\r',
    '\t',
    '\0',
    ' ',
    ';',
    '$(id)',
    '`id`',
    "'; reboot; '",
    '; reboot',
    '\nreboot',
    '{{ array }}',
    'ä',
    '\u00a0',
  ],
]

const parameters = [...composeDocuments()].flatMap(([name, { parameters }]) =>
  Object.entries(parameters).map(([key, value]) => ({ key: `${name.slice('STAR-'.length)} ${key}`, ...value })),
)

it('has an example of every parameter, so that none goes untried', () => {
  expect(Object.keys(realistic).sort()).toEqual(parameters.map(({ key }) => key).sort())
})

describe.each(parameters)('$key', ({ key, allowedPattern, default: preset }) => {
  const pattern = new RegExp(allowedPattern)
  const values = realistic[key] as [string, ...string[]]

  it('is anchored at both ends, whatever alternatives it has', () => {
    expect(allowedPattern).toMatch(/^\^.*\$$/)
    for (const value of values) {
      expect(pattern.test(`#${value}`)).toBe(false)
      expect(pattern.test(`${value}#`)).toBe(false)
    }
  })

  it('takes what the workflows give', () => {
    for (const value of values) expect(value).toMatch(pattern)
    if (preset !== undefined) expect(preset).toMatch(pattern)
  })

  it('refuses what is empty, and what a shell could take for more than text', () => {
    expect(pattern.test('')).toBe(false)
    const [value] = values
    const taken = dangerous.flatMap(text =>
      // In place of each character too: a pattern may be strict at its ends only.
      [
        text,
        text + value,
        value + text,
        ...[...value].map((_, i) => value.slice(0, i) + text + value.slice(i + 1)),
      ].filter(attempt => pattern.test(attempt)),
    )
    // The one space of a public key, between type and body, is the one that is meant.
    expect(taken.filter(attempt => attempt !== value)).toEqual([])
  })
})
