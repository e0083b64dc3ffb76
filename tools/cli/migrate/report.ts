import type { Form } from '../../../functions/core/managed.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import type { Migration } from './migrate.ts';

const title = ({ from }: Migration): string => `${from.blueprint.kind} ${from.namespace ?? 'default'}/${from.name}`;

/** Field by field what became of every request. */
export function reportOf(migrations: readonly Migration[]): string {
  const sections = migrations.map((one) => {
    const rows = one.notes.map(({ path, verdict, why }) => `| \`${path}\` | ${verdict} | ${why} |`);
    const family = one.from.family === 'classic' ? connectionKeys : '';
    return [`## ${title(one)}`, '', '| Field | What became of it | Why |', '| --- | --- | --- |', ...rows, family].join(
      '\n',
    );
  });
  return ['# What was migrated', '', ...sections].join('\n');
}

const connectionKeys =
  '\nThe connection Secret has other keys: `bucket-name` is `bucketName` now, and `s3-put-policy` is gone (use S3IRSA).\n';

/** The cut-over as ordered steps, in which nothing in AWS is made anew or deleted. */
export function cutOverOf(migrations: readonly Migration[], to: Form, files: (one: Migration) => string): string {
  return [
    '# Cut-over',
    '',
    'Do one request after the other, and go on when what a step says is true. `kubectl` means the control plane.',
    '',
    ...migrations.map((one) => [`## ${title(one)}`, '', ...numbered(stepsOf(one, to, files(one))), ''].join('\n')),
  ].join('\n');
}

const numbered = (steps: readonly string[]): string[] => steps.map((step, index) => `${index + 1}. ${step}`);

function stepsOf(one: Migration, to: Form, file: string): string[] {
  const old = oldOf(one);
  const apply = [
    `Apply: ${code(`kubectl apply -f ${file}`)}.`,
    `Verify: ${code(`kubectl wait --for=condition=Ready --timeout=10m -f ${file}`)}, and that the names in its status are those of before.`,
  ];
  const pauseAndOrphan = [
    `Pause the old composite: ${code(`kubectl annotate ${old.composite} crossplane.io/paused=true`)}, then what it owns: ${each(old.managed, (name) => `kubectl annotate ${name} crossplane.io/paused=true`)}.`,
    // A paused resource is not reconciled, so its policy can change without a write to AWS.
    `Let AWS keep everything: ${each(old.managed, (name) => `kubectl patch ${name} --type merge -p '{"spec":{"deletionPolicy":"Orphan"}}'`)}.`,
  ];
  const remove = [
    `Delete the old claim: ${code(`kubectl delete ${old.claim} --wait=false`)}. It stays while its resources are paused.`,
    // A resource that is being deleted under Orphan only loses its finalizer: the provider writes nothing (crossplane-runtime).
    `Let it go: ${each(old.managed, (name) => `kubectl annotate ${name} crossplane.io/paused-`)}, then ${code(`kubectl annotate ${old.composite} crossplane.io/paused-`)}. AWS is not touched.`,
  ];
  if (to === 'namespaced') return [...pauseAndOrphan, ...apply, ...remove];
  const exchange =
    'Once all old claims are gone: delete the old XRDs and Compositions, and install the claims configuration (one group has one definition).';
  return [...pauseAndOrphan, ...remove, exchange, ...apply];
}

const code = (text: string): string => `\`${text}\``;
const each = (names: readonly string[], command: (name: string) => string): string =>
  names.map((name) => code(command(name))).join(', ');

function oldOf({ from, managed }: Migration) {
  const claim = `${from.blueprint.kind.toLowerCase()}.awsblueprints.io/${from.name} -n ${from.namespace ?? 'default'}`;
  const composite = String(Object(from.spec.resourceRef).name ?? 'NAME');
  const labels = `-l crossplane.io/claim-name=${from.name},crossplane.io/claim-namespace=${from.namespace ?? 'default'}`;
  return {
    claim,
    composite: `x${from.blueprint.kind.toLowerCase()}.awsblueprints.io/${composite}`,
    // Without the list, all kinds that Crossplane calls managed, by the claim's labels.
    managed: managed.length > 0 ? managed.map(resourceName) : [`managed ${labels}`],
  };
}

function resourceName({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${kind.toLowerCase()}.${apiVersion.split('/')[0]}/${metadata?.name}`;
}
