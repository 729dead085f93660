import { describe, expect, it } from 'vitest'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import type { Deployed } from './template.ts'

const documents = composeDocuments()

export const describeDocuments = (stack: () => Deployed) =>
  describe('a document', () => {
    it('is there for every folder, and for nothing else', () => {
      const all = [...stack().all('AWS::SSM::Document').values()].map(({ Name }) => Name)
      expect(all.sort()).toEqual([...documents.keys()].sort())
    })

    it.each([...documents.keys()])('%s is what the local cloud runs, and below 64 KB', name => {
      const document = stack().one('AWS::SSM::Document', 'Name', name)
      expect(document.Content).toEqual(documents.get(name))
      expect(JSON.stringify(document.Content).length).toBeLessThan(65_536)
      expect(document).toMatchObject({ DocumentType: 'Command', UpdateMethod: 'NewVersion' })
    })
  })
