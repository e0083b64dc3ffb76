import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { providerModule } from '../engines/crds.ts';
import { goModule } from '../engines/go.ts';
import { CodedError } from '../error.ts';
import { median } from './statistics.ts';

/** A whole process that reads all definitions and writes files into a fresh folder. */
interface Way {
  readonly name: string;
  readonly command: readonly string[];
}

/** Figures of one way; seconds of the clock, ratios to the first way within a round, MiB at most. */
interface ConvertFigures {
  readonly name: string;
  readonly seconds: number;
  readonly ratio: number;
  readonly perSecond: number;
  readonly memory: number;
}

/** Figures of all ways, and what was read. */
export interface ConvertResult {
  readonly figures: readonly ConvertFigures[];
  readonly definitions: number;
  readonly megabytes: number;
  /** Seconds for one large OpenAPI document, and its size in MB. */
  readonly document: { readonly seconds: number; readonly megabytes: number };
}

/** A cnoe binary to run as well, and an OpenAPI document to take instead of one that is made. */
interface Others {
  readonly cnoe: string | undefined;
  readonly document: string | undefined;
}

/** Converts the whole provider to draft-07, beside a process that reads, parses and writes it unconverted. */
export async function measureConvert(cli: string, rounds: number, { cnoe, document }: Others): Promise<ConvertResult> {
  const crds = join(await goModule(providerModule), 'package', 'crds');
  const ways = [
    { name: 'floor: read, js-yaml, write', command: [process.execPath, 'tools/bench/children/yaml-floor.mjs', crds] },
    { name: 'aws-blueprints convert', command: [process.execPath, cli, 'convert', crds, '--to', 'draft-07', '--out'] },
    ...(cnoe === undefined
      ? []
      : [{ name: 'cnoe template crd --raw', command: [cnoe, 'template', 'crd', '--raw', '-i', crds, '-o'] }]),
  ];
  // First, since the disk is still busy with what the others write for a while after they end.
  const one = documentIn(cli, document, crds, rounds);
  const runs = Array.from({ length: rounds }, () => ways.map(timed));
  const files = readdirSync(crds);
  const bytes = files.reduce((sum, name) => sum + statSync(join(crds, name)).size, 0);
  const figures = ways.map(({ name }, way) => {
    const seconds = median(runs.map((run) => run[way]?.seconds ?? Number.NaN));
    const ratio = median(runs.map((run) => (run[way]?.seconds ?? Number.NaN) / (run[0]?.seconds ?? Number.NaN)));
    const memory = Math.max(...runs.map((run) => run[way]?.memory ?? Number.NaN));
    return { name, seconds, ratio, perSecond: files.length / seconds, memory };
  });
  return {
    figures,
    definitions: files.length,
    megabytes: bytes / 1e6,
    document: one,
  };
}

/** Peak memory is what the kernel counted for the process, which `time` prints; not counted where it is missing. */
function timed({ name, command }: Way): { seconds: number; memory: number } {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-bench-'));
  const before = process.hrtime.bigint();
  const args = ['-f', 'peak %M', ...command, join(folder, 'out')];
  const { status, stderr } = spawnSync('time', args, { encoding: 'utf8', maxBuffer: 1e8 });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0) {
    const seen = `ended with ${status}: ${stderr?.slice(-300)}`;
    throw new CodedError('BENCH_CONVERT', name, seen, 'build dist first, and install GNU time');
  }
  return { seconds, memory: Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024 };
}

function documentIn(cli: string, given: string | undefined, crds: string, rounds: number): ConvertResult['document'] {
  const folder = mkdtempSync(join(tmpdir(), 'aws-blueprints-bench-'));
  const file = given ?? largeDocument(join(folder, 'openapi.json'), crds);
  const command = [process.execPath, cli, 'convert', file, '--to', 'draft-07', '--out'];
  const seconds = Array.from({ length: rounds }, () => timed({ name: 'one document', command }).seconds);
  const megabytes = statSync(file).size / 1e6;
  rmSync(folder, { recursive: true, force: true });
  return { seconds: median(seconds), megabytes };
}

/** Writes an OpenAPI document of at least 13 MB, made of the provider's own schemas. */
function largeDocument(file: string, crds: string): string {
  const schemas: Record<string, unknown> = {};
  let size = 0;
  for (const name of readdirSync(crds)) {
    if (size > 13e6) break;
    const { spec } = load(readFileSync(join(crds, name), 'utf8')) as {
      spec: { versions: { schema: { openAPIV3Schema: object } }[] };
    };
    schemas[name.replace('.yaml', '')] = spec.versions[0]?.schema.openAPIV3Schema;
    size += JSON.stringify(schemas[name.replace('.yaml', '')]).length;
  }
  const info = { title: 'provider', version: '1' };
  writeFileSync(file, JSON.stringify({ openapi: '3.0.3', info, paths: {}, components: { schemas } }));
  return file;
}

/** The figures as rows of text, the first row the heading. */
export function convertRows({ figures }: ConvertResult): readonly (readonly string[])[] {
  const body = figures.map(({ name, seconds, ratio, perSecond, memory }) => [
    name,
    seconds.toFixed(2),
    `${ratio.toFixed(2)} ×`,
    perSecond.toFixed(0),
    memory.toFixed(0),
  ]);
  return [['whole process', 'seconds', 'ratio', 'CRDs/s', 'MiB at most'], ...body];
}
