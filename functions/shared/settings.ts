/** What differs from one deployment to the next: read from the environment of the functions. */

/** Rocky Linux 8 as its makers publish it, unless another image is set. */
const ROCKY_LINUX = { owner: '792107900819', name: 'Rocky-8-EC2-Base-8.*.x86_64' }

export interface Settings {
  region: string
  image: { owner: string; name: string }
  /** Name of the instance profile that lets the SSM agent work; the local cloud needs none. */
  nodeProfile?: string
  /** Name of the EventBridge bus that operations are told to. */
  eventBus: string
}

export function settings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    region: env.AWS_REGION || 'ap-northeast-1',
    image: { owner: env.STAR_IMAGE_OWNER || ROCKY_LINUX.owner, name: env.STAR_IMAGE_NAME || ROCKY_LINUX.name },
    ...(env.STAR_NODE_PROFILE && { nodeProfile: env.STAR_NODE_PROFILE }),
    eventBus: env.STAR_EVENT_BUS || 'default',
  }
}

/** `STAR_STATE_MACHINE_PREFIX` is all of a state machine's ARN before its name. */
export function stateMachineArn(machine: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!env.STAR_STATE_MACHINE_PREFIX) throw new Error('STAR_STATE_MACHINE_PREFIX is not set')
  return `${env.STAR_STATE_MACHINE_PREFIX}${machine}`
}
