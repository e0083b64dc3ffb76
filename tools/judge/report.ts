import Table from 'cli-table3';
import type { Place } from '../cli/load.ts';
import type { Finding, Verdict } from './check.ts';

/** How a verdict is printed. */
export const formats = ['table', 'json', 'sarif', 'github'] as const;
export type Format = (typeof formats)[number];

/** A verdict in one of the formats. */
export function printVerdict(verdict: Verdict, format: Format): string {
  if (format === 'json') return `${JSON.stringify(verdict, undefined, 2)}\n`;
  if (format === 'sarif') return `${JSON.stringify(sarif(verdict.findings), undefined, 2)}\n`;
  if (format === 'github') return verdict.findings.map((finding) => `${annotation(finding)}\n`).join('');
  return verdict.findings.length === 0 ? '' : `${table(verdict.findings)}\n`;
}

/** One line for standard error. */
export function verdictLine({ objects, policies, findings }: Verdict): string {
  const count = (action: Finding['action']) => findings.filter((finding) => finding.action === action).length;
  return `${objects} objects, ${policies} policies: ${count('deny')} denied, ${count('warn')} warned, ${count('dryrun')} only noted\n`;
}

function table(findings: readonly Finding[]): string {
  // A message begins with its code and its object; it stays on one line, to be searched for.
  const rows = new Table({ head: ['Action', 'Policy', 'Composed for', 'Message'], style: { head: [], border: [] } });
  for (const { action, policy, composedFor = '', message } of findings) {
    rows.push([action, policy, composedFor, message]);
  }
  return rows.toString();
}

const levels = { deny: 'error', warn: 'warning', dryrun: 'note' } as const;

/** SARIF 2.1.0 (OASIS), as far as code scanning reads it. */
function sarif(findings: readonly Finding[]): object {
  const rules = [...new Set(findings.map(({ policy }) => policy))].sort().map((id) => ({ id }));
  const results = findings.map(({ policy, action, message, place, object }) => ({
    ruleId: policy,
    level: levels[action],
    message: { text: message },
    locations: [
      { ...(place && { physicalLocation: physical(place) }), logicalLocations: [{ fullyQualifiedName: object }] },
    ],
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'aws-blueprints', rules } }, results }],
  };
}

const physical = ({ file, line }: Place): object => ({
  artifactLocation: { uri: encodeURI(file) },
  region: { startLine: line },
});

const commands = { deny: 'error', warn: 'warning', dryrun: 'notice' } as const;

/** A workflow command of GitHub Actions; properties and text escape what would end them. */
function annotation({ place, policy, action, message }: Finding): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const where = place ? `file=${property(place.file)},line=${place.line},` : '';
  return `::${commands[action]} ${where}title=${property(policy)}::${data(message)}`;
}
