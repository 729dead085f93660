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
    plugins: [schemasThatShake],
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
 * A client's schemas are thousands of constants, of which a function needs a handful. Their traits are written as
 * `{ [_xN]: … }`, where `_xN` is a constant string; esbuild does not look there, takes the key for something that may
 * have an effect, and keeps all of them: 1 MB of EC2 in each bundle. With the string in its place they can be left out.
 */
const schemasThatShake: Plugin = {
  name: 'schemas-that-shake',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/[^/]+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const constants = Object.fromEntries(
        Array.from(text.matchAll(/^const (\w+) = ("[^"]*");$/gm), found => found.slice(1)),
      )
      return { contents: text.replace(/\[(_\w+)\]:/g, (key, name: string) => `${constants[name] ?? key}:`) }
    })
  },
}

if (import.meta.main) {
  for (const { name, bytes } of await buildFunctions())
    console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${name}`)
}
