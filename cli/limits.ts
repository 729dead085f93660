/** What AWS will not do, whoever asks, and what helps: neither a mistake in the request nor a defect of ours. By its errors' names. */

const remedies: [RegExp, string][] = [
  [
    /^Insufficient\w*Capacity\w*$|^InsufficientFreeAddressesInSubnet$|^Unsupported$/,
    'AWS has no room for that now. This can pass by itself: run the command again later; or choose another zone or instance type.',
  ],
  [
    /^(UnauthorizedOperation|AccessDenied(Exception)?|KMSAccessDeniedException)$/,
    'STAR may not do that in this account: deploy the stack anew (docs/deploy.md); if that does not help, a policy of your organization forbids it.',
  ],
  [
    /^(OptInRequired|PendingVerification|Blocked)$/,
    'AWS wants something of who owns this account first: see its words. Then run the command again.',
  ],
  [
    /(Limit|Quota)Exceeded(Exception)?$/,
    'This is a limit of the AWS account: have it raised (Service Quotas), remove what is not needed, or ask for less. Then run the command again.',
  ],
]

/** Named like a limit of the account; but these come of how STAR asks. */
const ours = [
  'RequestLimitExceeded',
  'States.DataLimitExceeded',
  'TagLimitExceeded',
  'HierarchyLevelLimitExceededException',
  'ParameterMaxVersionLimitExceeded',
]

/** Undefined for any other error. */
export function remedyOfLimit(name: string): string | undefined {
  return ours.includes(name) ? undefined : remedies.find(([names]) => names.test(name))?.[1]
}
