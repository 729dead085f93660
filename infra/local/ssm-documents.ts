import { createHash } from 'node:crypto'
import { DescribeDocumentCommand, type DescribeDocumentCommandInput, InvalidDocument } from '@aws-sdk/client-ssm'
import { refused } from './errors.ts'
import { type Cloud, type Route, route } from './route.ts'

/** What Systems Manager knows of a document besides its text. */
function describe({ documents }: Cloud, { Name = '' }: DescribeDocumentCommandInput) {
  const document = documents.get(Name)
  if (!document) throw new InvalidDocument({ ...refused, message: `Document with name ${Name} does not exist.` })
  const Hash = createHash('sha256').update(JSON.stringify(document)).digest('hex')
  const about = { Name, Hash, HashType: 'Sha256' as const, DocumentVersion: '1', Status: 'Active' as const }
  return { Document: { ...about, DocumentType: 'Command' as const, SchemaVersion: document.schemaVersion } }
}

export const documentRoutes: Route[] = [route(DescribeDocumentCommand, describe)]
