// One batch of cases in a process of its own, which its parent can bound: batch.ts TARGET SEED CASES.
import { slowest } from './target.ts';
import { targets } from './targets.ts';

/** Of a processor; what is bounded takes a few milliseconds, and now and then those of collecting garbage. */
const slowestMilliseconds = 2000;

const [, , name, seed, cases] = process.argv;
const target = targets.find((one) => one.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
target.run(Number(seed), Number(cases));
if (slowest.milliseconds > slowestMilliseconds) throw new Error(`a case took ${slowest.milliseconds.toFixed(0)} ms`);
