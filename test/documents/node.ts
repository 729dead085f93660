/**
 * A node in a folder: documents, and the programs they install, run here for real, with every absolute path of theirs
 * put below that folder, and with only such commands in PATH as cannot reach further. No privilege is needed.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { parseReport } from '../../functions/shared/reports.ts'
import { composeDocuments } from '../../ssm-documents/compose.ts'

const documents = composeDocuments()
export const source = join(import.meta.dirname, '../../ssm-documents')
export const documentText = (...path: string[]) => readFileSync(join(source, ...path), 'utf8')

/** Commands that do as they are told within the folder. All others of a node are `recorder.sh`. */
const real = `awk bash basename cat chmod cksum cmp cp cut date dirname echo env flock grep head install jq ln ls mkdir mkfifo mktemp mv
  printf python3 readlink rm rmdir sed sh sha256sum sleep sort ssh-keygen stat sync tar tee timeout touch tr xargs`
const recorded = `apt-get chown cloud-init crm_mon dmsetup dnf firewall-cmd grubby hostname iscsiadm journalctl lvchange lvs
  modprobe multipathd rpm setenforce ssh swapoff systemctl udevadm umount uname`

/** Folders that belong to the node. /proc is read for what no test asks; /dev/null and its like are nobody's. */
const NODE_PATH =
  /(?<![\w.$}/-]|^#!)\/(?:(?:etc|usr|var|sys|root|run|lib)(?=[/'"\s]|$)|dev(?=\/(?!(?:null|zero|urandom|fd|std\w+)\b)))/gm
const LEFT = /(?<!^#!|\/proc)\/(?:etc|usr|var|sys|root|run|boot|home|opt|srv|lib|tmp)\//m

/** Kept until the end of the test file: a node may serve several tests. */
const roots: string[] = []
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

const prefix = join(tmpdir(), 'star-node-')
/** Without the folder of any node: a partner's files come from another one. */
const seen = (text: string) => text.replaceAll(new RegExp(`${prefix}\\w{6}`, 'g'), '')

export interface Ran {
  status: number | null
  stdout: string
  stderr: string
  /** The last line of stdout, read as JSON. */
  readonly report: Record<string, unknown> & { changed: string[] }
}

export class Node {
  readonly root = mkdtempSync(prefix)
  readonly #name: string

  constructor(os: 'debian-12' | 'rocky-8', name = 'star0001-ctl1') {
    roots.push(this.root)
    this.#name = name
    const [id, version] = os.split('-')
    this.put('/etc/os-release', `ID=${id}\nVERSION_ID="${version}.9"\nPRETTY_NAME="${os}"\n`)
    this.put('/state/name', 'ip-172-31-0-9\n')
    for (const folder of ['bin', 'run']) mkdirSync(join(this.root, folder))
    for (const command of real.split(/\s+/)) symlinkSync(which(command), join(this.root, 'bin', command))
    copyFileSync(join(import.meta.dirname, 'recorder.sh'), join(this.root, 'bin/recorder'))
    chmodSync(join(this.root, 'bin/recorder'), 0o755)
    for (const command of recorded.split(/\s+/)) symlinkSync('recorder', join(this.root, 'bin', command))
  }

  path(path: string): string {
    return join(this.root, path)
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  exists(path: string): boolean {
    return existsSync(this.path(path))
  }

  /** As the node would see it. */
  read(path: string): string {
    return seen(readFileSync(this.path(path), 'utf8'))
  }

  /** What was done outside of files since the last question, in order. */
  commands(): string[] {
    if (!this.exists('/commands')) return []
    const lines = this.read('/commands').trimEnd().split('\n')
    rmSync(this.path('/commands'))
    return lines
  }

  /** The kernel's target as it is while a role is served; `alua`: its access state, SPC-4 (3: unavailable). */
  serves(alua = 0): void {
    const target = '/sys/kernel/config/target'
    this.put('/run/star/served', 'LUN0 36001405\n')
    this.put(`${target}/iscsi/iqn.2023-09.test.use.only:star0001-target/tpgt_1/enable`, '1\n')
    this.put(`${target}/iscsi/iqn.2023-09.test.use.only:star0001-target/tpgt_1/np/0.0.0.0:3260/iser`, '0\n')
    this.put(`${target}/core/iblock_0/STAR-LUN0/alua/node1_tg_pt_gp/alua_access_state`, `${alua}\n`)
  }

  document(name: string, parameters: Record<string, string> = {}): Ran {
    return this.bash(this.script(name, parameters))
  }

  /** A document's text as the agent would run it. */
  script(name: string, parameters: Record<string, string> = {}): string {
    const lines = documents.get(`STAR-${name}`)?.mainSteps[0].inputs.runCommand ?? []
    return lines.join('\n').replaceAll(/\{\{ (\w+) \}\}/g, (_, key) => parameters[key] as string)
  }

  /** Lines after lib/common.sh, under the options that documents have. */
  common(lines: string): Ran {
    return this.bash(`set -euo pipefail\n${documentText('lib/common.sh')}\n${lines}`)
  }

  bash(text: string): Ran {
    return this.#run('bash', text)
  }

  python(text: string, ...words: string[]): Ran {
    return this.#run('python3', text, ...words)
  }

  #run(program: string, text: string, ...words: string[]): Ran {
    const file = this.path('/script')
    writeFileSync(file, this.contain(text))
    const { status, stdout, stderr } = spawnSync(this.path(`/bin/${program}`), [file, ...words], {
      encoding: 'utf8',
      env: { PATH: this.path('/bin'), NODE_ROOT: this.root, HOME: this.root },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 15_000,
    })
    return {
      status,
      stdout: seen(stdout),
      stderr: seen(stderr),
      get report() {
        const found = parseReport(seen(stdout))
        if (!found) throw new Error(`no report, exit ${status}: ${stdout}${stderr}`)
        return found
      },
    }
  }

  /** The same text with this node's folder before every path of a node; throws where one would be left out. */
  contain(text: string): string {
    const contained = text
      .replaceAll('os.uname()[1]', JSON.stringify(this.#name))
      .replaceAll(NODE_PATH, path => this.root + path)
    const rest = contained.replaceAll(new RegExp(`${this.root}[^\\s'"]*`, 'g'), '')
    const left = LEFT.exec(rest)
    if (left)
      throw new Error(`a path of this machine is left in the script: ${rest.slice(left.index, left.index + 60)}`)
    return contained
  }
}

/** Debian's own before anything that a developer has put in front of it. */
export function which(command: string): string {
  const folders = ['/usr/bin', '/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const folder = folders.find(folder => existsSync(join(folder, command)))
  if (!folder) throw new Error(`${command} is needed for this test, and is not installed`)
  return join(folder, command)
}
