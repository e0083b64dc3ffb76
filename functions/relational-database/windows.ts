import { Refusal } from '../core/errors.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const minutesOfDay = 24 * 60;
const minutesOfWeek = 7 * minutesOfDay;

/** A time span on a circle of minutes; it may run over the end. */
interface Span {
  readonly start: number;
  readonly length: number;
}

/** Refuses windows that are too short or overlap: Amazon RDS refuses both, at a time when nobody looks. */
export function checkWindows(backup: string | undefined, maintenance: string | undefined): void {
  const nightly = backup === undefined ? undefined : span(backup, 'spec.backupWindow', minutesOfDay);
  const weekly = maintenance === undefined ? undefined : span(maintenance, 'spec.maintenanceWindow', minutesOfWeek);
  if (nightly === undefined || weekly === undefined) return;
  const overlaps = days.some((_day, index) => {
    const start = nightly.start + index * minutesOfDay;
    return (
      distance(start, weekly.start, minutesOfWeek) < nightly.length ||
      distance(weekly.start, start, minutesOfWeek) < weekly.length
    );
  });
  if (overlaps) throw new Refusal('WINDOW', 'spec.backupWindow', `${backup} overlaps maintenanceWindow ${maintenance}`);
}

function span(text: string, path: string, circle: number): Span {
  const [, from = '', to = ''] = /^((?:\w{3}:)?\d\d:\d\d)-((?:\w{3}:)?\d\d:\d\d)$/.exec(text) ?? [];
  const start = minutes(from);
  const length = distance(start, minutes(to), circle);
  if (length < 30) throw new Refusal('WINDOW', path, `${text} lasts ${length} minutes`);
  return { start, length };
}

/** Minutes from one time on a circle forward to another. */
const distance = (from: number, to: number, circle: number): number => (((to - from) % circle) + circle) % circle;

function minutes(text: string): number {
  const [minute = 0, hour = 0] = text
    .split(':')
    .reverse()
    .map((part) => Number(part));
  return Math.max(0, days.indexOf(text.slice(0, 3))) * minutesOfDay + hour * 60 + minute;
}
