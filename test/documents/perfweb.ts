/** perfweb's programs, run here as on a host: real samples, real graphs, the real web server on a port of loopback. */
import { execFileSync, spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { source } from './node.ts'

export const ZONE = 'Asia/Tokyo'
export const sadc = '/usr/lib/sysstat/sadc'
const packageOf: Record<string, string> = {
  [sadc]: 'sysstat',
  '/usr/bin/sadf': 'sysstat',
  '/usr/bin/faketime': 'faketime',
  '/usr/sbin/apache2': 'apache2-bin',
  '/usr/bin/chromium': 'chromium',
}

/** Throws with the line that installs what is missing. */
export function need(...programs: string[]): void {
  const missing = programs.filter(program => !isProgram(program)).map(program => packageOf[program])
  if (missing.length === 0) return
  throw new Error(`this test needs: apt-get install -y --no-install-recommends ${[...new Set(missing)].join(' ')}`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const program = (name: string) => join(source, 'files', name)
const environment = { ...process.env, TZ: ZONE }

export function python(file: string, ...words: string[]): string {
  return execFileSync('python3', [file, ...words], { encoding: 'utf8', env: environment })
}

export const render = (folder: string, now: string) =>
  python(
    program('star-perfweb-render'),
    ...['--daily', join(folder, 'daily'), '--short', folder, '--out', join(folder, 'www')],
    ...['--host', 'instance-1', '--now', now],
  )

/** A curve of a graph: its legend, and its bars as [seconds from the left, value]. sadf draws none for a zero. */
export interface Curve {
  min: number
  max: number
  bars: [number, number][]
}

/** How samples, `step` seconds apart, have to be drawn. */
export const curveOf = (samples: number[], step: number): Curve => ({
  min: Math.min(...samples),
  max: Math.max(...samples),
  bars: samples.flatMap((value, i): [number, number][] => (value > 0 ? [[i * step, value]] : [])),
})

/** What one view of a graph shows: its curves by name, and the times below it. */
export function viewOf(svg: string, title: string) {
  const [, view] = svg.split(`>${title}\n`)
  if (!view) throw new Error(`no view ${title} among ${svg.match(/stroke: none">.*\n/g)}`)
  const text = view.split('<rect x="0" y="0" height="300"')[0] as string
  const legend = [...text.matchAll(/fill: (#\w+); stroke: none; font-size: 12px">(\S+) \(([\d.]+), ([\d.]+)\)/g)]
  const bars = new Map(
    [...text.matchAll(/<g style="fill: (#\w+); stroke: none"[^>]*>\n(.*)/g)].map(([, colour, rects]) => [
      colour,
      [...(rects as string).matchAll(/x="(\d+)" y="[\d.]+" height="([\d.]+)"/g)].map(
        ([, x, height]): [number, number] => [Number(x), Number(height)],
      ),
    ]),
  )
  const curves = legend.map(([, colour, name, min, max]): [string, Curve] => [
    name as string,
    { min: Number(min), max: Number(max), bars: bars.get(colour as string) ?? [] },
  ])
  return { curves: Object.fromEntries(curves), times: [...text.matchAll(/>(\d\d:\d\d:\d\d)</g)].map(([, at]) => at) }
}

/** The same samples, as sysstat prints them: `user` of all processors together, one number a sample. */
export function userOf(file: string, step: number, begin: string, end?: string): number[] {
  const words = ['-j', '-T', '-s', begin, ...(end ? ['-e', end] : []), file, String(step), '--', '-u']
  const { sysstat } = JSON.parse(execFileSync('sadf', words, { encoding: 'utf8', env: environment }))
  // Where samples are skipped, sadf may print one that has a time and nothing else.
  return sysstat.hosts[0].statistics.flatMap(
    (at: { 'cpu-load'?: { user: number }[] }) => at['cpu-load']?.[0]?.user ?? [],
  )
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

/** The web server with the configuration that hosts have. It has read everything once `star-perfweb wait` comes back. */
export async function serve(folder: string, digest: string): Promise<{ url: string; stop(): Promise<void> }> {
  const run = join(folder, 'run')
  mkdirSync(run, { recursive: true })
  for (let path = folder; path.length > 4; path = join(path, '..')) chmodSync(path, 0o755)
  const port = await freePort()
  const child = spawn('/usr/sbin/apache2', ['-D', 'FOREGROUND', '-f', program('star-perfweb.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...environment,
      STAR_HTTPD_MODULES: '/usr/lib/apache2/modules',
      STAR_HTTPD_USER: 'www-data',
      STAR_HTTPD_LOG: join(run, 'log'),
      STAR_LISTEN: `127.0.0.1:${port}`,
      STAR_RUN: run,
      STAR_PERFWEB: join(folder, 'www'),
      STAR_PERFWEB_DIGEST: digest,
    },
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  try {
    python(program('star-perfweb'), 'wait', '--port', String(port))
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `http://127.0.0.1:${port}/`, stop }
}

/** An empty file of digests, as the document leaves it. */
export function digestFile(folder: string): string {
  const path = join(folder, 'perfweb.digest')
  writeFileSync(path, '', { mode: 0o644 })
  return path
}
