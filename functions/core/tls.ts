import { constants, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';

const handshakeMilliseconds = 10_000;

const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** Accepts TLS connections, and hands over those whose client has a certificate of the authority in `ca.crt`. */
export function createTlsServer(directory: string, accept: (socket: TLSSocket) => void): Server {
  const read = (name: string): Buffer => readFileSync(join(directory, name));
  const ca = read('ca.crt');
  const authority = new X509Certificate(ca);
  const options = {
    ca,
    cert: read('tls.crt'),
    key: read('tls.key'),
    requestCert: true,
    // Judged below, since OpenSSL cannot judge Crossplane's own certificate.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    // HTTP/2 forbids it (RFC 9113, 9.2.1); Node would take three in ten minutes.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    // Node waits for two minutes; Crossplane is done in milliseconds.
    handshakeTimeout: handshakeMilliseconds,
    ALPNProtocols: ['h2'],
  } as const;
  const server = createServer(options, (socket) => {
    // A client that goes away is no fault of the server.
    socket.on('error', () => socket.destroy());
    if (isTrusted(socket, authority)) accept(socket);
    else socket.destroy();
  });
  // Node leaves a connection open whose handshake failed or took too long; its HTTPS server does the same as this one.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/**
 * Crossplane core signs its client certificate with the subject of its authority and without key identifiers (core
 * v2.3.4, internal/initializer/tls.go). For OpenSSL a certificate whose issuer is its own subject signed itself, so it
 * stops at the first certificate; the signature is then judged here. Possession of the key is proved by the handshake.
 */
function isTrusted(socket: TLSSocket, authority: X509Certificate): boolean {
  if (socket.authorized) return true;
  const certificate = socket.getPeerX509Certificate();
  // Node declares an Error here, and gives the code of OpenSSL.
  if (certificate === undefined || String(socket.authorizationError) !== 'DEPTH_ZERO_SELF_SIGNED_CERT') return false;
  const now = Date.now();
  return (
    !certificate.ca &&
    certificate.verify(authority.publicKey) &&
    Date.parse(certificate.validFrom) <= now &&
    now <= Date.parse(certificate.validTo) &&
    certificate.keyUsage.includes(clientAuthentication)
  );
}
