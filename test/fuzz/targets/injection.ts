import fc from 'fast-check';
import { blueprints } from '../../../functions/blueprints.ts';
import type { Rendered } from '../../../functions/core/render.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { compositeOf } from '../../../tools/cli/claim.ts';
import { load } from '../../../tools/cli/load.ts';
import { CodedError } from '../../../tools/error.ts';
import { environment, history } from '../../support/world.ts';
import type { Target } from '../target.ts';

const files = blueprints.flatMap(({ name }) => ['full', 'production'].map((file) => `examples/${name}/${file}.yaml`));

/** What may be smuggled into a text: what widens an IAM pattern, ends a JSON string, or begins a command of a shell. */
const smuggled = fc.constantFrom(
  '*',
  '?',
  `\${aws:username}`,
  '"',
  '\\',
  '","Resource":"*',
  "'",
  ';id',
  '$(id)',
  '`id`',
  '\n',
  '|id',
  '&id',
  ' ',
  ':root',
  '/*',
);

/** Texts of a claim with something smuggled into one of them: those that the XRD accepts are composed and looked at. */
export const injection: Target = {
  name: 'texts of claims that end in IAM documents, ARNs and commands',
  law: 'what means something to IAM, JSON or a shell is refused, or arrives as a plain part of one value',
  run(seed, cases) {
    const documents = files.flatMap((file) => load(file));
    const usualOf: ReadonlySet<string>[] = [];
    fc.assert(
      fc.property(fc.nat(documents.length - 1), fc.nat(), fc.nat(), smuggled, (index, leaf, at, text) => {
        const object = structuredClone(documents[index]?.object);
        const changed = smuggle(object, leaf, at, text);
        const rendered = changed === undefined ? [] : composedOf(object);
        const usual = usualOf[index] ?? patternsOf(composedOf(documents[index]?.object));
        usualOf[index] = usual;
        for (const { resources } of rendered)
          for (const { name, object: composed } of resources)
            assertHarmless(name, composed, text, String(changed), usual);
      }),
      { seed, numRuns: cases },
    );
  },
};

interface Leaf {
  readonly holder: object;
  readonly key: string;
  readonly text: string;
}

/** Puts the text into one of the texts of the spec; what became of it, or undefined when there is none. */
function smuggle(object: KubernetesObject | undefined, leaf: number, at: number, text: string): string | undefined {
  const leaves = leavesOf(object?.spec);
  const one = leaves[leaf % Math.max(leaves.length, 1)];
  if (one === undefined) return undefined;
  const place = at % (one.text.length + 1);
  const changed = one.text.slice(0, place) + text + one.text.slice(place);
  Reflect.set(one.holder, one.key, changed);
  return changed;
}

function leavesOf(value: unknown): Leaf[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) =>
    typeof member === 'string' && member.length > 3 ? [{ holder: value, key, text: member }] : leavesOf(member),
  );
}

/** All rounds until nothing changes any more; none when the XRD refuses it. */
function composedOf(object: KubernetesObject | undefined): Rendered[] {
  try {
    if (object === undefined) return [];
    const { xr } = compositeOf(blueprints, { source: 'claim', object }, undefined);
    return history({ xr, observed: new Map(), environment }).map(({ rendered }) => rendered);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return [];
  }
}

/** Looks at every text of a composed resource, by what it is for. */
function assertHarmless(
  name: string,
  composed: KubernetesObject,
  text: string,
  changed: string,
  usual: ReadonlySet<string>,
): void {
  for (const { key, text: value } of leavesOf(composed.spec)) {
    if (isDocument(key, value)) assertDocument(name, value, text, changed, usual);
    if (/Arn$/.test(key) && value.includes(changed) && /[*?$"'\\;`|& \n]/.test(value))
      throw new Error(`${name}: ${key} is ${value}`);
  }
  if (composed.kind !== 'Job') return;
  for (const { key, text: value } of leavesOf(composed.spec))
    if (/[;$`|&\n]/.test(text) && value.includes(changed)) throw new Error(`${name}: ${key} of a Job is ${value}`);
}

const isDocument = (key: string, value: string): boolean =>
  /polic(y|ies)$/i.test(key) && value.trimStart().startsWith('{');

/** All texts of the documents of a claim as it is: a bucket named x has x/* in one, whatever else is smuggled in. */
const patternsOf = (rounds: readonly Rendered[]): ReadonlySet<string> =>
  new Set(
    rounds
      .flatMap(({ resources }) => resources.flatMap(({ object }) => leavesOf(object.spec)))
      .filter(({ key, text }) => isDocument(key, text))
      .flatMap(({ text }) => leavesOf(JSON.parse(text)).map((leaf) => leaf.text)),
  );

/** The document is JSON still, and no pattern in it was widened; a tag's value in a condition may say anything. */
function assertDocument(
  name: string,
  document: string,
  text: string,
  changed: string,
  usual: ReadonlySet<string>,
): void {
  const parsed: { Statement: Record<string, unknown>[] } = JSON.parse(document);
  if (!/[*?$]/.test(text)) return;
  for (const { text: value } of leavesOf(parsed))
    if (value.includes(changed) && !usual.has(value)) throw new Error(`${name}: the document says ${value}`);
}
