// What any converter of a folder of definitions must do: read, parse, and write as much JSON. Plain JavaScript, so that no loader takes time.
// Usage: <from> <to>
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';

const [from = '', to = ''] = process.argv.slice(2);
mkdirSync(to);
for (const name of readdirSync(from)) {
  const { spec } = yaml.load(readFileSync(join(from, name), 'utf8'), { schema: yaml.CORE_SCHEMA });
  writeFileSync(join(to, `${name}.json`), JSON.stringify(spec.versions[0]?.schema.openAPIV3Schema, undefined, 2));
}
