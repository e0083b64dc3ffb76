import { Refusal } from './errors.ts';
import { awaitingLookup, isKnown, type Known, known } from './known.ts';
import { member } from './observed.ts';

/** Keys of the EnvironmentConfig; the first two are those of crossplane-on-eks, the last is for an EKSCluster only. */
const keys = ['awsAccountID', 'eksOIDC', 'partition', 'clusterName', 'region', 'kubernetesProviderConfigName'] as const;

export type EnvironmentKey = (typeof keys)[number];

/** Facts about the workload cluster, from an EnvironmentConfig or from an earlier step of the pipeline. */
export class Environment {
  /** Unknown while there is no environment at all: a missing key of an environment out of sight proves nothing. */
  readonly facts: Known<Readonly<Partial<Record<EnvironmentKey, string>>>>;
  readonly #source: string;

  /** @param source how messages name it, for instance `EnvironmentConfig cluster`. */
  constructor(data: object | undefined, source: string) {
    this.#source = source;
    const facts = keys
      .map((key) => [key, textOf(data, key, source)] as const)
      .filter(([, value]) => value !== undefined);
    this.facts = data === undefined ? awaitingLookup(source) : known(Object.fromEntries(facts));
  }

  get(key: EnvironmentKey): Known<string> {
    const value = isKnown(this.facts) ? this.facts.value[key] : undefined;
    return value === undefined ? awaitingLookup(`${key} of ${this.#source}`) : known(value);
  }
}

function textOf(data: object | undefined, key: EnvironmentKey, source: string): string | undefined {
  const value = member(data, key);
  if (value === undefined || value === null || value === '') return undefined;
  // An unquoted account id is a number in YAML; its leading zeros are already lost, so it cannot be repaired here.
  if (typeof value !== 'string')
    throw new Refusal('ENVIRONMENT', `${source} ${key}`, `is a ${typeof value}, not a string`);
  return value;
}
