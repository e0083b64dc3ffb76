import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, messageOf } from './error.ts';
import { fields, textOf } from './fields.ts';
import type { KubeClient } from './kube.ts';
import { run, tail } from './run.ts';

/** Write every key of a Secret as a file of a folder, as a pod's volume would. */
export async function writeSecret(kube: KubeClient, namespace: string, name: string, directory: string): Promise<void> {
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
  await mkdir(directory, { recursive: true });
  for (const [key, value] of Object.entries(fields(secret.data))) {
    await writeFile(join(directory, key), Buffer.from(textOf(value), 'base64'), { mode: 0o600 });
  }
}

/** Make `tls.key` and `tls.crt` of an authority in a folder that has none yet. */
export async function haveAuthority(directory: string, commonName: string): Promise<void> {
  const file = (name: string) => join(directory, name);
  if (existsSync(file('tls.crt'))) return;
  await mkdir(directory, { recursive: true });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('tls.key')];
  await openssl(['req', '-x509', ...key, '-out', file('tls.crt'), '-days', '3650', '-subj', `/CN=${commonName}`]);
}

/** Who a certificate is for, and what it may be used as. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly usage: 'serverAuth' | 'clientAuth';
}

/**
 * Make `tls.key`, `tls.crt` and `ca.crt` in a folder: a certificate for localhost, names below it and 127.0.0.1 from the authority
 * whose `tls.crt` and `tls.key` are in another. Node has no way to sign certificates, so this takes the openssl command.
 */
export async function issueCertificate(
  authority: string,
  directory: string,
  request: CertificateRequest,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = (name: string) => join(directory, name);
  const extensions = [
    'subjectAltName=DNS:localhost,DNS:*.localhost,IP:127.0.0.1',
    `extendedKeyUsage=${request.usage}`,
    'keyUsage=digitalSignature,keyEncipherment',
  ];
  await writeFile(file('request.ext'), extensions.join('\n'));
  const key = ['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('tls.key'), '-out', file('request.csr')];
  await openssl([...key, '-subj', `/CN=${request.commonName}`]);
  const signing = ['-CA', join(authority, 'tls.crt'), '-CAkey', join(authority, 'tls.key'), '-days', '30'];
  const serial = ['-set_serial', `0x${randomBytes(8).toString('hex')}`];
  const files = ['-in', file('request.csr'), '-extfile', file('request.ext'), '-out', file('tls.crt')];
  await openssl(['x509', '-req', '-sha256', ...files, ...signing, ...serial]);
  await copyFile(join(authority, 'tls.crt'), file('ca.crt'));
  await Promise.all(['request.ext', 'request.csr'].map((name) => rm(file(name))));
}

async function openssl(args: readonly string[]): Promise<void> {
  const fail = (seen: string) => {
    const todo = 'install OpenSSL and put it on the PATH';
    return new EngineError({ code: 'STACK_CERTIFICATE', path: `openssl ${args[0]}`, seen, todo });
  };
  const result = await run('openssl', args, { seconds: 60 }).catch((thrown: unknown) => {
    throw fail(messageOf(thrown));
  });
  if (result.code !== 0) throw fail(`ended with ${result.code}:${tail(result.stderr)}`);
}
