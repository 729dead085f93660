/** Addresses of pages of AWS's console. Those of China and of GovCloud have other hosts, and are left out. */

interface Links {
  execution?: string
  instances?: string
}

/** `arn` is the execution's: it names partition and region. */
export function linksOf(arn: string, array: string | undefined): Links {
  const [, partition, , region] = arn.split(':')
  if (partition !== 'aws') return {}
  const host = `https://${region}.console.aws.amazon.com`
  return {
    execution: `${host}/states/home?region=${region}#/v2/executions/details/${arn}`,
    ...(array && { instances: `${host}/ec2/home?region=${region}#Instances:tag:star:array=${array}` }),
  }
}
