import { writeFileSync } from 'node:fs';

/** When a parameter takes effect: d while the server runs, s when it starts; - where a version has or sets no such one. */
export type Letter = 'd' | 's' | '-' | '?';

/** What is known of the parameters of each version; ? where nothing is. */
export type Versions = Readonly<Record<string, ReadonlyMap<string, Letter>>>;

/** Writes what the blueprint reads: for each parameter one letter for each version, in the order of the versions. */
export function writeTable(engine: string, source: string, versions: Versions): void {
  const columns = Object.values(versions);
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  const effects = names.map((name) => [name, columns.map((column) => column.get(name) ?? '-').join('')] as const);
  const known = effects.filter(([, letters]) => /[ds]/.test(letters));
  if (!known.some(([, letters]) => letters.includes('s'))) throw new Error(`no parameter of ${engine} needs a restart`);
  const read = new Date().toISOString().slice(0, 10);
  const table = { source, read, versions: Object.keys(versions), effects: Object.fromEntries(effects) };
  const output = `functions/relational-database/${engine}-parameters.json`;
  writeFileSync(output, `${JSON.stringify(table, null, 2)}\n`);
  console.log(`${output}: ${known.length} parameters`);
}
