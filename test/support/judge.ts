import { findJudge } from '../../tools/judge/judge.ts';

/** Without Go there is no judge, and what needs one is left out. */
export const haveJudge = (() => {
  try {
    return findJudge() !== undefined;
  } catch {
    return false;
  }
})();
