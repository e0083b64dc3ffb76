import { type Blueprint, groups } from '../../../functions/core/blueprint.ts';
import type { KubernetesObject } from '../../../functions/core/resource.ts';
import { CodedError } from '../../error.ts';
import { formOf } from '../claim.ts';
import { type Document, listBytes, loadEach, loadText, type Text } from '../load.ts';
import { readRange } from './git.ts';

/** Where the manifests are: two files or folders, or a range of commits. */
export interface Where {
  readonly from?: string;
  readonly to?: string;
  readonly git?: string;
  readonly path?: string | undefined;
}

/** Manifests as they were and as they are to be: claims and composites of ours alone. */
export interface Sides {
  readonly from: readonly Document[];
  readonly to: readonly Document[];
  /** What is not ours, and was not looked at. */
  readonly passedOver: { readonly manifests: number; readonly files: number };
  /** Objects of files that are the same on both sides and may have that name. */
  elsewhere(name: string): readonly Document[];
}

/** Reads both sides; throws a CodedError for what cannot be read. */
export function sidesOf(blueprints: readonly Blueprint[], where: Where): Sides {
  const { from = '', to = '', git, path } = where;
  if (git !== undefined) return sidesOfRange(blueprints, git, path);
  const sides = [loadEach(from, listBytes), loadEach(to, listBytes)] as const;
  const [before, after] = sides.map((side) => side.documents.filter(isOurs(blueprints)));
  return {
    from: before ?? [],
    to: after ?? [],
    passedOver: { manifests: foreign(blueprints, sides), files: 0 },
    elsewhere: () => [],
  };
}

function sidesOfRange(blueprints: readonly Blueprint[], git: string, path: string | undefined): Sides {
  const range = readRange(git, path);
  const mentions = (text: Text) => text.bytes.includes(groups.claims);
  const sides = [range.from, range.to].map((texts) => texts.filter(mentions).map(loaded));
  const [before, after] = sides.map((side) => side.flatMap(({ documents }) => documents).filter(isOurs(blueprints)));
  const paths = (texts: readonly Text[]) => texts.filter((text) => !mentions(text)).map(({ file }) => file);
  let unchanged: readonly Text[] | undefined;
  return {
    from: before ?? [],
    to: after ?? [],
    passedOver: {
      manifests: foreign(blueprints, sides.flat()),
      files: new Set([...paths(range.from), ...paths(range.to)]).size,
    },
    elsewhere: (name) => {
      unchanged ??= range.unchanged().filter(mentions);
      const texts = unchanged.filter(({ bytes }) => bytes.includes(name));
      return texts.flatMap((text) => loaded(text).documents).filter(isOurs(blueprints));
    },
  };
}

type Loaded = ReturnType<typeof loadText>;

/** A file of nothing but comments is no mistake in a repository. */
function loaded(text: Text): Loaded {
  try {
    return loadText(text);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'INPUT_EMPTY') return { documents: [], errors: [] };
    throw error;
  }
}

/** How many manifests, on either side or both, are not ours. */
function foreign(blueprints: readonly Blueprint[], sides: readonly Loaded[]): number {
  const others = sides.flatMap(({ documents }) => documents.filter((one) => !isOurs(blueprints)(one)));
  const errors = sides.flatMap((side) => side.errors.map(({ path }) => path));
  return new Set([...others.map(({ object }) => keyOf(object, '')), ...errors]).size;
}

const isOurs =
  (blueprints: readonly Blueprint[]) =>
  ({ object }: Document): boolean =>
    formOf(blueprints, object) !== undefined;

/** What tells an object from every other one of a cluster. */
export const keyOf = ({ apiVersion, kind, metadata }: KubernetesObject, namespace: string): string =>
  JSON.stringify([apiVersion, kind, metadata?.namespace ?? namespace, metadata?.name ?? '']);
