/** Every code that the function can put on a composite, with what a person should do about it. */
const refusals = {
  BUCKET_NAME: 'use 3 to 63 characters of a-z, 0-9 and -, beginning and ending with a letter or digit',
  REGION: 'use the code of an AWS region, for instance eu-west-1',
  ROLE_NAME: 'use 1 to 64 characters of A-Z, a-z, 0-9 and + = , . @ _ -',
  SERVICE_ACCOUNT_NAME: 'use a Kubernetes name: a-z, 0-9, - and ., at most 253 characters',
  ARN: 'use a full ARN of that kind, in the partition of the region',
  ACCOUNT_ID: 'use the 12 digits of an AWS account, as a string',
  OIDC_ISSUER: 'use the issuer of the cluster, for instance oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE',
  KMS_KEY: 'set spec.encryption.kmsKeyArn to the ARN of a KMS key in the region of the bucket, or use type AES256',
  LIFECYCLE_RULE: 'give every rule an id of its own and at least one action',
  NETWORK_CIDR: 'use an IPv4 network of size /16 to /28, for instance 10.0.0.0/16',
  NETWORK_SIZE: 'use a larger cidr, fewer zones, or longer subnetPrefixes',
  NETWORK_ZONES: 'name the zones in spec.zones, or ask for fewer',
  NETWORK_EXISTING: 'name every subnet once, in one tier',
  SUBNET_IN_USE: 'nothing was changed or deleted; keep the zone and the tier, or make another Network beside this one',
  CLUSTER_NAME: 'use 1 to 100 characters of a-z, A-Z, 0-9, - and _, beginning with a letter or digit',
  CLUSTER_SUBNETS: 'give subnets in at least two zones, by networkRef or by subnetIds',
  KUBERNETES_VERSION: 'go one minor version at a time, and never back; the cluster was left as it is',
  NODE_VERSION: 'pin it at a version that the cluster supports, or let it follow; the cluster was left as it is',
  ADDON_VERSION: 'give it an exact version, one of `aws eks describe-addon-versions`',
  SERVICE_CIDR: 'use a network of RFC 1918 of size /12 to /24 that does not overlap the VPC',
  NO_NAMESPACE: 'create a claim (or a namespaced composite), so that there is a namespace for the objects it names',
  ENVIRONMENT: 'correct that key of the EnvironmentConfig',
  SETTINGS: "correct the function's input in the Composition",
  CIDR: 'use a network like 10.0.0.0/16, without bits beyond its prefix',
  DATABASE_KEY: 'use the ARN of a KMS key in the region of the database',
  WINDOW: 'let backupWindow and maintenanceWindow last 30 minutes or more, and not overlap',
  ENGINE_VERSION:
    'AWS never goes back to an older version; ask for this one or a newer one, or restore a snapshot beside it',
  RESTORE_SOURCE: 'make another claim, with a source of the same engine in the region of the database',
  DATABASE_PARAMETER: 'leave it out, or use the name that this engine has in this version',
  SERVERLESS_CAPACITY: 'use steps of 0.5, and at most as much for minCapacity as for maxCapacity',
  PASSWORD_SECRET: 'write the password under that key of the Secret, 8 to 41 characters',
  FOREIGN_RESOURCE: 'nothing was changed or deleted; release or move that resource first (aws-blueprints migrate)',
  INPUT_LOST: 'nothing was changed or deleted; restore the missing input, or wait until it is observed again',
  UNKNOWN_KIND: 'install the function version that serves this kind, or correct the Composition',
  INTERNAL: 'this is a bug of aws-blueprints; the log of the function has the details',
} as const;

export type RefusalCode = keyof typeof refusals;

/** Characters of what was seen: a condition holds the message, and a value may be as long as its author liked. */
const longest = 2000;

/** A mistake or state that a person must resolve: it becomes a result and a condition, and nothing is applied. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;

  /** @param path where the offending value is, for instance `spec.resourceConfig.name`. */
  constructor(code: RefusalCode, path: string, saw: string) {
    super(`${code}: ${path} ${saw.slice(0, longest)}; ${refusals[code]}`);
    this.code = code;
  }
}
