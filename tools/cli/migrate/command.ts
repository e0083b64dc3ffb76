import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { blueprints } from '../../../functions/blueprints.ts';
import type { Form } from '../../../functions/core/managed.ts';
import { CodedError } from '../../error.ts';
import { listBytes, load, loadEach } from '../load.ts';
import { type OutputFile, toYaml, writeFiles } from '../output.ts';
import { cutOverOf, handoverFolders, handsOver, secretOf } from './cut-over.ts';
import { composedOfHeirs, released } from './handover.ts';
import { type Migration, migrate } from './migrate.ts';
import { reportOf } from './report.ts';

interface CommandOptions {
  readonly to: Form;
  readonly observed?: string;
  readonly out?: string;
}

/** Adds the command `migrate`; `fail` is told what is not taken over while the others go on. */
export function addMigrate(program: Command, fail: (error: CodedError) => void): void {
  program
    .command('migrate')
    .description(
      'Turn claims of crossplane-on-eks, of its successors and of our claims form into ours, with the steps.',
    )
    .argument('<path>', 'file or folder with claims or composites; - for standard input')
    .addOption(new Option('--to <form>', 'the form to write').choices(['claims', 'namespaced']).default('namespaced'))
    .option('--observed <path>', 'file or folder with the managed resources (kubectl get managed -o yaml)')
    .option('--out <folder>', 'write the requests, REPORT.md and CUT-OVER.md into this folder')
    .action((path: string, options: CommandOptions) => run(path, options, fail));
}

function run(path: string, { to, observed, out }: CommandOptions, fail: (error: CodedError) => void): void {
  const managed = observed === undefined ? [] : load(observed, listBytes).map(({ object }) => object);
  const { documents, errors } = loadEach(path, listBytes);
  for (const error of errors) fail(error);
  const migrations: Migration[] = [];
  for (const document of documents) {
    try {
      migrations.push(migrate(blueprints, document, managed, to));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      fail(error);
    }
  }
  if (migrations.length === 0) return;
  if (out === undefined) {
    process.stdout.write(migrations.map(({ object }) => `---\n${toYaml(object)}`).join(''));
    process.stderr.write(reportOf(migrations));
    return;
  }
  writeFiles(out, [
    ...migrations.map((one) => ({ path: requestFile(one), text: toYaml(one.object) })),
    ...migrations.flatMap((one) => handoverFiles(one)),
    { path: 'REPORT.md', text: reportOf(migrations) },
    { path: 'CUT-OVER.md', text: cutOverOf(migrations, { request: requestFile, handover: handoverFile }) },
  ]);
  process.stderr.write(`migrated: ${migrations.length}, written to ${out}\n`);
}

const requestFile = ({ from }: Migration): string =>
  `${from.blueprint.kind.toLowerCase()}-${from.namespace ?? 'default'}-${from.name}.yaml`;

const handoverFile = (one: Migration, folder: string): string => join(folder, requestFile(one));

function handoverFiles(one: Migration): OutputFile[] {
  if (!handsOver(one)) return [];
  const { resources } = one.handover;
  const objects = {
    heirs: resources,
    composite: [composedOfHeirs(one.object, resources, secretOf(one.object))],
    released: released(resources),
  };
  return handoverFolders
    .filter((folder) => objects[folder].length > 0)
    .map((folder) => ({
      path: handoverFile(one, folder),
      text: objects[folder].map((object) => toYaml(object)).join('---\n'),
    }));
}
