import { Refusal } from './errors.ts';
import { awaiting, type Known, known } from './known.ts';
import { member } from './observed.ts';

/** Keys of the EnvironmentConfig; the first two are those of crossplane-on-eks. */
export type EnvironmentKey = 'awsAccountID' | 'eksOIDC' | 'partition' | 'clusterName' | 'region';

/** Facts about the workload cluster, from an EnvironmentConfig or from an earlier step of the pipeline. */
export class Environment {
  readonly #data: unknown;
  readonly #source: string;

  /** @param source how messages name it, for instance `EnvironmentConfig cluster`. */
  constructor(data: unknown, source: string) {
    this.#data = data;
    this.#source = source;
  }

  optional(key: EnvironmentKey): string | undefined {
    const value = member(this.#data, key);
    if (value === undefined || value === null || value === '') return undefined;
    // An unquoted account id is a number in YAML; its leading zeros are already lost, so it cannot be repaired here.
    if (typeof value !== 'string')
      throw new Refusal('ENVIRONMENT', `${this.#source} ${key}`, `is a ${typeof value}, not a string`);
    return value;
  }

  get(key: EnvironmentKey): Known<string> {
    const value = this.optional(key);
    return value === undefined ? awaiting(`${key} of ${this.#source}`) : known(value);
  }
}
