import { blueprints } from '../../functions/blueprints.ts';
import { apiVersionName, type Blueprint, groups } from '../../functions/core/blueprint.ts';
import { judge, type Spec } from '../../functions/core/day2/judge.ts';
import type { Rendered } from '../../functions/core/render.ts';
import type { CrdSchema } from '../../functions/core/schema.ts';
import { compositeOf } from '../cli/claim.ts';
import type { Document } from '../cli/load.ts';
import { toYaml } from '../cli/output.ts';
import { type RenderOptions, renderDocument } from '../cli/render.ts';
import { withoutSecrets } from '../cli/report.ts';
import { CodedError } from '../error.ts';
import { type CheckOptions, checkDocuments } from '../judge/check.ts';
import { nameOf } from '../judge/subjects.ts';
import type { Ask, ChangedField, Fault, Pass, Preview, Verdict } from './protocol.ts';

/** Where errors say that they come from. */
const source = 'form';

/** What `render --until-ready` makes of what was entered. */
export function preview(blueprint: Blueprint, ask: Ask, options: RenderOptions): Preview {
  const document = documentOf(ask);
  const manifest = toYaml(document.object);
  try {
    const { rounds } = renderDocument(document, { ...options, untilReady: true });
    const changes = changesOf(blueprint, ask);
    return { manifest, passes: rounds.map(passOf), changes, ...objectsOf(rounds.at(-1)) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { manifest, fault: faultOf(error, blueprint), passes: [], changes: [], kinds: {}, objects: [] };
  }
}

/** What `check` says of what was entered and of all that is composed for it. */
export async function verdict(ask: Ask, options: CheckOptions): Promise<Verdict> {
  try {
    const { objects, policies, findings } = await checkDocuments([documentOf(ask)], options);
    return {
      objects,
      policies,
      findings: findings.map(({ policy, action, message }) => ({ policy, action, message })),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { unknown: error.message };
  }
}

/** The judgement of changes, between what runs and what was entered, both with their defaults. */
function changesOf(blueprint: Blueprint, ask: Ask): ChangedField[] {
  const running = specOf(ask, ask.running);
  const asked = specOf(ask, ask.spec);
  if (running === undefined || asked === undefined) return [];
  return judge(blueprint, running, asked).map(({ field, from, to, impact, interruption, takesEffect, source }) => ({
    field,
    from: wordOf(from),
    to: wordOf(to),
    impact,
    interruption,
    takesEffect,
    ...(source !== undefined && { source }),
  }));
}

/** As the API server has it; undefined for what it refuses, which cannot run. */
function specOf(ask: Ask, spec: Ask['spec']): Spec | undefined {
  try {
    return compositeOf(blueprints, documentOf({ ...ask, spec }), undefined).xr.spec as Spec;
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

const wordOf = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function documentOf({ kind, form, name, namespace, spec }: Ask): Document {
  const apiVersion = `${groups[form]}/${apiVersionName}`;
  // Validation fills in defaults, which are the platform's and not part of what was entered.
  return { source, object: { apiVersion, kind, metadata: { name, namespace }, spec: structuredClone(spec) } };
}

function passOf({ resources, gated, condition, warnings, ready: isReady }: Rendered): Pass {
  const names = (ready: boolean) => resources.filter((one) => one.ready === ready).map(({ name }) => name);
  const ready = names(true);
  const parts = [`${ready.length} of ${resources.length} composed resources ready`];
  if (gated.length > 0) parts.push(`${gated.length} more awaited`);
  else if (condition?.status === 'False') parts.push(condition.message ?? '');
  if (isReady) parts.push('the composite is Ready');
  return { ready, composed: names(false), gated: gated.map(shortened), message: [...parts, ...warnings].join('; ') };
}

/** A resource stands for its own fields. */
function shortened({ awaits, ...one }: Rendered['gated'][number]): Pass['gated'][number] {
  return {
    ...one,
    awaits: awaits.filter((what) => !awaits.includes(what.replace(/\.[^.]+$/, '')) || !what.includes('.')),
  };
}

function objectsOf(last: Rendered | undefined): Pick<Preview, 'kinds' | 'objects'> {
  if (last === undefined) return { kinds: {}, objects: [] };
  const { xr, resources } = last;
  return {
    kinds: Object.fromEntries(resources.map(({ name, object }) => [name, object.kind])),
    objects: [
      { title: nameOf(xr), yaml: toYaml(xr) },
      ...resources.map(({ name, object }) => ({
        name,
        title: `${object.kind} ${name}`,
        yaml: toYaml(withoutSecrets(object)),
      })),
    ],
  };
}

/** The path of an error in a claim, as the form has it: names and namespace beside the spec. */
function faultOf({ path, message }: CodedError, { spec }: Blueprint): Fault {
  const place = path.startsWith(`${source}: `) ? path.slice(source.length + 2) : '';
  const text = message.replace(`${path}: `, '');
  if (place === 'metadata.name') return { message: text, field: ['name'] };
  if (!/^spec\b/.test(place)) return { message: text };
  const [, ...field] = place.split(/[.[\]]+/).filter((part) => part !== '');
  return { message: text, field: ['claim', ...field, ...subjectOf(spec, field, text)] };
}

/** A rule about an object names first what it is about, which may be absent. */
function subjectOf(spec: CrdSchema, field: readonly string[], message: string): string[] {
  const at = field.reduce<CrdSchema | undefined>((schema, name) => schema?.properties?.[name] ?? schema?.items, spec);
  const [, subject = ''] = /; (\w+) /.exec(message) ?? [];
  return at?.properties?.[subject] === undefined ? [] : [subject];
}
