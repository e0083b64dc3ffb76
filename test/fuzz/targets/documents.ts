import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { blueprints } from '../../../functions/blueprints.ts';
import { compositeOf } from '../../../tools/cli/claim.ts';
import { load, parseDocuments } from '../../../tools/cli/load.ts';
import { CodedError } from '../../../tools/error.ts';
import { environment, reconcile } from '../../support/world.ts';
import { hostileTexts, mutated, mutations } from '../mutation.ts';
import { type Target, timed } from '../target.ts';

const files = blueprints.flatMap(({ name }) =>
  ['claim', 'namespaced', 'full'].map((file) => `examples/${name}/${file}.yaml`),
);

/** A mistake of a person has a code; everything else that is thrown is a bug. */
export function refused(act: () => void): void {
  try {
    timed(act);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.message.length > 20_000) throw new Error(`a message of ${error.message.length} characters`);
    if (/\n\s+at /.test(error.message)) throw new Error(`a stack in a message: ${error.message}`);
  }
}

/** Claims and composites as a person, or somebody worse, may write them. */
export const claims: Target = {
  name: 'claims',
  law: 'are rendered or refused with a code; nothing is composed of what the XRD refuses',
  run(seed, cases) {
    const documents = files.flatMap((file) => load(file));
    fc.assert(
      fc.property(fc.nat(documents.length - 1), mutations, (index, changes) => {
        const object = mutated(documents[index]?.object, changes);
        if (typeof object?.apiVersion !== 'string' || typeof object.kind !== 'string') return;
        refused(() => {
          const { xr } = compositeOf(blueprints, { source: 'claim', object }, undefined);
          reconcile({ xr, observed: new Map(), environment });
        });
      }),
      { seed, numRuns: cases },
    );
  },
};

/** Pieces of which bad YAML is made. */
const pieces = fc.oneof(
  fc.constantFrom(
    '- ',
    '? ',
    ': ',
    '\n',
    '\n  ',
    '\t',
    '&a ',
    '*a',
    '<<: *a',
    '[',
    ']',
    '{',
    '}',
    '|\n',
    '>-\n',
    '!!js/function ',
    '!!binary ',
    '%TAG ! x\n',
    '---\n',
    '...\n',
    '#',
    '"',
    "'",
    '\\',
    '\ufeff',
  ),
  fc.constantFrom(
    'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b]\n',
  ),
  fc.integer({ min: 1, max: 3000 }).map((levels) => '['.repeat(levels)),
  fc
    .integer({ min: 1, max: 400 })
    .map((levels) => Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('')),
  fc.integer({ min: 1, max: 200_000 }).map((size) => 'z'.repeat(size)),
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Texts that are not what YAML should be: cut, doubled, with bombs and depths in them. */
export const texts: Target = {
  name: 'YAML',
  law: 'is read or refused with a code, in bounded time; prototypes of objects stay as they are',
  run(seed, cases) {
    const sources = files.map((file) => readFileSync(file, 'utf8'));
    const edit = fc.record({ at: fc.nat(), cut: fc.nat(40), piece: pieces });
    const changed = fc
      .tuple(fc.constantFrom('', ...sources), fc.array(edit, { minLength: 1, maxLength: 6 }))
      .map(([text, edits]) =>
        edits.reduce((current, { at, cut, piece }) => {
          const place = at % (current.length + 1);
          return current.slice(0, place) + piece + current.slice(place + cut);
        }, text),
      );
    fc.assert(
      fc.property(changed, (text) => {
        refused(() => {
          parseDocuments({ source: 'text', bytes: Buffer.from(text) });
        });
        if (Reflect.get({}, 'polluted') !== undefined) throw new Error('Object.prototype was changed');
      }),
      { seed, numRuns: cases },
    );
  },
};
