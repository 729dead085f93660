// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's own
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

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

test('on Rocky Linux it is installed from the region’s own bucket, asked for with a token, and tried again', () => {
  const metadata = 'case "$*" in *api/token*) echo TOKEN;; *TOKEN*region*) echo eu-west-1;; esac'
  const calls = boot({
    systemctl: '[ "$1" = enable ]',
    curl: metadata,
    sleep: '',
    dnf: '[ "$(/bin/grep -c ^dnf "${0%/*}/log")" -ge 3 ]',
  })

  const rpm = 'https://s3.eu-west-1.amazonaws.com/amazon-ssm-eu-west-1/latest/linux_amd64/amazon-ssm-agent.rpm'
  expect(calls.filter(call => call.startsWith('dnf'))).toEqual(Array(3).fill(`dnf install -y ${rpm}`))
  expect(calls.at(-1)).toBe('systemctl enable --now amazon-ssm-agent.service')
})
