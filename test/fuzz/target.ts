/** One kind of hostile input, and what must hold whatever comes. */
export interface Target {
  readonly name: string;
  /** For the report: what is fed, and what must hold. */
  readonly law: string;
  /** Tries so many cases from that seed; throws at the first that breaks the law, with the case smallest of its kind. */
  run(seed: number, cases: number): void;
}

/** The case that took longest, since a program that thinks for seconds is a program that is down. */
export const slowest = { milliseconds: 0 };

/** Runs what a case does, and notes how long it took of a processor: others may keep the machine busy. */
export function timed<Result>(act: () => Result): Result {
  const start = process.cpuUsage();
  try {
    return act();
  } finally {
    const { user, system } = process.cpuUsage(start);
    slowest.milliseconds = Math.max(slowest.milliseconds, (user + system) / 1000);
  }
}
