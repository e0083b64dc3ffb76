import type { Place } from './load.ts';

/** Something to show on a line of a file, whichever command found it. */
export interface Finding {
  /** What it breaks or falls under, the same for all of its sort. */
  readonly rule: string;
  /** Address that tells more of the rule. */
  readonly help?: string | undefined;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  /** Absent where nothing was read from a file. */
  readonly place?: Place | undefined;
  /** Kind, namespace and name. */
  readonly object: string;
}

/** SARIF 2.1.0 (OASIS), as far as code scanning reads it. */
export function sarif(findings: readonly Finding[]): string {
  const helps = new Map(findings.map(({ rule, help }) => [rule, help]));
  const rules = [...helps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, helpUri]) => ({ id, helpUri }));
  const results = findings.map(({ rule, level, message, place, object }) => ({
    ruleId: rule,
    level,
    message: { text: message },
    locations: [
      { ...(place && { physicalLocation: physical(place) }), logicalLocations: [{ fullyQualifiedName: object }] },
    ],
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'aws-blueprints', rules } }, results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const physical = ({ file, line }: Place): object => ({
  artifactLocation: { uri: encodeURI(file) },
  region: { startLine: line },
});

const commands = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Workflow commands of GitHub Actions, one a line; properties and text escape what would end them. */
export const annotations = (findings: readonly Finding[]): string =>
  findings.map((finding) => `${annotation(finding)}\n`).join('');

function annotation({ place, rule, level, message }: Finding): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const where = place ? `file=${property(place.file)},line=${place.line},` : '';
  return `::${commands[level]} ${where}title=${property(rule)}::${data(message)}`;
}
