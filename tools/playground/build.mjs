// Bundles the page of the playground into dist/playground, with the forms of the committed Backstage templates.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import yaml from 'js-yaml';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const page = fileURLToPath(new URL('page', import.meta.url));
const read = (...path) => yaml.load(readFileSync(join(examples, ...path), 'utf8'));

/** Writes the page, and the surroundings in which it shows claims when nobody names others. */
export async function buildPage(common) {
  await build({
    bundle: true,
    minify: true,
    target: 'es2022',
    format: 'iife',
    legalComments: common.legalComments,
    logLevel: common.logLevel,
    jsx: 'automatic',
    // The stylesheet is a file of its own.
    entryPoints: [join(page, 'main.tsx'), join(page, 'main.css')],
    outdir: 'dist/playground',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [{ name: 'forms', setup: bundleForms }],
  });
  cpSync(join(page, 'index.html'), 'dist/playground/index.html');
  for (const name of ['environment.yaml', 'required.yaml']) {
    cpSync(join(examples, name), `dist/playground/${name}`);
  }
}

/** Module `forms` is what the page offers; `validator:NAME` checks one of them without making code in the browser. */
function bundleForms({ onResolve, onLoad }) {
  const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );
  const forms = new Map(names.filter((name) => isBlueprint(name)).map((name) => [name, formOf(name)]));
  const resolveDir = createRequire(import.meta.url)
    .resolve('@rjsf/validator-ajv8/package.json')
    .replace(/\/[^/]+$/, '');
  onResolve({ filter: /^forms$|^validator:/ }, ({ path }) => ({ path, namespace: 'forms' }));
  onLoad({ filter: /^forms$/, namespace: 'forms' }, () => {
    const imports = names.filter((name) => forms.has(name));
    const lines = imports.map((name, index) => `import validate${index} from 'validator:${name}';`);
    const entries = imports.map(
      (name, index) => `{ ...${JSON.stringify(forms.get(name))}, validate: validate${index} }`,
    );
    return { contents: `${lines.join('\n')}\nexport const forms = [${entries.join(',\n')}];`, resolveDir };
  });
  onLoad({ filter: /^validator:/, namespace: 'forms' }, ({ path }) => {
    const { schema } = forms.get(path.split(':')[1]);
    // As @rjsf/validator-ajv8 5.24 makes its own.
    const ajv = new Ajv({
      allErrors: true,
      multipleOfPrecision: 8,
      strict: false,
      verbose: true,
      code: { source: true },
    });
    return { contents: standalone.default(ajv, ajv.compile(schema)), resolveDir };
  });
}

const isBlueprint = (name) => readdirSync(join(examples, name)).includes('observed.yaml');

/** All pages of a template as one, as Backstage takes them apart for the form library. */
function formOf(name) {
  const { metadata, spec } = read(name, 'template.yaml');
  const { kind } = read(name, 'claim.yaml');
  const whole = {
    type: 'object',
    required: spec.parameters.flatMap(({ required = [] }) => required),
    properties: Object.assign({}, ...spec.parameters.map(({ properties }) => properties)),
  };
  const uiSchema = {};
  const schema = withoutUi(whole, uiSchema);
  return {
    name,
    kind,
    title: metadata.title,
    description: metadata.description,
    schema,
    uiSchema,
    examples: examplesOf(name),
  };
}

/** Moves keywords `ui:` out of a schema to where the form library reads them (Backstage does the same). */
function withoutUi(schema, ui) {
  const within = (name) => {
    ui[name] ??= {};
    return ui[name];
  };
  const change = {
    properties: (all) => mapValues(all, (one, name) => withoutUi(one, within(name))),
    items: (one) => withoutUi(one, within('items')),
    anyOf: (all) => all.map((one) => withoutUi(one, ui)),
    allOf: (all) => all.map((one) => withoutUi(one, ui)),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: (one) => withoutUi(one, ui),
  };
  const [own, kept] = partition(Object.entries(schema), ([keyword]) => keyword.startsWith('ui:'));
  Object.assign(ui, Object.fromEntries(own));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, change[keyword]?.(value) ?? value]));
}

const partition = (all, is) => [all.filter(is), all.filter((one) => !is(one))];

const mapValues = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** What the examples enter. */
function examplesOf(name) {
  const files = readdirSync(join(examples, name)).filter((file) =>
    /^(?!observed|template|namespaced).*\.yaml$/.test(file),
  );
  return files.map((file) => {
    const { metadata, spec } = read(name, file);
    return {
      title: basename(file, '.yaml'),
      values: { name: metadata.name, namespace: metadata.namespace, claim: spec },
    };
  });
}
