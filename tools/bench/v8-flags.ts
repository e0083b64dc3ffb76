/**
 * V8 flags with which the package starts the server. V8 sizes its heap by the memory of the machine, and lets garbage
 * stay as long as there is room: these make it collect early, on the one core that a function pod has. The limit of
 * the old generation is far above what the largest request needs; it is there because V8 derives from it how far the
 * heap may grow before the first collection.
 */
export const serverFlags: readonly string[] = [
  '--max-semi-space-size=4',
  '--single-threaded-gc',
  '--max-old-space-size=256',
];
