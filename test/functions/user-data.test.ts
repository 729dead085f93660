// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's own
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { userData } from '../../functions/shared/user-data.ts'

const script = join(import.meta.dirname, '../../functions/shared/user-data.sh')

/** Runs the script where only these commands exist; returns what was called. */
function boot(commands: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'star-user-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  writeFileSync(log, '')
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  execFileSync('/bin/sh', [script], { env: { PATH: folder }, stdio: 'pipe' })
  return readFileSync(log, 'utf8').trim().split('\n').filter(Boolean)
}

test('where the agent is in the image it is only started', () => {
  expect(boot({ systemctl: 'exit 0', dnf: 'exit 0' })).toEqual([
    'systemctl cat amazon-ssm-agent.service',
    'systemctl enable --now amazon-ssm-agent.service',
  ])
})

test('without dnf nothing happens', () => {
  expect(boot({ systemctl: 'exit 1' })).toEqual(['systemctl cat amazon-ssm-agent.service'])
})

/** The metadata service, asked with a token; dnf that works at its third call. */
const rocky = (region: string, domain: string) => ({
  systemctl: '[ "$1" = enable ]',
  curl: `case "$*" in *api/token*) echo TOKEN;; *TOKEN*placement/region) echo ${region};; *TOKEN*domain) echo ${domain};; esac`,
  sleep: '',
  timeout: 'shift; exec "$@"',
  dnf: '[ "$(/bin/grep -c ^dnf "${0%/*}/log")" -ge 3 ]',
})

test('on Rocky Linux it is installed from the region’s own bucket, asked for with a token, and tried again', () => {
  const calls = boot(rocky('eu-west-1', 'amazonaws.com'))

  const rpm = 'https://s3.eu-west-1.amazonaws.com/amazon-ssm-eu-west-1/latest/linux_amd64/amazon-ssm-agent.rpm'
  expect(calls.filter(call => call.startsWith('dnf'))).toEqual([
    `dnf install -y --disablerepo=* ${rpm}`,
    ...Array(2).fill(`dnf install -y ${rpm}`),
  ])
  expect(calls.at(-1)).toBe('systemctl enable --now amazon-ssm-agent.service')
})

test('in China the bucket is under another domain', () => {
  const rpm = 'https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1/latest/linux_amd64/amazon-ssm-agent.rpm'

  expect(boot(rocky('cn-north-1', 'amazonaws.com.cn'))).toContain(`dnf install -y ${rpm}`)
})

test('every wait has an end, and what could not be done is said', () => {
  const never = { ...rocky('eu-west-1', 'amazonaws.com'), dnf: 'exit 1' }

  expect(() => boot(never)).toThrow(/the SSM agent could not be installed from https:/)
  expect(() => boot({ ...never, curl: 'exit 7' })).toThrow(/the metadata service told no region/)
  expect(readFileSync(script, 'utf8')).toMatch(/--retry-max-time 60/)
})

test('an instance that is to be an image ends by itself, if nobody ends it', () => {
  const [first, second, ...rest] = userData(90).split('\n')

  expect([first, second]).toEqual(['#!/bin/sh', 'shutdown -P +90'])
  expect([first, ...rest].join('\n')).toBe(userData())
})

test('shellcheck has nothing to say', () => {
  expect(execFileSync('shellcheck', [script], { encoding: 'utf8' })).toBe('')
})
