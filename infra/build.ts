/**
 * Bundles every function for Lambda: functions/<name>.ts → dist/functions/<name>.mjs, with all it needs inside. The
 * folder as a whole is the code of every function; each has `<name>.handler` as its handler.
 */
import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const source = join(root, 'functions')

/** Sizes in bytes by file, largest first. */
export async function buildFunctions(outdir = join(root, 'dist', 'functions')): Promise<[string, number][]> {
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: readdirSync(source)
      .filter(file => file.endsWith('.ts'))
      .map(file => join(source, file)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What functions share (most of all the SDK) is one file beside them.
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    minify: true,
    mainFields: ['module', 'main'],
    // Parts of the SDK are CommonJS still, and call `require` for what Node itself has.
    banner: { js: "import { createRequire as star } from 'node:module';const require = star(import.meta.url);" },
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  })
  copyFileSync(join(source, 'shared', 'user-data.sh'), join(outdir, 'user-data.sh'))
  return Object.entries(metafile.outputs)
    .map(([file, { bytes }]): [string, number] => [relative(outdir, join(root, file)), bytes])
    .sort(([, a], [, b]) => b - a)
}

if (import.meta.main) {
  for (const [file, bytes] of await buildFunctions())
    console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${file}`)
}
