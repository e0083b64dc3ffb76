import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';

/** A name server, as a cluster has one. */
export interface Names {
  /** host:port */
  readonly address: string;
  stop(): void;
}

/** Starts a name server that gives every name these addresses, as it does for a Service without an address of its own. */
export async function startNames(addresses: readonly string[]): Promise<Names> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const asked = questions.filter(({ type }) => type === 'A');
    const answers = asked.flatMap(({ name }) => addresses.map((data) => ({ type: 'A' as const, name, ttl: 1, data })));
    const answer = encode({ type: 'response', id, flags: AUTHORITATIVE_ANSWER, questions, answers });
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, stop: () => void socket.close() };
}
