/** Which cloud a command means: --cloud, else STAR_CLOUD, else the one on this computer. */
export type CloudName = 'local' | 'aws'

export interface Choice {
  cloud: CloudName
  region?: string
}

let chosen: CloudName = 'local'
let said: string[] = []

/** `byFlag`: said with this command, and so to be said with the next one, too. */
export function chooseCloud({ cloud, region }: Choice, byFlag: boolean): void {
  chosen = cloud
  said = [...(byFlag ? ['--cloud', cloud] : []), ...(region ? ['--region', region] : [])]
  // The SDK's own setting; over a profile's.
  if (region) process.env.AWS_REGION = region
}

export const chosenCloud = (): CloudName => chosen

/** How a person says the next command: `./star --cloud aws status`. */
export const star = (words: string): string => ['./star', ...said, words].join(' ')
