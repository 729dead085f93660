/**
 * Bundles every function for Lambda: functions/<name>.ts → dist/functions/<name>/index.mjs, with all it needs inside and
 * nothing else, so that a function's code changes only when its own source does. Its handler is `index.handler`.
 *
 * Lambda's runtime brings an SDK of its own, which would make the bundles smaller still: but whichever version it brings
 * that day, and not the one the tests ran with.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const source = join(root, 'functions')

export interface Bundle {
  name: string
  /** Holds index.mjs and what it reads. */
  folder: string
  /** Of index.mjs. */
  bytes: number
}

/** Largest first. */
export async function buildFunctions(outdir = join(root, 'dist', 'functions')): Promise<Bundle[]> {
  rmSync(outdir, { recursive: true, force: true })
  const names = readdirSync(source).flatMap(file => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
  const { metafile } = await build({
    entryPoints: Object.fromEntries(names.map(name => [`${name}/index`, join(source, `${name}.ts`)])),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(root, 'infra', 'lambda-credentials.ts') },
    plugins: [leanSdk],
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  })
  return Object.values(metafile.outputs)
    .map(({ entryPoint = '', bytes, inputs }): Bundle => {
      const name = entryPoint.replace(/^functions\/(.+)\.ts$/, '$1')
      const folder = join(outdir, name)
      if ('functions/shared/user-data.ts' in inputs) {
        copyFileSync(join(source, 'shared', 'user-data.sh'), join(folder, 'user-data.sh'))
      }
      return { name, folder, bytes }
    })
    .sort((a, b) => b.bytes - a.bytes)
}

/**
 * The SDK's packages as they would have to be written for a bundler:
 * - An index names 800 commands, and each bundle would look through all of them. Only what the functions name stays.
 * - Schemas are thousands of constants, of which a function needs a handful. Their traits are written as `{ [_xN]: … }`,
 *   where `_xN` is a constant string; esbuild does not look there, takes the key for something that may have an effect,
 *   and keeps every schema: 1 MB of EC2 in each bundle. With the string in its place they can be left out.
 */
const leanSdk: Plugin = {
  name: 'lean-sdk',
  setup({ onLoad }) {
    const sources = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
    const text = sources.map(file => readFileSync(join(source, file), 'utf8')).join()
    const named = new Set(text.match(/\b[A-Z]\w+(Client|Command)\b/g))
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/(commands\/)?index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/^export .* from "\.\/(.+)";$/gm, (line, file: string) =>
        file === 'commands' || named.has(file) ? line : '',
      ),
    }))
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/[^/]+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const found = Array.from(text.matchAll(/^const (\w+) = ("[^"]*");$/gm), ([, name, value]) => [name, value])
      const constants = Object.fromEntries(found)
      return { contents: text.replace(/\[(_\w+)\]:/g, (key, name: string) => `${constants[name] ?? key}:`) }
    })
  },
}

if (import.meta.main) {
  for (const { name, bytes } of await buildFunctions())
    console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${name}`)
}
