import { CodedError } from '../../error.ts';
import { type Page, type TemplateOptions, verifiersField } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where an existing template gets the fields. */
export interface Insertion {
  readonly source: string;
  readonly template: unknown;
  /** A page of the form, as `spec.parameters[0]`. */
  readonly at: string;
}

/** Adds fields to a page of an existing template; nothing that is there is replaced. */
export function insert({ source, template, at }: Insertion, page: Page, options: TemplateOptions): object {
  if (!isFields(template) || template.kind !== 'Template') {
    throw new CodedError('TEMPLATE_FILE', source, 'no Backstage Template', 'give a file with kind: Template');
  }
  const { title: _title, ...fields } = page;
  const properties = { ...fields.properties, ...verifiersField(options) };
  const changed = changeAt(
    template,
    segmentsOf(at),
    (found) => merged(found, { ...fields, properties }, `${source}: ${at}`),
    {
      source,
      at,
      done: '',
    },
  );
  const { name, title, description } = options;
  const chosen = Object.entries({ name, title, description }).filter(([, value]) => value !== undefined);
  const present = isFields(template.metadata) ? template.metadata : {};
  return { ...changed, metadata: { ...present, ...Object.fromEntries(chosen) } };
}

function segmentsOf(path: string): readonly string[] {
  const segments = path.match(/[^.[\]]+/g) ?? [];
  const isPath = /^\.?(?:[\w-]+|\[\d+\])(?:\.[\w-]+|\[\d+\])*$/.test(path);
  if (isPath) return segments;
  throw new CodedError('TEMPLATE_PATH', `--insert-at ${path}`, 'no path', 'write one as spec.parameters[0]');
}

interface Way {
  readonly source: string;
  readonly at: string;
  /** How far the path has been followed. */
  readonly done: string;
}

function changeAt(
  value: unknown,
  [head, ...rest]: readonly string[],
  change: (page: Fields) => Fields,
  way: Way,
): Fields {
  if (head === undefined) {
    if (isFields(value)) return change(value);
    throw new CodedError('TEMPLATE_PATH', `${way.source}: ${way.at}`, 'no page of a form', 'name an object');
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, head)) {
    const known = isFields(value)
      ? Object.keys(value).join(', ')
      : Array.isArray(value)
        ? `0 to ${value.length - 1}`
        : '';
    const saw = `${head} is not there${way.done ? ` under ${way.done}` : ''}`;
    throw new CodedError('TEMPLATE_PATH', `${way.source}: ${way.at}`, saw, `there is ${known || 'nothing'}`);
  }
  const done = Array.isArray(value) ? `${way.done}[${head}]` : way.done ? `${way.done}.${head}` : head;
  const inner = changeAt(Reflect.get(value, head), rest, change, { ...way, done });
  // An array as an object would lose its kind.
  if (Array.isArray(value)) return value.with(Number(head), inner) as unknown as Fields;
  return { ...value, [head]: inner };
}

function merged(page: Fields, more: Page, place: string): Fields {
  const result: Record<string, unknown> = { ...page };
  for (const part of ['properties', 'dependencies'] as const) {
    const [present, added] = [isFields(page[part]) ? page[part] : {}, more[part] ?? {}];
    const [twice] = Object.keys(added).filter((name) => Object.hasOwn(present, name));
    if (twice !== undefined) {
      throw new CodedError(
        'TEMPLATE_COLLISION',
        place,
        `${part}.${twice} is there already`,
        'name another page, or rename it',
      );
    }
    if (Object.keys(added).length > 0) result[part] = { ...present, ...added };
  }
  const required = Array.isArray(page.required) ? page.required : [];
  return { ...result, required: [...new Set([...required, ...(more.required ?? [])])] };
}
