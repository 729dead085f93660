import type { DocumentContent } from '../../../infra/local/ssm-document.ts'

/** The documents of the contract: small scripts, each to see one thing. */
export const documents = new Map<string, DocumentContent>([
  document('Test-exit', { code: '^[0-9]{1,3}$' }, 'echo out', 'echo err >&2', 'exit {{ code }}'),
  document('Test-sleep', { seconds: '^[0-9]{1,4}$' }, 'echo before', 'sleep {{ seconds }} & wait', 'echo after'),
  document('Test-flood', {}, "head -c 30000 /dev/zero | tr '\\0' x", "head -c 9000 /dev/zero | tr '\\0' y >&2"),
  document('Test-boot-id', {}, 'cat /proc/sys/kernel/random/boot_id'),
  document(
    'Test-disks',
    {},
    'udevadm settle',
    'ls /dev/disk/by-id/ | grep -x "nvme-Amazon_Elastic_Block_Store_vol[0-9a-f]*" || :',
  ),
  document(
    'Test-write',
    { volume: '^vol[0-9a-f]{17}$', text: '^[a-z]{1,16}$' },
    'echo {{ text }} | dd of=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{{ volume }} bs=512 conv=sync oflag=direct',
  ),
  document(
    'Test-read',
    { volume: '^vol[0-9a-f]{17}$' },
    "dd if=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{{ volume }} bs=512 count=1 iflag=direct | tr -d '\\0'",
  ),
  document(
    'Test-reboot',
    {},
    'mark=/var/tmp/rebooted-$SSM_COMMAND_ID',
    'if [ -e $mark ]; then echo again; cat /proc/sys/kernel/random/boot_id; exit 0; fi',
    'touch $mark; sync; exit 194',
  ),
  document('Test-leave', { text: '^[a-z]{1,16}$' }, 'echo {{ text }} >/var/tmp/left; sync'),
  document('Test-left', {}, 'cat /var/tmp/left'),
  document('Test-peer', { address: '^[0-9.]+$' }, 'ping -c 1 -W 5 {{ address }} >/dev/null && echo reached'),
  document(
    'Test-agent',
    {},
    '#!/bin/bash',
    'test -n "$BASH_VERSION" && printf "bash "',
    'test -z "$HOME" && printf "homeless "',
    'echo $(pwd) $(id -un) $AWS_SSM_INSTANCE_ID',
    'cat',
  ),
])

function document(name: string, patterns: Record<string, string>, ...runCommand: string[]): [string, DocumentContent] {
  const parameters = Object.entries(patterns).map(([key, allowedPattern]) => [key, { type: 'String', allowedPattern }])
  const step = { action: 'aws:runShellScript', name: 'run', inputs: { timeoutSeconds: '20', runCommand } }
  return [name, { schemaVersion: '2.2', parameters: Object.fromEntries(parameters), mainSteps: [step] }]
}
