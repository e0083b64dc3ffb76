import { Refusal } from '../core/errors.ts';
import { given, type Known } from '../core/known.ts';
import { member } from '../core/observed.ts';
import type { DatabaseContext } from './context.ts';

/** How the master user gets a password. */
export interface Credentials {
  /** The reference as a managed resource takes it; undefined where AWS manages the password. */
  readonly secretRef: { readonly name: string; readonly key: string; readonly namespace?: string } | undefined;
  /** The password itself, for the connection Secret; undefined where AWS manages it. */
  readonly password: Known<string> | undefined;
}

/** Reads the Secret that the claim names: a password that AWS would refuse is refused before anything is composed. */
export function credentialsOf(context: DatabaseContext): Credentials {
  const { form, identity, spec, desired } = context;
  if (spec.passwordSecretRef === undefined) return { secretRef: undefined, password: undefined };
  const { name, key } = spec.passwordSecretRef;
  const { namespace } = identity;
  if (namespace === undefined) throw new Refusal('NO_NAMESPACE', 'metadata.namespace', 'is absent');
  const { what, object } = desired.lookUp('password', { apiVersion: 'v1', kind: 'Secret', name, namespace });
  const password = given([object], ({ data }) => {
    const encoded = member(data, key);
    const text = Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64').toString();
    // Amazon RDS, CreateDBInstance: printable ASCII but / " @ and space; MySQL and MariaDB take at most 41 characters.
    if (/^[!#-.0-?A-~]{8,41}$/.test(text)) return text;
    throw new Refusal('PASSWORD_SECRET', `${what} key ${key}`, describe(text));
  });
  return {
    secretRef: {
      name,
      key,
      ...(form === 'claims' && { namespace }),
    },
    password,
  };
}

const describe = (text: string): string =>
  text === '' ? 'is absent' : `has ${text.length} characters, or some that AWS does not take`;
