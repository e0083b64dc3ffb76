const mark = '\u0000exact:';

/** JSON with two spaces, in which whole numbers that a double can't hold keep all their digits. */
export function toJson(value: unknown): string {
  let exact = false;
  const text = JSON.stringify(
    value,
    (_key, member: unknown) => {
      if (typeof member !== 'bigint') return member;
      exact = true;
      return `${mark}${member}`;
    },
    2,
  );
  // JSON.rawJSON came with Node 21.
  return `${exact ? text.replaceAll(/"\\u0000exact:(-?\d+)"/g, '$1') : text}\n`;
}
