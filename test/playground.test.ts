import { request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBundles, type Running, run, stackTrace, start, temporaryFolder } from './support/process.ts';

const folder = temporaryFolder();
let cli = '';
let running: Running;
let url: URL;

beforeAll(async () => {
  cli = (await buildBundles(folder.path)).cli;
  running = start(process.execPath, [cli, 'playground', '--port', '0'], { cwd: folder.path });
  url = new URL(await running.until((stdout) => /http:\S+/.exec(stdout)?.[0]));
});
afterAll(async () => {
  running.child.kill('SIGTERM');
  expect(await running.finished).toMatchObject({ code: 0, stderr: '' });
  folder.remove();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Unlike fetch, it lets a test say any Host. */
function ask({ method = 'GET', path = '/', headers = {}, body }: Sent) {
  return new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: url.port, method, path, headers }, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode, headers: response.headers, body: said }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const bucket = { kind: 'ObjectStorage', form: 'claims', name: 'a', namespace: 'team-a', running: {} };
const post = (body: unknown, headers: Readonly<Record<string, string>> = json, path = '/preview') =>
  ask({ method: 'POST', path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

test('the page may load nothing but what this server has, and nobody may frame it', async () => {
  const { status, headers } = await ask({});
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
});

test.each([
  ['another name for this machine', { headers: { host: 'evil.example:80' } }],
  ['our name with another port', { headers: { host: '127.0.0.1:1' } }],
  ['a page of somebody else', { headers: { origin: 'https://evil.example' } }],
  ['a form of somebody else', { method: 'POST', path: '/preview', headers: { 'content-type': 'text/plain' } }],
])('%s is refused', async (_, sent) => {
  expect(await ask(sent)).toMatchObject({ status: 403, body: 'only pages of this server may ask it\n' });
});

test('localhost is ours too', async () => {
  expect((await ask({ headers: { host: `localhost:${url.port}` } })).status).toBe(200);
});

test.each([
  [{ path: '/../package.json' }, 404],
  [{ path: '/environment.yaml' }, 404],
  [{ method: 'PUT' }, 405],
  [{ method: 'POST', path: '/nothing', headers: json }, 404],
])('%j: %d', async (sent, status) => {
  expect((await ask(sent)).status).toBe(status);
});

test('what a claim composes, pass by pass, with what is awaited and why', async () => {
  const { status, body } = await post({ ...bucket, spec: { resourceConfig: { region: 'eu-west-1' } } });
  expect(status).toBe(200);
  const { passes, manifest, fault } = JSON.parse(body);
  expect(fault).toBeUndefined();
  expect(manifest).toBe(
    'apiVersion: awsblueprints.io/v1alpha1\nkind: ObjectStorage\nmetadata:\n  name: a\n  namespace: team-a\nspec:\n  resourceConfig:\n    region: eu-west-1\n',
  );
  expect(passes[0]).toMatchObject({ ready: [], composed: ['bucket'] });
  expect(passes[0].gated).toContainEqual({
    name: 'public-access-block',
    kind: 'BucketPublicAccessBlock',
    awaits: ['bucket'],
  });
  expect(passes.at(-1)).toMatchObject({ composed: [], gated: [] });
});

test.each([
  ['{', 'ASK_INVALID: request: no JSON; send JSON\n'],
  [
    { ...bucket, kind: 'Nothing', spec: {} },
    'ASK_INVALID: request: not what the page asks; send kind, form, name, namespace, spec and running\n',
  ],
  [
    { ...bucket, spec: [] },
    'ASK_INVALID: request: not what the page asks; send kind, form, name, namespace, spec and running\n',
  ],
  ['x'.repeat(3 * 1024 * 1024 + 1), 'ASK_TOO_LARGE: request: more than 3 MiB; send a smaller claim\n'],
])('a request that is none of the page: %.40j', async (body, message) => {
  expect(await post(body)).toMatchObject({ status: 400, body: message });
});

test.each([
  [{ spec: {} }, ['claim', 'resourceConfig']],
  [
    { spec: { resourceConfig: { region: 'eu-west-1', deletionPolicy: 'Never' } } },
    ['claim', 'resourceConfig', 'deletionPolicy'],
  ],
  [{ spec: { resourceConfig: { region: 'eu-west-1' } }, name: 'A b' }, ['name']],
  [
    {
      spec: {
        resourceConfig: { region: 'eu-west-1' },
        lifecycleRules: [{ id: 'a' }, { id: 'b', expirationDays: 'x' }],
      },
    },
    ['claim', 'lifecycleRules', '1', 'expirationDays'],
  ],
])('what the XRD refuses is named by its field: %j', async (wrong, field) => {
  const { fault, passes } = JSON.parse((await post({ ...bucket, ...wrong })).body);
  expect(fault).toMatchObject({ field, message: expect.stringMatching(/^CLAIM_INVALID: /) });
  expect(passes).toEqual([]);
});

test('a port that somebody has is an error, and so is one that cannot be', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const port = Object(taken.address()).port;
  const refused = await run(process.execPath, [cli, 'playground', '--port', `${port}`]);
  taken.close();
  expect(refused).toEqual({
    code: 1,
    stdout: '',
    stderr: `PORT_TAKEN: 127.0.0.1:${port}: in use; name another one with --port, or 0 for any\n`,
  });
  const wrong = await run(process.execPath, [cli, 'playground', '--port', '70000']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).not.toMatch(stackTrace);
});

test('a file that is not there is an error before anybody is served', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [
    cli,
    'playground',
    '--port',
    '0',
    '--environment',
    'no',
  ]);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: 'INPUT_MISSING: no: no such file or folder; check the path\n',
  });
});
