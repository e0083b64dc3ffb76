import { groupOf, type KubernetesObject } from '../../functions/core/resource.ts';
import { policies } from '../../policies/policies.ts';
import { type Document, load, loadEach, type Place } from '../cli/load.ts';
import type { RenderOptions } from '../cli/render.ts';
import { CodedError } from '../error.ts';
import { constraintOf, type Profile, profiles, templateOf } from '../gen/policies.ts';
import { type Answer, ask, findJudge, type Question } from './judge.ts';
import { type Asked, alone, nameOf, requestOf, type Subject, subjectsOf } from './subjects.ts';

/** What the command line says. */
export interface CheckOptions extends Pick<RenderOptions, 'environment' | 'required' | 'input'> {
  readonly policies?: string;
  readonly profile: Profile;
  readonly old?: string;
  readonly operation?: Asked['operation'];
  readonly user?: string;
  readonly group?: readonly string[];
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly inventory?: string;
  readonly judge?: string;
}

/** A rule that an object breaks. */
export interface Finding {
  readonly source: string;
  /** Where the document begins; not of standard input. */
  readonly place?: Place;
  /** Kind, namespace and name. */
  readonly object: string;
  readonly composedFor?: string;
  readonly policy: string;
  readonly action: 'deny' | 'warn' | 'dryrun';
  readonly message: string;
}

/** What was judged, and what was found. */
export interface Verdict {
  readonly objects: number;
  readonly policies: number;
  readonly findings: readonly Finding[];
}

/** Judge every object of a file or folder, and all that would be composed for the claims among them. */
export async function check(path: string, options: CheckOptions): Promise<Verdict> {
  const { documents, errors } = loadEach(path);
  // A file that is half understood is not half judged.
  if (errors[0] !== undefined) throw errors[0];
  return checkDocuments(documents, options);
}

/** As check, of what was read already. */
export async function checkDocuments(documents: readonly Document[], options: CheckOptions): Promise<Verdict> {
  const subjects = subjectsAll(documents, options);
  const inventory = options.inventory === undefined ? [] : load(options.inventory).map(({ object }) => object);
  const namespaces = namespacesOf(subjects, inventory, options.namespaceLabels);
  const data = [...inventory, ...namespaces.values()].map((object) => ({ op: 'data', object }) as const);
  const known = [...policyQuestions(options, subjects), ...data];
  const old = options.old === undefined ? [] : subjectsAll(load(options.old), options).map(({ object }) => object);
  const questions = [...known, ...subjects.map((subject) => reviewOf(subject, options, old, namespaces))];
  const answers = await ask(findJudge(options.judge), questions);
  for (const [index, question] of questions.entries()) refuse(question, answers[index]);
  const findings = subjects.flatMap((subject, index) => findingsOf(subject, answers[known.length + index]));
  return { objects: subjects.length, policies: known.filter(({ op }) => op === 'constraint').length, findings };
}

/** What a deleted request composed goes with it, and is nothing to be judged. */
const subjectsAll = (documents: readonly Document[], options: CheckOptions): Subject[] =>
  documents.flatMap((one) => (options.operation === 'DELETE' ? [alone(one)] : subjectsOf(one, options)));

/** Templates before their constraints, whatever the order of the files. */
function policyQuestions({ policies: path, profile }: CheckOptions, subjects: readonly Subject[]): Question[] {
  const objects = path === undefined ? packaged(profile, subjects) : withTemplates(load(path));
  const ofGroup = (group: string, op: 'template' | 'constraint') =>
    objects.filter(({ apiVersion }) => apiVersion.startsWith(`${group}/`)).map((object) => ({ op, object }));
  const constraints = ofGroup('constraints.gatekeeper.sh', 'constraint');
  if (path !== undefined && constraints.length === 0) {
    throw new CodedError('POLICY_NONE', path, 'no constraint', 'name a folder with templates and constraints');
  }
  return [...ofGroup('templates.gatekeeper.sh', 'template'), ...constraints];
}

/** Policies of somebody's own, with the packaged templates of constraints that come without one. */
function withTemplates(documents: readonly Document[]): KubernetesObject[] {
  const own = documents.map(({ object }) => object);
  const has = (kind: string, name?: string) =>
    own.some((one) => one.kind === kind && (name === undefined || one.metadata?.name === name));
  const lacking = policies.filter(({ kind }) => has(kind) && !has('ConstraintTemplate', kind.toLowerCase()));
  return [...lacking.map(templateOf), ...own];
}

type Namespaces = ReadonlyMap<string, KubernetesObject>;

/** The namespaces of all that is judged, by name, with the labels that are known of them: rules may select by them. */
function namespacesOf(
  subjects: readonly Subject[],
  inventory: readonly KubernetesObject[],
  labels: CheckOptions['namespaceLabels'],
): Namespaces {
  const given = [...inventory, ...subjects.map(({ object }) => object)].filter(
    ({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace',
  );
  const names = new Set(subjects.flatMap(({ object }) => object.metadata?.namespace ?? []));
  const named = [...names].map((name): [string, KubernetesObject] => {
    const own = given.find(({ metadata }) => metadata?.name === name)?.metadata?.labels;
    return [name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...own, ...labels } } }];
  });
  return new Map(named);
}

/** Those of the packaged policies that concern any subject: to compile a rule takes longer than to judge by it. */
function packaged(profile: Profile, subjects: readonly Subject[]): KubernetesObject[] {
  const concern = policies.filter(({ match }) =>
    match.some(({ apiGroups, kinds }) =>
      subjects.some(
        ({ object: { apiVersion, kind } }) =>
          apiGroups.includes(groupOf(apiVersion)) && (kinds.includes('*') || kinds.includes(kind)),
      ),
    ),
  );
  return [...concern.map(templateOf), ...concern.map((policy) => constraintOf(policy, profiles[profile]))];
}

const crossplane = {
  username: 'system:serviceaccount:crossplane-system:crossplane',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:crossplane-system', 'system:authenticated'],
};

function reviewOf(
  { object, composedFor }: Subject,
  { user, group, operation }: CheckOptions,
  old: readonly KubernetesObject[],
  namespaces: Namespaces,
): Question {
  const person = user === undefined ? {} : { username: user, groups: [...(group ?? []), 'system:authenticated'] };
  const asked: Asked =
    composedFor === undefined
      ? { old, user: person, ...(operation && { operation }) }
      : { old, user: user === undefined ? {} : crossplane };
  const namespace = namespaces.get(object.metadata?.namespace ?? '');
  return { op: 'review', request: requestOf(object, asked), ...(namespace && { namespace }) };
}

/** How the API server's validator says that a rule did not come to an answer (apiserver v0.36, policy/validating). */
const brokenRule = /^(compilation error: |expression '.*' resulted in error: )/s;

/** Gatekeeper takes a rule that does not work for a violation; for us it is a mistake in the policy. */
function refuse(question: Question, answer: Answer | undefined): void {
  const path = question.op === 'review' ? 'review' : nameOf(question.object);
  const fault = answer?.violations?.find(({ message }) => brokenRule.test(message));
  if (fault) throw new CodedError('POLICY_BROKEN', fault.constraint, firstLine(fault.message), 'correct its template');
  if (answer?.error !== undefined) {
    throw new CodedError('POLICY_INVALID', path, firstLine(answer.error), 'correct it; nothing was judged');
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

function findingsOf({ source, place, object, composedFor }: Subject, answer: Answer | undefined): Finding[] {
  return (answer?.violations ?? []).flatMap(({ constraint, message, action, scoped }) =>
    (scoped ?? [action]).map((one) => ({
      source,
      ...(place && { place }),
      object: nameOf(object),
      ...(composedFor !== undefined && { composedFor }),
      policy: constraint,
      action: one === 'warn' || one === 'dryrun' ? one : ('deny' as const),
      message,
    })),
  );
}
