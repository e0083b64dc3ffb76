import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Blueprint } from '../functions/core/blueprint.ts';
import { render } from '../functions/core/render.ts';
import { writeFiles } from '../tools/cli/output.ts';
import { definitionOf } from '../tools/cli/xrd/definition.ts';
import { startOf } from '../tools/cli/xrd/start.ts';
import { exampleOf } from '../tools/gen/examples.ts';
import { repository } from './support/process.ts';

let folder: string;

/** A kind that is in functions/aws, with a CRD as the provider has it, in small. */
const role = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  spec: {
    group: 'iam.aws.m.upbound.io',
    scope: 'Namespaced',
    names: { kind: 'Role', plural: 'roles' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: "An IAM role, in IAM's words.",
            properties: {
              spec: {
                type: 'object',
                properties: {
                  forProvider: {
                    type: 'object',
                    required: ['assumeRolePolicy'],
                    properties: {
                      assumeRolePolicy: { type: 'string' },
                      maxSessionDuration: { type: 'number', minimum: 3600 },
                      tags: {
                        type: 'object',
                        additionalProperties: { type: 'string' },
                        'x-kubernetes-map-type': 'granular',
                      },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  atProvider: { type: 'object', properties: { arn: { type: 'string' }, id: { type: 'string' } } },
                },
              },
            },
          },
        },
      },
    ],
  },
};

beforeAll(async () => {
  // Inside the repository, whose dependencies it then has.
  folder = await mkdtemp(repository('node_modules/.aws-blueprints-start-'));
  writeFiles(folder, startOf(definitionOf('role.yaml', role), 'AppRole', undefined));
  for (const name of ['core', 'aws']) symlinkSync(repository(`functions/${name}`), join(folder, 'functions', name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a started blueprint is TypeScript that fits core and the managed resource', async () => {
  const config = { extends: repository('tsconfig.json'), include: ['functions/app-role'], exclude: [] };
  const compilerOptions = { preserveSymlinks: true, typeRoots: [repository('node_modules/@types')] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }));
  const tsc = repository('node_modules/typescript/bin/tsc');
  expect(execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })).toBe('');
});

test('it composes the managed resource of its example', async () => {
  const { appRole }: { appRole: Blueprint } = await import(join(folder, 'functions/app-role/index.ts'));
  const claim = exampleOf(appRole, 'claim', 'namespaced');
  const xr = { ...claim, metadata: { ...claim.metadata, uid: '00000000-0000-0000-0000-000000000000' } };
  const { resources } = render([appRole], { xr, observed: new Map(), cluster: [] }, (error) => {
    throw error;
  });
  expect(
    yaml.dump(resources.map(({ name, object }) => ({ name, kind: object.kind, spec: object.spec }))),
  ).toMatchInlineSnapshot(`
    "- name: role
      kind: Role
      spec:
        forProvider:
          assumeRolePolicy: example
        providerConfigRef:
          name: default
          kind: ClusterProviderConfig
    "
  `);
});

test('the files are as they were', async () => {
  for (const name of ['schema', 'compose', 'examples', 'index']) {
    const text = readFileSync(join(folder, `functions/app-role/${name}.ts`), 'utf8');
    await expect(text).toMatchFileSnapshot(repository(`test/xrd/start/${name}.ts.txt`));
  }
});

test('what is there is never replaced, and what is no managed resource has no start', () => {
  const files = startOf(definitionOf('role.yaml', role), 'AppRole', undefined);
  expect(() => writeFiles(folder, files)).toThrow('OUTPUT_FOREIGN');
  const xrd = yaml.load(readFileSync('xrds/claims/irsa.yaml', 'utf8'));
  expect(() => startOf(definitionOf('irsa.yaml', xrd), 'Thing', undefined)).toThrow(
    'XRD_COMPOSITION: irsa.yaml: no managed resource; give the CRD of a managed resource, or leave --composition out',
  );
});
