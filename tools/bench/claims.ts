import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { groups } from '../../functions/core/blueprint.ts';
import type { Form } from '../../functions/core/managed.ts';
import { load } from '../cli/load.ts';
import { auditLogOf } from '../engines/control-plane.ts';
import { fields, textOf } from '../engines/fields.ts';
import { hasConditions, type KubeObject } from '../engines/kube.ts';
import { type SimulatedAws, startSimulatedAws } from '../engines/provider/simulators.ts';
import { startProvider } from '../engines/provider/start.ts';
import { type Stack, startStack } from '../engines/stack.ts';
import { functionName } from '../gen/composition.ts';
import { installed } from './installed.ts';

/** What claims of one kind cost, each as much as one claim's share. */
interface ClaimFigures {
  readonly name: string;
  readonly claims: number;
  /** Objects in the API server, and their bytes as JSON. */
  readonly objects: number;
  readonly bytes: number;
  /** Requests to the API server until the claim was Ready and all was quiet: of Crossplane, and of the provider. */
  readonly coreCalls: number;
  readonly providerCalls: number;
  /** Requests to AWS until then. */
  readonly awsCalls: number;
  /** The same in one interval of the provider's poll while nothing changes. */
  readonly corePoll: number;
  readonly providerPoll: number;
  readonly awsPoll: number;
}

/** What was measured, and the watches that were open, which do not grow with the number of claims. */
export interface ClaimsResult {
  readonly figures: readonly ClaimFigures[];
  readonly watches: Readonly<Record<Caller, number>>;
  /** Managed resource kinds that were defined. */
  readonly kinds: number;
}

type Caller = 'core' | 'provider';

/** The user names under which core and the provider ask. */
const callerOf = (user: string): Caller | undefined => {
  if (/:crossplane-system:(crossplane|rbac-manager)$/.test(user)) return 'core';
  return user.startsWith('system:serviceaccount:crossplane-system:') ? 'provider' : undefined;
};

const namespace = 'team-a';

/** How often the provider compares each resource with AWS while it is measured. */
export const pollSeconds = 30;

const kinds: readonly { readonly kind: string; readonly form: Form }[] = [
  { kind: 'ObjectStorage', form: 'namespaced' },
  { kind: 'S3IRSA', form: 'namespaced' },
  { kind: 'S3IRSA', form: 'claims' },
];

const measured = [...new Set(kinds.map(({ kind }) => kind))];

/** Makes claims on real Crossplane with the real provider and a simulated AWS, and counts who asks whom how often. */
export async function measureClaims(count: number, log: (line: string) => void): Promise<ClaimsResult> {
  const stack = await startStack({ ...installed(measured, ['claims', 'namespaced'], namespace), audit: true });
  const aws = await startSimulatedAws(stack);
  try {
    await startProvider(stack, aws, { poll: `${pollSeconds}s`, namespaces: [namespace] });
    const args = ['dist/main.js', '--metrics-address', ''];
    await stack.startFunction({ name: functionName, command: process.execPath, args });
    await stack.kube.apply(load('examples/environment.yaml')[0]?.object as KubeObject);
    const figures: ClaimFigures[] = [];
    let rest = await perInterval(stack, aws);
    for (const one of kinds) {
      log(`${count} claims of ${one.kind}, ${one.form}`);
      const { after, ...figure } = await measureKind({ stack, aws }, one, count, rest);
      figures.push(figure);
      rest = after;
    }
    return { figures, watches: await openWatches(stack), kinds: stack.managed.length };
  } finally {
    await aws.stop();
    await stack.stop();
  }
}

/** `rest` is what earlier claims go on costing, which is taken off. */
async function measureKind(
  { stack, aws }: { readonly stack: Stack; readonly aws: SimulatedAws },
  { kind, form }: (typeof kinds)[number],
  count: number,
  rest: Counts,
): Promise<ClaimFigures & { readonly after: Counts }> {
  const claims = Array.from({ length: count }, (_, index) => ({
    apiVersion: `${groups[form]}/v1alpha1`,
    kind,
    metadata: { name: `${kind.toLowerCase()}-${form}-${index}`, namespace },
    spec: { resourceConfig: { region: 'eu-west-1' } },
  }));
  const start = await counted(stack, aws);
  const began = Date.now();
  await stack.kube.apply(...claims);
  const ready = (object: KubeObject) => hasConditions(object, 'Synced', 'Ready');
  for (const claim of claims) await stack.kube.waitFor(claim, ready, { seconds: 600, what: 'Ready' });
  const made = minus(await counted(stack, aws), start);
  const intervals = (Date.now() - began) / 1000 / pollSeconds;
  // What the last ones still cause.
  await sleep(pollSeconds * 1000);
  const after = await perInterval(stack, aws);
  const { objects, bytes } = await stored(stack, claims);
  return {
    name: `${kind}, ${form}`,
    claims: count,
    objects: objects / count,
    bytes: bytes / count,
    coreCalls: (made.core - rest.core * intervals) / count,
    providerCalls: (made.provider - rest.provider * intervals) / count,
    awsCalls: (made.aws - rest.aws * intervals) / count,
    corePoll: (after.core - rest.core) / count,
    providerPoll: (after.provider - rest.provider) / count,
    awsPoll: (after.aws - rest.aws) / count,
    after,
  };
}

type Counts = Readonly<Record<Caller | 'aws', number>>;

const minus = (one: Counts, other: Counts): Counts => ({
  core: one.core - other.core,
  provider: one.provider - other.provider,
  aws: one.aws - other.aws,
});

/** Two intervals of the provider's poll, so that each resource is seen at least once whenever its turn is. */
async function perInterval(stack: Stack, aws: SimulatedAws): Promise<Counts> {
  const before = await counted(stack, aws);
  await sleep(2 * pollSeconds * 1000);
  const { core, provider, aws: calls } = minus(await counted(stack, aws), before);
  return { core: core / 2, provider: provider / 2, aws: calls / 2 };
}

/** Requests until now; a watch is none, and leases belong to the programs, not to claims. */
async function counted(stack: Stack, aws: SimulatedAws): Promise<Counts> {
  const requests = (await audited(stack)).filter(({ verb, kind }) => verb !== 'watch' && kind !== 'leases');
  const of = (wanted: Caller) => requests.filter(({ caller }) => caller === wanted).length;
  return { core: of('core'), provider: of('provider'), aws: aws.total() };
}

/** The requests of core and of the provider in the API server's audit log, in the order of their end. */
async function audited({
  state,
}: Stack): Promise<{ id: string; stage: string; caller: Caller; verb: string; kind: string }[]> {
  const lines = (await readFile(auditLogOf(state), 'utf8')).split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    const { auditID, stage, user, verb, objectRef } = fields(JSON.parse(line));
    const caller = callerOf(textOf(fields(user).username));
    const kind = textOf(fields(objectRef).resource);
    return caller === undefined
      ? []
      : [{ id: textOf(auditID), stage: textOf(stage), caller, verb: textOf(verb), kind }];
  });
}

/** The claims, their composites and all that was composed for them, with the usages by which the provider counts. */
async function stored(stack: Stack, claims: readonly KubeObject[]): Promise<{ objects: number; bytes: number }> {
  const { kube, managed } = stack;
  const names = new Set(claims.map(({ metadata }) => metadata.name));
  const [first] = claims;
  const { apiVersion = '', kind = '' } = first ?? {};
  const own = apiVersion.startsWith(groups.claims) ? [kind, `X${kind}`] : [kind];
  const lists = [
    ...own.map((one) => kube.list(apiVersion, one)),
    ...managed.map((one) => kube.list(one.apiVersion, one.kind)),
    ...['ServiceAccount', 'Secret'].map((one) => kube.list('v1', one, { namespace })),
  ];
  const composites = new Set<string>();
  const all = (await Promise.all(lists)).flat();
  for (const { spec, metadata } of all) {
    if (names.has(metadata.name)) composites.add(metadata.name);
    const reference = fields(spec?.resourceRef).name;
    if (names.has(metadata.name) && typeof reference === 'string') composites.add(reference);
  }
  const ours = all.filter(
    ({ metadata }) =>
      composites.has(metadata.name) || composites.has(metadata.labels?.['crossplane.io/composite'] ?? ''),
  );
  const unique = new Map(ours.map((one) => [one.metadata.uid, one]));
  const owners = new Set(unique.keys());
  const usages = [
    ...(await kube.list('aws.upbound.io/v1beta1', 'ProviderConfigUsage')),
    ...(await kube.list('aws.m.upbound.io/v1beta1', 'ProviderConfigUsage')),
  ].filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => owners.has(textOf(uid))));
  const objects = [...unique.values(), ...usages];
  return { objects: objects.length, bytes: objects.reduce((sum, one) => sum + JSON.stringify(one).length, 0) };
}

/** Watches that have begun and not ended, by who holds them. */
async function openWatches(stack: Stack): Promise<Record<Caller, number>> {
  const open = new Map<string, Caller>();
  for (const { id, stage, caller, verb } of await audited(stack)) {
    if (verb === 'watch' && stage === 'ResponseStarted') open.set(id, caller);
    else open.delete(id);
  }
  const held = (wanted: Caller) => [...open.values()].filter((caller) => caller === wanted).length;
  return { core: held('core'), provider: held('provider') };
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The figures as rows of text, the first row the heading. */
export function claimRows({ figures }: ClaimsResult): readonly (readonly string[])[] {
  const heading = [
    'one claim of',
    'objects',
    'KiB',
    'calls of Crossplane until Ready',
    'of the provider',
    'calls to AWS',
    'calls of Crossplane in each interval',
    'of the provider',
    'calls to AWS',
  ];
  const body = figures.map((figure) => [
    figure.name,
    one.format(figure.objects),
    one.format(figure.bytes / 1024),
    ...[figure.coreCalls, figure.providerCalls, figure.awsCalls].map((value) => number.format(value)),
    ...[figure.corePoll, figure.providerPoll, figure.awsPoll].map((value) => one.format(value)),
  ]);
  return [heading, ...body];
}

/** The provider's own default (provider-aws v2.5.0, `--poll`). */
const usualSeconds = 600;

/** What so many claims would come to, on control planes that share them. */
export function extrapolated({ figures }: ClaimsResult): readonly string[] {
  const dearest = [...figures].sort((a, b) => b.objects - a.objects)[0];
  if (dearest === undefined) return [];
  const cases = [
    [10_000, 100],
    [10_000, 1],
    [50_000, 100],
    [50_000, 1],
  ] as const;
  const lines = cases.map(([claims, planes]) => {
    const each = claims / planes;
    const rate = (perPoll: number) => one.format((each * perPoll) / usualSeconds);
    const { name: _, ...per } = dearest;
    return `| ${number.format(claims)} on ${planes} | ${number.format(each * per.objects)} | ${one.format((each * per.bytes) / 1024 ** 3)} | ${rate(per.corePoll + per.providerPoll)} | ${rate(per.awsPoll)} |`;
  });
  return [
    `Extrapolated from \`${dearest.name}\`, the dearest of them, with each claim as dear as here, spread evenly over the`,
    `control planes, and the provider's own interval of ${usualSeconds / 60} minutes, which costs what the one here did:`,
    '',
    '| claims on control planes | objects on each | GiB of them as JSON | calls/s to its API server | calls/s to AWS |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...lines,
  ];
}
