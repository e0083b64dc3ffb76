import Table from 'cli-table3';
import { show } from '../../../functions/core/day2/approval.ts';
import { annotations, type Finding, sarif } from '../findings.ts';
import { type Comparison, type Effect, isNoticed } from './comparison.ts';

/** How a comparison is printed. */
export const formats = ['table', 'markdown', 'json', 'sarif', 'github'] as const;
export type Format = (typeof formats)[number];

/** A comparison in one of the formats; as a table, nothing where nothing changes. */
export function print(comparison: Comparison, format: Format): string {
  if (format === 'json') return `${JSON.stringify(comparison, undefined, 2)}\n`;
  if (format === 'sarif') return sarif(findings(comparison.effects));
  if (format === 'github') return annotations(findings(comparison.effects));
  return format === 'markdown' ? markdown(comparison) : table(comparison.effects);
}

/** What was looked at, in a line. */
export function summary({ changed, added, removed, passedOver: { manifests, files } }: Comparison): string {
  const counts = [`${changed} changed`, `${added} added`, `${removed} removed`];
  return `claims and composites: ${counts.join(', ')}; not ours: ${manifests} manifests, ${files} files`;
}

const heads = ['Object', 'Change', 'Impact', 'When', 'What users notice'];

const moments = {
  now: 'at once',
  window: 'in the maintenance window',
  reboot: 'at the next restart',
  never: 'never',
} as const satisfies Record<Effect['takesEffect'], string>;

const cells = (effect: Effect): string[] => [
  effect.object,
  changeOf(effect),
  effect.impact,
  moments[effect.takesEffect],
  effect.interruption,
];

const changeOf = ({ field, from, to }: Effect): string =>
  field === undefined ? 'removed' : `spec.${field} from ${show(from)} to ${show(to)}`;

const verdictOf = ({ impact, takesEffect }: Effect): string =>
  takesEffect === 'never' ? impact : `${impact} ${moments[takesEffect]}`;

function table(effects: readonly Effect[]): string {
  if (effects.length === 0) return '';
  const rows = new Table({ head: heads, style: { head: [], border: [] } });
  for (const effect of effects) rows.push(cells(effect));
  return `${rows.toString()}\n`;
}

function markdown(comparison: Comparison): string {
  const { effects } = comparison;
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const rows = effects.map((effect) => {
    const [object = '', change = '', ...others] = cells(effect).map(escaped);
    const impact = isNoticed(effect) || effect.impact === 'refused' ? `**${effect.impact}**` : effect.impact;
    const reason = effect.source === undefined ? others[2] : `[${others[2]}](${effect.source})`;
    return line([object, change, impact, others[1] ?? '', reason ?? '']);
  });
  const body = rows.length === 0 ? ['No claim changes in a way that AWS notices.'] : [line(heads), rule, ...rows];
  return `${['### Day 2', '', ...body, '', summary(comparison)].join('\n')}\n`;
}

const rule = `|${' --- |'.repeat(heads.length)}`;

/** Values are whatever somebody wrote: they stay text, in one cell. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\`*_[\]<>&|@#~!]/g, (sign) => `&#${sign.charCodeAt(0)};`).replaceAll(/\s+/g, ' ');

/** What is worth a line on a pull request. */
const findings = (effects: readonly Effect[]): Finding[] =>
  effects
    .filter(({ impact, field }) => field === undefined || (impact !== 'none' && impact !== 'live'))
    .map((effect) => ({
      rule: effect.rule,
      help: effect.source,
      level: effect.impact === 'refused' ? 'error' : isNoticed(effect) ? 'warning' : 'note',
      message: `${effect.object}: ${changeOf(effect)}: ${verdictOf(effect)} (${effect.interruption})`,
      place: effect.place,
      object: effect.object,
    }));
