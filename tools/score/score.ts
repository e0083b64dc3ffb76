import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { type Document, loadEach } from '../cli/load.ts';
import type { RenderOptions } from '../cli/render.ts';
import { CodedError } from '../error.ts';
import { isRequest, nameOf, subjectsOf } from '../judge/subjects.ts';
import { claimChecks } from './claim-checks.ts';
import { entityChecks, entityKinds } from './entity-checks.ts';

/** What surrounds the claims, and the day by which versions are judged, as in 2026-11-23. */
export interface ScoreOptions extends Pick<RenderOptions, 'environment' | 'required' | 'input'> {
  readonly date: string;
}

/** One check of one object. */
interface Result {
  readonly check: string;
  readonly passed: boolean;
  readonly remedy: string;
}

/** How good one entity or claim is. */
export interface Scored {
  readonly source: string;
  /** Kind, namespace and name. */
  readonly object: string;
  readonly results: readonly Result[];
}

/** Scores every entity of the catalog and every claim below a folder; the errors of some do not keep others from it. */
export function score(folder: string, options: ScoreOptions): { scored: Scored[]; errors: CodedError[] } {
  if (!existsSync(folder)) throw new CodedError('INPUT_MISSING', folder, 'no such file or folder', 'check the path');
  const scored: Scored[] = [];
  const errors: CodedError[] = [];
  for (const path of filesOf(folder)) {
    collect(errors, () => {
      const found = loadEach(path);
      errors.push(...found.errors);
      for (const document of found.documents) collect(errors, () => scored.push(...scoreOf(document, options)));
    });
  }
  if (scored.length === 0 && errors.length === 0) {
    const seen = `no entity of the catalog (${entityKinds.join(', ')}) and no claim`;
    throw new CodedError('SCORE_NOTHING', folder, seen, 'name a folder with catalog-info.yaml, or with claims');
  }
  return { scored, errors };
}

/** Files that may hold what is scored: others, such as templates of other tools, need not even be YAML. */
function filesOf(folder: string): string[] {
  const ignore = ['**/node_modules/**', '**/.git/**'];
  return globSync('**/*.{yaml,yml,json}', { cwd: folder, ignore, dot: true, expandDirectories: false })
    .sort()
    .map((path) => join(folder, path))
    .filter((path) =>
      /["']?apiVersion["']?:\s*["']?(backstage\.io|(m\.)?awsblueprints\.io)\//.test(readFileSync(path, 'utf8')),
    );
}

function collect(errors: CodedError[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    errors.push(error);
  }
}

/** Objects that are neither are somebody else's matter. */
function scoreOf(document: Document, options: ScoreOptions): Scored[] {
  const { source, object } = document;
  const isEntity = object.apiVersion.startsWith('backstage.io/') && entityKinds.includes(object.kind);
  if (!isEntity && !isRequest(object)) return [];
  const results = isEntity ? entityResults(object) : claimResults(document, options);
  return results.length === 0 ? [] : [{ source, object: nameOf(object), results }];
}

const entityResults = (entity: Document['object']): Result[] =>
  entityChecks
    .filter(({ kinds }) => kinds === undefined || kinds.includes(entity.kind))
    .map(({ id, remedy, holds }) => ({ check: id, passed: holds(entity), remedy }));

function claimResults(document: Document, { date, ...options }: ScoreOptions): Result[] {
  const composed = subjectsOf(document, options).flatMap(({ object, composedFor }) => (composedFor ? [object] : []));
  return claimChecks.flatMap(({ id, remedy, holds }) => {
    const verdicts = composed.map((resource) => holds(resource, composed, date));
    if (verdicts.every((verdict) => verdict === undefined)) return [];
    return [{ check: id, passed: !verdicts.includes(false), remedy }];
  });
}
