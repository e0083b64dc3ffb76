import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildXrds, type XrdOptions } from '../../tools/cli/xrd/build.ts';
import { definitionOf } from '../../tools/cli/xrd/definition.ts';
import { requireEngines } from '../../tools/engines/build.ts';
import { cacheDirectory } from '../../tools/engines/cache.ts';
import { providerModule } from '../../tools/engines/crds.ts';
import { goModule } from '../../tools/engines/go.ts';
import { hasConditions, type KubeObject } from '../../tools/engines/kube.ts';
import { type Stack, startStack } from '../../tools/engines/stack.ts';
import type { Xrd } from '../../tools/gen/xrd.ts';
import { convert, sourcesOf } from '../../tools/openapi/index.ts';

interface Case extends XrdOptions {
  /** A file of the provider's, or of ours. */
  readonly file: string;
  readonly provider?: boolean;
  readonly select?: string;
}

const group = 'xrd.example.org';
const managed = (file: string, kind: string, form: Case['form'], fields?: readonly string[]): Case => ({
  file: `${file}.yaml`,
  provider: true,
  group,
  kind,
  form,
  ...(fields && { fields }),
});

/** Wide in what schemas are made of: maps, sets, lists of objects, versions, deep trees, defaults and rules. */
const cases: readonly Case[] = [
  managed('sqs.aws.m.upbound.io_queues', 'Queue', 'both'),
  managed('sqs.aws.upbound.io_queues', 'FewQueue', 'both', ['name', 'region', 'tags', 'delaySeconds']),
  managed('dynamodb.aws.m.upbound.io_tables', 'Table', 'both'),
  managed('rds.aws.m.upbound.io_instances', 'Instance', 'both'),
  managed('rds.aws.upbound.io_instances', 'OldInstance', 'claims', ['engine', 'region', 'passwordSecretRef.name']),
  managed('s3.aws.upbound.io_buckets', 'Bucket', 'namespaced'),
  managed('ec2.aws.m.upbound.io_instances', 'Machine', 'both'),
  managed('lambda.aws.m.upbound.io_functions', 'Lambda', 'both'),
  managed('eks.aws.m.upbound.io_clusters', 'Cluster', 'both'),
  managed('cloudfront.aws.m.upbound.io_distributions', 'Distribution', 'both'),
  managed('wafv2.aws.m.upbound.io_rulegroups', 'RuleGroup', 'namespaced'),
  managed('firehose.aws.m.upbound.io_deliverystreams', 'Stream', 'namespaced'),
  { file: 'test/xrd/thing.yaml', group, kind: 'Thing', form: 'both' },
  { file: 'test/xrd/openapi.yaml', select: '#/components/schemas/Database', group, kind: 'Base', form: 'both' },
  { file: 'test/xrd/schema.yaml', group, kind: 'Database', form: 'both' },
  { file: 'xrds/claims/s3-irsa.yaml', group, kind: 'Storage', claim: 'StorageClaim', form: 'claims' },
  {
    file: 'xrds/namespaced/s3-irsa.yaml',
    group,
    kind: 'Pods',
    form: 'both',
    fields: ['resourceConfig', 'encryption.type', 'corsRules.allowedMethods'],
  },
];

let folder: string;
let stack: Stack;
let cli: string;

beforeAll(async () => {
  folder = join(await goModule(providerModule, cacheDirectory()), 'package', 'crds');
  cli = join((await requireEngines(['crossplane-cli']))('crossplane-cli'), 'crossplane-cli');
  stack = await startStack();
}, 900_000);

afterAll(() => stack?.stop());

const xrdsOf = ({ file, provider, select, ...options }: Case): readonly Xrd[] => {
  const path = provider ? join(folder, file) : file;
  return buildXrds(definitionOf(path, yaml.load(readFileSync(path, 'utf8')), { ...(select && { select }) }), options)
    .xrds;
};

describe.each(cases)('$file as $kind, $form', (one) => {
  test('is established by Crossplane and the API server', async () => {
    for (const xrd of xrdsOf(one)) {
      const [applied] = await stack.kube.apply(xrd as unknown as KubeObject);
      if (applied === undefined) throw new Error('nothing was applied');
      const wanted = xrd.spec.claimNames === undefined ? ['Established'] : ['Established', 'Offered'];
      const seen = await stack.kube.waitFor(applied, (object) => hasConditions(object, ...wanted), {
        seconds: 60,
        what: wanted.join(),
      });
      expect(hasConditions(seen, ...wanted)).toBe(true);
    }
  });

  test("is the same again when made from the definitions that Crossplane's own converter makes of it", () => {
    for (const xrd of xrdsOf(one)) {
      const { fields: _fields, claim: _claim, ...options } = one;
      const crd = converted(xrd)[0];
      const form = xrd.spec.claimNames === undefined ? 'namespaced' : 'claims';
      const names = { kind: xrd.spec.names.kind, ...(xrd.spec.claimNames && { claim: xrd.spec.claimNames.kind }) };
      const again = buildXrds(definitionOf('converted', crd), {
        ...options,
        ...names,
        group: xrd.spec.group,
        form,
      }).xrds;
      expect(again).toEqual([xrd]);
    }
  });
});

test.each([
  ['api/v1', 'io.k8s.api.core.v1.ServiceSpec'],
  ['apis/apps/v1', 'io.k8s.api.apps.v1.DeploymentSpec'],
  ['apis/batch/v1', 'io.k8s.api.batch.v1.CronJobSpec'],
  ['apis/networking.k8s.io/v1', 'io.k8s.api.networking.v1.IngressSpec'],
  ['apis/autoscaling/v2', 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec'],
  ['apis/rbac.authorization.k8s.io/v1', 'io.k8s.api.rbac.v1.ClusterRole'],
])('the API server takes the structural schema of its own %s %s', async (path, name) => {
  const { sources, errors } = sourcesOf(await documentOf(path), { select: `#/components/schemas/${name}` });
  expect({ count: sources.length, errors }).toEqual({ count: 1, errors: [] });
  const [source] = sources;
  if (source === undefined) return;
  const { schema } = convert(source.schema, { ...source.options, target: 'structural' });
  const kind = name.replace(/.*\./, '');
  const names = { kind, plural: kind.toLowerCase() };
  const openAPIV3Schema = { type: 'object', properties: { spec: schema } };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }];
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.structural.example.org` },
    spec: { group: 'structural.example.org', scope: 'Namespaced', names, versions },
  };
  await stack.kube.apply(definition);
  const isEstablished = (object: KubeObject) => hasConditions(object, 'Established');
  const { status } = await stack.kube.waitFor(definition, isEstablished, { seconds: 60, what: 'Established' });
  expect(status?.conditions?.map(({ type }) => type)).not.toContain('NonStructuralSchema');
});

/** What the API server says of its own kinds, in OpenAPI 3.0. */
async function documentOf(path: string): Promise<unknown> {
  const config = new KubeConfig();
  config.loadFromFile(stack.kubeconfig);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const [answer] = await once(
    get(new URL(`/openapi/v3/${path}`, config.getCurrentCluster()?.server), options),
    'response',
  );
  return json(answer as IncomingMessage);
}

/** The definition of the composite comes first. */
function converted(xrd: Xrd): unknown[] {
  const temporary = mkdtempSync(join(tmpdir(), 'aws-blueprints-xrd-'));
  const file = join(temporary, 'xrd.yaml');
  writeFileSync(file, yaml.dump(xrd));
  try {
    return yaml.loadAll(execFileSync(cli, ['xrd', 'convert', file], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
