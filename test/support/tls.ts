import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate with its key and the authority to trust, in memory and as the files that the server reads. */
export interface Identity {
  /** Folder with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly directory: string;
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly authority: Buffer;
}

/** What a certificate is for. */
interface Purpose {
  readonly usage: 'serverAuth' | 'clientAuth';
  readonly expired?: boolean;
  /** As Crossplane names its own client: like its authority, so that OpenSSL takes the certificate for self-signed. */
  readonly namedAsAuthority?: boolean;
}

/** A certificate authority of the test's own. */
interface Authority {
  issue(name: string, purpose: Purpose): Identity;
}

/** Makes a certificate authority in a folder. Node cannot sign certificates, so this takes the openssl command. */
export function createAuthority(folder: string): Authority {
  mkdirSync(folder, { recursive: true });
  const caKey = join(folder, 'ca.key');
  const caCertificate = join(folder, 'ca.crt');
  openssl(['req', '-x509', ...newKey(caKey), '-out', caCertificate, '-subj', '/CN=test authority', '-days', '1']);
  return {
    issue: (name, { usage, expired = false, namedAsAuthority = false }) => {
      const directory = join(folder, name);
      mkdirSync(directory);
      const [key, certificate, request, extensions] = ['tls.key', 'tls.crt', 'request.csr', 'extensions'].map((file) =>
        join(directory, file),
      ) as [string, string, string, string];
      writeFileSync(
        extensions,
        `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${usage}\nauthorityKeyIdentifier=none\nsubjectKeyIdentifier=none\n`,
      );
      openssl([
        'req',
        ...newKey(key),
        '-out',
        request,
        '-subj',
        namedAsAuthority ? '/CN=test authority' : `/CN=${name}`,
      ]);
      const signing = ['-CA', caCertificate, '-CAkey', caKey, '-CAcreateserial', '-days', expired ? '-1' : '1'];
      openssl(['x509', '-req', '-in', request, '-extfile', extensions, '-out', certificate, ...signing]);
      const authority = readFileSync(caCertificate);
      writeFileSync(join(directory, 'ca.crt'), authority);
      return { directory, certificate: readFileSync(certificate), key: readFileSync(key), authority };
    },
  };
}

/** Elliptic curve keys are made in milliseconds, RSA keys in up to a second. */
const newKey = (file: string): string[] => [
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  ...['-keyout', file],
];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
