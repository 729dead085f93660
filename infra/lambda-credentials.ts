/**
 * In the bundles, in place of `@aws-sdk/credential-provider-node`: Lambda puts a role's credentials into the environment.
 * The SDK's whole chain of places to look for some (profiles, single sign-on, metadata of an instance) never applies there.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'
