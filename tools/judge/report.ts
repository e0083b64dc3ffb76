import Table from 'cli-table3';
import { annotations, type Finding as Shown, sarif } from '../cli/findings.ts';
import type { Finding, Verdict } from './check.ts';

/** How a verdict is printed. */
export const formats = ['table', 'json', 'sarif', 'github'] as const;
export type Format = (typeof formats)[number];

/** A verdict in one of the formats. */
export function printVerdict(verdict: Verdict, format: Format): string {
  if (format === 'json') return `${JSON.stringify(verdict, undefined, 2)}\n`;
  if (format === 'sarif') return sarif(verdict.findings.map(shown));
  if (format === 'github') return annotations(verdict.findings.map(shown));
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

const shown = ({ policy, action, message, place, object }: Finding): Shown => ({
  rule: policy,
  level: levels[action],
  message,
  place,
  object,
});
