const mark = '\u0000exact:';

/** JSON with two spaces, in which whole numbers that a double can't hold keep all their digits. */
export function toJson(value: unknown): string {
  try {
    return `${JSON.stringify(value, undefined, 2)}\n`;
  } catch (error) {
    // It refuses a bigint; asking for each value first would take several times as long.
    if (error instanceof TypeError) return exactJson(value);
    throw error;
  }
}

/** By way of marked texts, since JSON.rawJSON came with Node 21. */
function exactJson(value: unknown): string {
  const mapped = (_key: string, member: unknown) => (typeof member === 'bigint' ? `${mark}${member}` : member);
  const text = JSON.stringify(value, mapped, 2);
  return `${text.replaceAll(/"\\u0000exact:(-?\d+)"/g, '$1')}\n`;
}
