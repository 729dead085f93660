/** What runs on nodes: the same documents that the local cloud takes, under the same names. */
import { CfnDocument } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { composeDocuments } from '../../ssm-documents/compose.ts'
import { pascal } from './names.ts'

export function createDocuments(stack: Construct): void {
  const scope = new Construct(stack, 'Documents')
  for (const [name, content] of composeDocuments()) {
    new CfnDocument(scope, pascal(name.replace('STAR-', '')), {
      name,
      content,
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: '/AWS::EC2::Instance',
      // What runs already goes on with the version it was sent with.
      updateMethod: 'NewVersion',
    })
  }
}
