import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import yaml from 'js-yaml';
import { blueprints } from '../../../functions/blueprints.ts';
import { packageRoot } from '../../engines/root.ts';
import { CodedError } from '../../error.ts';
import { portalFiles, portalProfiles } from '../../gen/portal.ts';
import { type OutputFile, toYaml, writeFiles } from '../output.ts';
import type { Template } from '../template/template.ts';

interface Options {
  readonly out: string;
  readonly host?: readonly string[];
  readonly actions?: string;
}

/** Adds the command `portal`. */
export function addPortal(program: Command): void {
  program
    .command('portal')
    .description('Write templates of whole applications and clusters for a Backstage portal.')
    .addArgument(new Argument('<profile>', 'where the portal keeps code').choices(Object.keys(portalProfiles)))
    .requiredOption('--out <folder>', 'where to write them; what is there already is never replaced')
    .option('--host <name...>', 'hosts of repositories, in place of the usual one')
    .option('--actions <file>', 'what the portal answers at /api/scaffolder/v2/actions: nothing else may be used')
    .action((profile: string, { out, host, actions }: Options) => {
      const objects = portalFiles(blueprints, { profiles: [profile], ...(host && { hosts: host }) });
      if (actions !== undefined) checkActions(objects, actions);
      writeFiles(out, [...written(objects), ...skeletons()]);
      process.stderr.write(`register ${join(out, `all-${profile}.yaml`)} as a Location of the catalog\n`);
    });
}

const written = (objects: ReadonlyMap<string, object>): OutputFile[] =>
  [...objects].map(([path, object]) => ({ path, text: toYaml(object) }));

/** What the templates fill in, which is no code of ours but part of the package. */
function skeletons(): OutputFile[] {
  const folder = join(packageRoot, 'examples', 'portal');
  return readdirSync(join(folder, 'skeletons'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('skeletons', path))
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

/** A template with an action that a portal lacks fails only when somebody has filled it in. */
function checkActions(objects: ReadonlyMap<string, object>, file: string): void {
  const known = actionsIn(file);
  for (const [path, object] of objects) {
    for (const [index, { action }] of ((object as Template).spec?.steps ?? []).entries()) {
      if (known.has(action)) continue;
      const remedy = 'install the module that has it, or choose another profile';
      throw new CodedError('ACTION_UNKNOWN', `${path}: spec.steps[${index}].action`, String(action), remedy);
    }
  }
}

function actionsIn(file: string): ReadonlySet<unknown> {
  let list: unknown;
  try {
    list = yaml.load(readFileSync(file, 'utf8'));
  } catch {
    throw new CodedError('ACTIONS_UNREADABLE', file, 'cannot be read as JSON or YAML', 'save the answer of the portal');
  }
  if (Array.isArray(list) && list.every((one) => typeof Object(one).id === 'string')) {
    return new Set(list.map((one) => Object(one).id));
  }
  throw new CodedError('ACTIONS_INVALID', file, 'no list of actions with an id each', 'save the answer of the portal');
}
