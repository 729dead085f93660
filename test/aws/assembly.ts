import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { synth } from '../../cli/synth.ts'
import type { Synthesis } from '../../infra/aws/synth.ts'
import { temporaryFolder } from '../temporary.ts'

interface Parts {
  synthesis: Synthesis
  command: { folder: string; stdout: string }
}

export const describeAssembly = (parts: () => Parts) =>
  describe('the assembly', () => {
    it('is the same, byte for byte, whoever synthesizes and wherever to', () => {
      const { synthesis, command } = parts()
      for (const file of ['Star.template.json', 'Star.assets.json', 'manifest.json']) {
        const read = (folder: string) => readFileSync(join(folder, file), 'utf8')
        expect(read(command.folder), file).toBe(read(synthesis.assembly.directory))
      }
    })

    it('holds all that is deployed: the template, and the code of every function', () => {
      const { directory } = parts().synthesis.assembly
      const { files } = JSON.parse(readFileSync(join(directory, 'Star.assets.json'), 'utf8'))
      const paths = Object.values<{ source: { path: string } }>(files).map(({ source }) => source.path)
      expect(paths).toContain('Star.template.json')
      const code = paths.filter(path => path.startsWith('asset.'))
      // Functions that only look at what they are handed may be the same, byte for byte.
      expect(code.length).toBeGreaterThan(30)
      for (const path of code) expect(existsSync(join(directory, path, 'index.mjs')), path).toBe(true)
    })

    it('fits into CloudFormation: 500 resources, 1 MB', () => {
      const { template, assembly } = parts().synthesis
      expect(Object.keys(template.Resources).length).toBeLessThan(500)
      expect(readFileSync(join(assembly.directory, 'Star.template.json')).length).toBeLessThan(1_000_000)
    })

    it('is not written into a folder that holds something else', async () => {
      const folder = temporaryFolder('not-ours')
      writeFileSync(join(folder, 'letter.txt'), 'keep')
      await expect(synth({ out: folder })).rejects.toThrow('must be empty, or what an earlier star synth has written')
      expect(readdirSync(folder)).toEqual(['letter.txt'])
    })

    it('is told by the command with its sizes and what comes next', () => {
      const { stdout } = parts().command
      expect(stdout).toMatch(/^\d+ functions +\d+ KB +the largest [\w-]+ \d+ KB$/m)
      expect(stdout).toMatch(/^\d+ resources +\d+ KB/m)
      expect(stdout).toContain('npx aws-cdk@2.1148.1 deploy -a')
    })
  })
