// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's own
/** The script for a real account, run against commands that only say what AWS would. */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'infra/aws/verify.sh')
const parts = ['verify.sh', 'verify-checks.sh'].map(name => join(root, 'infra/aws', name))
const text = readFileSync(script, 'utf8')

/** Each answers by the words it is called with, and writes them down. `fails` are those that fail. */
function run(words: string[], { fails = 'nothing', input = '' }: { fails?: string; input?: string } = {}) {
  const folder = temporaryFolder('verify')
  const log = join(folder, 'log')
  writeFileSync(log, '')
  const command = (name: string, body: string) => {
    writeFileSync(
      join(folder, name),
      `#!/bin/bash\necho "${name} $*" >>${log}\n[[ "${name} $*" =~ ${fails} ]] && { echo "refused: $*" >&2; exit 1; }\n${body}\n`,
    )
    chmodSync(join(folder, name), 0o755)
  }
  command(
    'aws',
    `case "$*" in
      *get-caller-identity*) echo 123456789012 ;;
      *describe-stacks*Outputs*) echo https://api.example ;;
      *describe-stacks*) echo CREATE_COMPLETE ;;
      *star-check-input*) echo '{"errorType":"EventInvalid"}' >"\${*: -1}" ;;
      *list-state-machines*) (cd ${root}/statemachines && ls | sed 's/.asl.json//' | paste --serial) ;;
      *export-credentials*) printf '%s\\n' AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=topsecret AWS_SESSION_TOKEN=token ;;
      *'Name Invocations'*|*Invocations*) echo 3.0 ;;
      *PathsMissing*) echo 0.0 ;;
      *describe-images*owners\\ 7921*) echo 'Rocky-8-EC2-Base-8.10-20240528.0.x86_64 /dev/sda1' ;;
      *describe-images*ImageId*) echo ami-1 ;;
      *describe-images*SnapshotId*) echo snap-1 ;;
      *HttpTokens*) printf 'required\\tNone\\nrequired\\tNone\\n' ;;
      *Volumes*Encrypted*) printf 'True\\tTrue\\tTrue\\tTrue\\tTrue\\n' ;;
      *GroupName*) array=$(grep --only-matching 'verify-[0-9]*' <<<"$*" | head -n 1); printf '%s\\n' "star-$array" "star-$array" ;;
      *VolumeId*) printf 'vol-0a\\tvol-0b\\n' ;;
      *star:node*) echo i-1 ;;
      *send-command*) sed 's/.*"commands":\\["\\(.*\\)"\\].*/\\1/' <<<"$*" >${folder}/command; echo c-1 ;;
      *get-command-invocation*) case $(<${folder}/command) in
        *amazon-ssm-agent) echo amazon-ssm-agent-3.3.1 ;;
        *queryformat*) echo 'pacemaker-2.1.7,lvm2-2.03.14,' ;;
        getenforce) echo Disabled ;;
        stonith_admin*) echo fenced ;;
        *grep*) grep -q standby ${folder}/standby 2>/dev/null && echo 0 || { echo standby >${folder}/standby; echo 2; } ;;
        ls*) printf '%s\\n' nvme-Amazon_Elastic_Block_Store_vol0a nvme-Amazon_Elastic_Block_Store_vol0b ;;
      esac ;;
      *list-executions*) echo arn:aws:states:e ;;
      *get-execution-history*) echo 1500 ;;
    esac`,
  )
  command(
    'star',
    `case "$*" in
      *"up --json"*) cat >/dev/null; echo '{ "changed": false }' ;;
      *event*) cat >/dev/null ;;
      *"list --array"*) echo '{ "size": "100M" }' ;;
      *"image prepare"*) printf '{\\n  "image": "star-rocky-8-0123",\\n  "changed": true\\n}\\n' ;;
      *"image list"*) echo 'star-rocky-8-0123 used' ;;
    esac`,
  )
  command(
    'curl',
    `[[ "$*" == *--config* ]] || { echo -n 403; exit; }
    cat >${folder}/config
    case "$*" in
      *dryRun*) echo '{"plan":{"zone":"eu-west-1a"}}' ;;
      *inspections*) echo '{"operation":{"id":"inspect-array:1"}}' ;;
    esac
    echo -n 200`,
  )
  const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, AWS_REGION: 'eu-west-1', STAR: join(folder, 'star') }
  const { status, stdout, stderr } = spawnSync('/bin/bash', [script, ...words], { env, input, encoding: 'utf8' })
  const calls = readFileSync(log, 'utf8').trim().split('\n')
  const rows = stdout.split('\n').flatMap(line => {
    const [, id, verdict, , found] = /^(\S+) +(ok|failed|not tried) +(\d+) s {2}(.*)$/.exec(line) ?? []
    return id ? [[id, verdict, found] as const] : []
  })
  return {
    status,
    stdout,
    stderr,
    calls,
    verdicts: Object.fromEntries(rows.map(([id, verdict]) => [id, verdict])),
    rows,
  }
}

const ids = Array.from(text.matchAll(/^ *(?:if )?check ([a-z-]+) \d/gm), ([, id]) => id).filter(id => id !== 'down')

test('shellcheck has nothing to say', () => {
  expect(spawnSync('shellcheck', ['-x', ...parts], { encoding: 'utf8', cwd: root }).stdout).toBe('')
})

test('every check is explained in docs/aws-unverified.md, and the page names no other', () => {
  const page = readFileSync(join(root, 'docs/aws-unverified.md'), 'utf8')
  const named = Array.from(page.matchAll(/\| `([a-z-]+)` \|/g), ([, id]) => id)
  expect(ids.length).toBeGreaterThan(20)
  expect([...new Set(named)].sort()).toEqual([...ids, 'down'].sort())
})

describe('on an account where all is well', { timeout: 60_000 }, () => {
  test('all is ok, the array is removed, and so is the image that was made', () => {
    const { status, verdicts, calls, stdout, stderr } = run(['--yes', '--all'])

    expect(stderr).toBe('')
    expect(verdicts, stdout).toEqual(Object.fromEntries([...ids, 'down'].map(id => [id, 'ok'])))
    expect(status).toBe(0)
    expect(calls.filter(call => /^star .* down --array verify-\d+ --yes$/.test(call))).toHaveLength(1)
    expect(calls).toContain('aws ec2 deregister-image --image-id ami-1')
    expect(calls).toContain('aws ec2 delete-snapshot --snapshot-id snap-1')
  })

  test('a look makes nothing, and so does a person who says no', () => {
    for (const { status, calls, verdicts } of [run(['--look']), run([], { input: 'n\n' })]) {
      expect(status).toBe(0)
      expect(calls.filter(call => call.startsWith('star'))).toEqual([])
      expect(Object.keys(verdicts)).toEqual(ids.slice(0, ids.indexOf('up')))
    }
  })

  test('no key is an argument', () => {
    const { calls } = run(['--look'])
    expect(calls.filter(call => call.startsWith('curl')).length).toBeGreaterThan(1)
    expect(calls.join('\n')).not.toContain('topsecret')
  })
})

describe('where something is not as it should be', { timeout: 60_000 }, () => {
  test('it is named, the others are looked at all the same, and the array is removed', () => {
    const { status, verdicts, stdout, calls } = run(['--yes'], { fails: 'getenforce' })

    expect(status).toBe(1)
    expect(verdicts).toMatchObject({ selinux: 'failed', 'disk-names': 'ok', metrics: 'ok', down: 'ok' })
    expect(stdout).toContain('refused: ')
    expect(verdicts).not.toHaveProperty('reboot')
    expect(calls.some(call => call.includes('deregister-image'))).toBe(false)
  })

  test('an array that is not built is removed too, and not looked at', () => {
    const { status, verdicts } = run(['--yes'], { fails: '^star.*up' })

    expect(status).toBe(1)
    expect(verdicts).toMatchObject({ up: 'failed', down: 'ok' })
    expect(verdicts).not.toHaveProperty('nodes')
  })

  test('what cannot be removed is told, with the command that tries again', () => {
    const { status, stdout, verdicts } = run(['--yes'], { fails: '^star.*down' })

    expect([status, verdicts.down]).toEqual([1, 'failed'])
    expect(stdout).toMatch(/it costs: .*star --cloud aws --region eu-west-1 down --array verify-\d+/)
  })

  test('without a stack nothing else is tried', () => {
    const { status, verdicts } = run(['--yes'], { fails: 'describe-stacks' })

    expect([status, verdicts]).toEqual([1, { stack: 'failed' }])
  })
})

test('a word that it does not know shows what can be said', () => {
  const { status, stdout, calls } = run(['--everything'])

  expect([status, calls]).toEqual([2, ['']])
  expect(stdout).toMatch(/^Checks on a real account[\s\S]*--look[\s\S]*--yes/)
})
