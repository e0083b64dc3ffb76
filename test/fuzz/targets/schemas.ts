import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import yaml from 'js-yaml';
import { convert, drafts, sourcesOf } from '../../../tools/openapi/index.ts';
import { mutated, mutations } from '../mutation.ts';
import type { Target } from '../target.ts';
import { refused } from './documents.ts';

const read = (file: string): unknown[] => yaml.loadAll(readFileSync(file, 'utf8'));

const kubernetes = ['xrds/namespaced/s3-irsa.yaml', 'xrds/claims/irsa.yaml', 'test/portal/kitchen-sink.yaml'].flatMap(
  read,
);
const documents = ['test/xrd/openapi.yaml', 'test/xrd/schema.yaml'].flatMap(read);

function target(name: string, law: string, inputs: readonly unknown[]): Target {
  return {
    name,
    law,
    run(seed, cases) {
      const choice = fc.record({
        index: fc.nat(inputs.length - 1),
        to: fc.constantFrom(...drafts, 'structural' as const, 'backstage' as const),
        inline: fc.boolean(),
      });
      fc.assert(
        fc.property(choice, mutations, ({ index, to, inline }, changes) => {
          const document = mutated(inputs[index], changes);
          refused(() => {
            for (const { schema, options } of sourcesOf(document, { allVersions: true }).sources)
              refused(() =>
                JSON.stringify(
                  convert(schema, { ...options, target: to, references: inline ? 'inline' : 'definitions' }),
                ),
              );
          });
          if (Reflect.get({}, 'polluted') !== undefined) throw new Error('Object.prototype was changed');
        }),
        { seed, numRuns: cases },
      );
    },
  };
}

/** Schemas as they come from Kubernetes, with parts of them changed. */
export const definitions = target('CRDs and XRDs', 'are converted or refused with a code', kubernetes);

/** OpenAPI documents and bare schemas, likewise. */
export const openapi = target('OpenAPI documents', 'are converted or refused with a code', documents);
