import { blueprints } from '../../functions/blueprints.ts';
import { partitionOf } from '../../functions/core/iam.ts';
import type { Form } from '../../functions/core/managed.ts';
import { member } from '../../functions/core/observed.ts';
import { type Rendered, render } from '../../functions/core/render.ts';
import type { KubernetesObject } from '../../functions/core/resource.ts';
import { CodedError } from '../error.ts';
import { simulate } from '../simulate.ts';
import { type Composite, compositeOf } from './claim.ts';
import { type Document, load, loadEach } from './load.ts';

export interface RenderOptions {
  readonly as?: Form;
  readonly observed?: string;
  readonly environment?: string;
  readonly required?: string;
  readonly input?: string;
  readonly untilReady?: boolean;
}

/** What became of one document: what would be composed, round by round where the loop was played to its end. */
export interface RenderResult {
  readonly source: string;
  readonly rounds: readonly Rendered[];
}

/** More rounds than any blueprint needs; one that does not settle by then never does. */
const maxRounds = 50;

/** Renders every document of a file; the errors of some do not keep the others from being rendered. */
export function renderFile(path: string, options: RenderOptions): { results: RenderResult[]; errors: CodedError[] } {
  const results: RenderResult[] = [];
  const world = worldOf(options);
  const { documents, errors } = loadEach(path);
  for (const document of documents) {
    try {
      results.push(renderIn(world, document, options));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      errors.push(error);
    }
  }
  return { results, errors };
}

/** Renders one document. */
export const renderDocument = (document: Document, options: RenderOptions): RenderResult =>
  renderIn(worldOf(options), document, options);

function renderIn(world: World, document: Document, { as, untilReady = false }: RenderOptions): RenderResult {
  return { source: document.source, rounds: play(compositeOf(blueprints, document, as), world, untilReady) };
}

interface World {
  readonly observed: readonly Document[];
  readonly cluster: readonly KubernetesObject[];
  readonly input: Readonly<Record<string, unknown>> | undefined;
}

/** What surrounds what is rendered; told at once when it cannot be read. */
export function worldOf({ observed, environment, required, input }: RenderOptions): World {
  const environments = environment === undefined ? [] : load(environment);
  for (const { source, object } of environments) {
    if (object.kind !== 'EnvironmentConfig') {
      throw new CodedError(
        'ENVIRONMENT_KIND',
        source,
        object.kind,
        'give an EnvironmentConfig; other objects go to --required',
      );
    }
    if (typeof object.data !== 'object' || object.data === null || Object.keys(object.data).length === 0) {
      const saw = object.data === undefined ? 'absent' : 'without keys';
      throw new CodedError('ENVIRONMENT_EMPTY', `${source}: data`, saw, 'add awsAccountID and eksOIDC under data');
    }
  }
  const others = required === undefined ? [] : load(required);
  return {
    observed: observed === undefined ? [] : load(observed),
    cluster: [...environments, ...others].map(({ object }) => object),
    input: input === undefined ? undefined : load(input)[0]?.object,
  };
}

function play(composite: Composite, world: World, untilReady: boolean): Rendered[] {
  const rounds: Rendered[] = [];
  let observed = observedOf(composite, world.observed);
  let { xr } = composite;
  for (let round = 0; round < maxRounds; round++) {
    const rendered = renderOnce(composite, { ...world, xr, observed });
    rounds.push(rendered);
    const grown = new Map(
      rendered.resources.map(({ name, object }) => [name, simulate(object, name, awsOf(rendered.xr, world.cluster))]),
    );
    const settled =
      rendered.resources.every(({ name }) => observed.has(name)) && rendered.resources.every(({ ready }) => ready);
    if (!untilReady || rendered.ready || settled) return rounds;
    observed = grown;
    xr = rendered.xr;
  }
  throw new Error(`${composite.source} did not settle in ${maxRounds} rounds`);
}

function renderOnce(
  { source }: Composite,
  {
    xr,
    observed,
    cluster,
    input,
  }: {
    xr: KubernetesObject;
    observed: ReadonlyMap<string, KubernetesObject>;
    cluster: readonly KubernetesObject[];
    input: World['input'];
  },
): Rendered {
  const rendered = render(blueprints, { xr, observed, cluster, ...(input !== undefined && { input }) }, (error) => {
    throw error;
  });
  if (rendered.refusal !== undefined) {
    const [code = '', rest = ''] = rendered.refusal.split(/: (.*)/s);
    const [saw = '', fix = ''] = rest.split(/; (.*)/s);
    throw new CodedError(code, source, saw, fix);
  }
  return rendered;
}

/** Observed resources are keyed by the composed resource name that Crossplane wrote on them. */
function observedOf({ xr }: Composite, documents: readonly Document[]): ReadonlyMap<string, KubernetesObject> {
  const observed = new Map<string, KubernetesObject>();
  for (const { source, object } of documents) {
    const name = object.metadata?.annotations?.['crossplane.io/composition-resource-name'];
    if (name === undefined) {
      throw new CodedError(
        'OBSERVED_UNNAMED',
        source,
        'no annotation crossplane.io/composition-resource-name',
        'give resources that Crossplane composed',
      );
    }
    const owner = object.metadata?.labels?.['crossplane.io/composite'];
    if (owner !== undefined && owner !== xr.metadata?.name) {
      throw new CodedError(
        'OBSERVED_FOREIGN',
        source,
        `composed for ${owner}`,
        `give resources of ${xr.metadata?.name}`,
      );
    }
    if (observed.has(name)) throw new CodedError('OBSERVED_TWICE', source, name, 'give each composed resource once');
    observed.set(name, object);
  }
  return observed;
}

function awsOf(xr: KubernetesObject, cluster: readonly KubernetesObject[]) {
  const environment = cluster.find(({ kind }) => kind === 'EnvironmentConfig')?.data;
  const region = member(member(xr.spec, 'resourceConfig'), 'region') ?? member(environment, 'region');
  return {
    account: String(member(xr.spec, 'awsAccountID') ?? member(environment, 'awsAccountID') ?? '000000000000'),
    partition: String(member(environment, 'partition') ?? partitionOf(typeof region === 'string' ? region : undefined)),
  };
}
