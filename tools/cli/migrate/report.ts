import type { Migration } from './migrate.ts';

const title = ({ from }: Migration): string => `${from.kind} ${from.namespace ?? 'default'}/${from.name}`;

/** Field by field what became of every request. */
export function reportOf(migrations: readonly Migration[]): string {
  const sections = migrations.map((one) => {
    const rows = one.notes.map(({ path, verdict, why }) => `| \`${path}\` | ${verdict} | ${why} |`);
    const table = ['| Field | What became of it | Why |', '| --- | --- | --- |', ...rows];
    return [`## ${title(one)}`, '', ...table, ...remarksOf(one), ''].join('\n');
  });
  return ['# What was migrated', '', ...sections].join('\n');
}

function remarksOf({ from, way, handover: { resources, left } }: Migration): string[] {
  const remarks: string[] = [];
  if (from.family === 'classic' && from.blueprint.kind === 'ObjectStorage') {
    remarks.push(
      'The connection Secret has other keys: `bucket-name` is `bucketName` now, and `s3-put-policy` is gone.',
    );
  }
  if (resources.length > 0) {
    const list = resources.map(({ kind, metadata }) => `${kind} \`${metadata?.annotations?.[external]}\``);
    remarks.push(`Handed over as it is in AWS: ${list.join(', ')}.`);
  }
  if (left.length > 0) {
    const list = left.map(({ kind, metadata }) => `${kind} \`${metadata?.annotations?.[external] ?? metadata?.name}\``);
    remarks.push(`Stays in AWS and belongs to nobody, so look after it: ${list.join(', ')}.`);
  }
  if (way === 'reads') remarks.push('What the old request made stays in AWS, is read only, and belongs to nobody.');
  if (way === 'restores') remarks.push('The database is a copy: what is written to the old one later is not in it.');
  return remarks.flatMap((remark) => ['', remark]);
}

const external = 'crossplane.io/external-name';
