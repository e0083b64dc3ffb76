import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import Table from 'cli-table3';
import { CodedError } from '../error.ts';
import type { Figures, Plan } from './measure.ts';

type Row = readonly string[];

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const whole = (value: number): string => number.format(value);
const times = (value: number): string => `${value.toFixed(2)} ×`;
const mebibytes = (value: number | undefined): string => (value === undefined ? 'n/a' : value.toFixed(0));

/** The figures as rows of text, the first row the heading. */
export function rows(figures: readonly Figures[], { inFlight, memoryCalls: [first, more] }: Plan): readonly Row[] {
  const heading = [
    'server',
    'resources',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'p50 ratio',
    `calls/s, ${inFlight} in flight`,
    'calls/s ratio',
    'CPU ms/call',
    'ms to first answer',
    `MiB after ${whole(first)} calls`,
    `after ${whole(more)} more`,
  ];
  const body = figures.map((one) => [
    one.name,
    `${one.observed} → ${one.desired}`,
    one.p50.toFixed(2),
    one.p95.toFixed(2),
    one.p99.toFixed(2),
    times(one.p50Ratio),
    whole(one.perSecond),
    times(one.perSecondRatio),
    Number.isNaN(one.processor) ? 'n/a' : one.processor.toFixed(2),
    Number.isNaN(one.startMs) ? 'n/a' : whole(one.startMs),
    ...one.memory.map(mebibytes),
  ]);
  return [heading, ...body];
}

/** A table for the terminal; all columns but the first are figures. */
export function table([heading = [], ...body]: readonly Row[]): string {
  const colAligns = heading.map((_text, column) => (column === 0 ? 'left' : 'right'));
  const drawn = new Table({ head: [...heading], colAligns, wordWrap: true, style: { head: [], border: [] } });
  drawn.push(...body.map((row) => [...row]));
  return drawn.toString();
}

/** The machine, as far as it explains the figures. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores (${model}), Node ${process.version}, ${process.platform} ${process.arch}`;
}

/** The marks of a block of a Markdown document; each benchmark has its own. */
const marks = (name: string) => ({ begin: `<!-- ${name} -->`, end: `<!-- /${name} -->` });

/** Puts a text between the marks of a Markdown document; undefined when the marks are not there. */
export function replaceBlock(document: string, name: string, block: string): string | undefined {
  const { begin, end } = marks(name);
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) return undefined;
  return `${document.slice(0, from)}${begin}\n${block}\n${document.slice(to)}`;
}

/** Opens a README for the table, so that what is wrong with it is known before anything is measured. */
export function readmeWriter(file: string, name: string): (table: readonly Row[], notes: readonly string[]) => void {
  const { begin, end } = marks(name);
  const document = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (document === undefined) throw new CodedError('BENCH_README', file, 'no such file', 'write it first');
  if (replaceBlock(document, name, '') === undefined)
    throw new CodedError(
      'BENCH_README',
      file,
      `no block ${begin} ... ${end}`,
      'put both marks where the table belongs',
    );
  return ([heading = [], ...body], notes) => {
    const line = (row: Row): string => `| ${row.join(' | ')} |`;
    const rule = heading.map((_text, column) => (column === 0 ? '---' : '---:'));
    const block = [line(heading), line(rule), ...body.map(line), '', ...notes].join('\n');
    writeFileSync(file, replaceBlock(document, name, block) ?? document);
  };
}

/** Writes all figures for other programs. */
export function writeJson(file: string, content: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  } catch (error) {
    throw new CodedError(
      'BENCH_OUTPUT',
      file,
      error instanceof Error ? error.message : String(error),
      'name another file',
    );
  }
}
