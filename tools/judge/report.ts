import { readFileSync } from 'node:fs';
import Table from 'cli-table3';
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
  const results = findings.map((finding) => {
    const { file, line } = placeOf(finding.source);
    return {
      ruleId: finding.policy,
      level: levels[finding.action],
      message: { text: finding.message },
      locations: [{ physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } } }],
    };
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'aws-blueprints', rules } }, results }],
  };
}

const commands = { deny: 'error', warn: 'warning', dryrun: 'notice' } as const;

/** A workflow command of GitHub Actions; properties and text escape what would end them. */
function annotation({ source, policy, action, message }: Finding): string {
  const { file, line } = placeOf(source);
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${commands[action]} file=${property(file)},line=${line},title=${property(policy)}::${data(message)}`;
}

/** File and first line of a document, of those that are not empty, as the loader names it. */
function placeOf(source: string): { file: string; line: number } {
  const [, file = source, number] = /^(.*) document (\d+)$/.exec(source) ?? [];
  if (number === undefined) return { file, line: 1 };
  let line = 1;
  let left = Number(number);
  for (const part of readFileSync(file, 'utf8').split(/^---.*\n/m)) {
    if (part.replaceAll(/^\s*(#.*)?$/gm, '') !== '' && --left === 0) return { file, line };
    line += part.split('\n').length;
  }
  return { file, line: 1 };
}
