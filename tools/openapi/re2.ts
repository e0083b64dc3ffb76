/**
 * Regular expressions of Go (RE2 syntax, https://github.com/google/re2/wiki/Syntax) as ECMA-262 with the `u` flag.
 *
 * The two differ in flags within the expression, in what `.`, `\s`, `$` and named classes mean, and in which escapes
 * and lone brackets they allow. Everything is written out so that no flag is needed, and in words that Go reads too
 * wherever there are such: validators written in Go compile the patterns of a schema with Go's own package.
 */

interface Flags {
  readonly insensitive: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly swapGreed: boolean;
}

const noFlags: Flags = { insensitive: false, multiline: false, dotAll: false, swapGreed: false };

/** Go's classes by their names between `[:` and `:]`, as members of an ECMA-262 class. */
const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** The complements, spelled out because an ECMA-262 class can't hold a negated class. */
const posixComplements: Readonly<Record<string, string>> = {
  alnum: '\\x00-\\/:-@\\[-`\\{-\u{10FFFF}',
  alpha: '\\x00-@\\[-`\\{-\u{10FFFF}',
  ascii: '\\x80-\u{10FFFF}',
  blank: '\\x00-\\x08\\n-\\x1F!-\u{10FFFF}',
  cntrl: ' -~\\x80-\u{10FFFF}',
  digit: '\\x00-\\/:-\u{10FFFF}',
  graph: '\\x00- \\x7F-\u{10FFFF}',
  lower: '\\x00-`\\{-\u{10FFFF}',
  print: '\\x00-\\x1F\\x7F-\u{10FFFF}',
  punct: '\\x00- 0-9A-Za-z\\x7F-\u{10FFFF}',
  space: '\\x00-\\x08\\x0E-\\x1F!-\u{10FFFF}',
  upper: '\\x00-@\\[-\u{10FFFF}',
  word: '\\x00-\\/:-@\\[-\\^`\\{-\u{10FFFF}',
  xdigit: '\\x00-\\/:-@G-`g-\u{10FFFF}',
};

/** Go's `\s` has no vertical tab and no space beyond ASCII. */
const goSpace = '\\t\\n\\f\\r ';
const goNotSpace = '\\x00-\\x08\\x0B\\x0E-\\x1F!-\u{10FFFF}';

const simpleEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Thrown where the expression has no equal, or is none in Go. */
class Untranslatable extends Error {}

/** Translates an expression; undefined where ECMA-262 can't say it or Go would not compile it. */
export function fromRe2(source: string): string | undefined {
  try {
    return new Translator(source).whole();
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

class Translator {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): string {
    const [text] = this.#alternatives(noFlags);
    if (this.#at < this.#source.length) throw new Untranslatable();
    return text;
  }

  #peek(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(expression.source, 'yu');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#source) ?? undefined;
    if (found) this.#at += found[0].length;
    return found;
  }

  #next(): number {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) throw new Untranslatable();
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  /** Up to a closing bracket; flags set on the way hold to its end, so that they are handed back. */
  #alternatives(flags: Flags): [string, Flags] {
    let text = '';
    let current = flags;
    while (this.#at < this.#source.length && !this.#peek(')')) {
      if (this.#take('|')) {
        text += '|';
        continue;
      }
      const setting = this.#match(/\(\?([imsU]*)(?:-([imsU]+))?\)/);
      if (setting) {
        current = withFlags(current, setting[1] ?? '', setting[2] ?? '');
        continue;
      }
      text += this.#repeated(current);
    }
    return [text, current];
  }

  #repeated(flags: Flags): string {
    const quoted = this.#match(/\\Q([\s\S]*?)(?:\\E|$)/);
    if (quoted) {
      const all = [...(quoted[1] ?? '')].map((char) => literal(char.codePointAt(0) ?? 0, flags));
      return all.slice(0, -1).join('') + this.#quantified(all.at(-1) ?? '(?:)', flags);
    }
    const assertion = this.#assertion(flags);
    // ECMA-262 repeats no assertion; in a group of its own it may.
    if (assertion !== undefined) {
      const repeated = this.#quantified('', flags);
      return repeated === '' ? assertion : `(?:${assertion})${repeated}`;
    }
    return this.#quantified(this.#atom(flags), flags);
  }

  #assertion({ multiline }: Flags): string | undefined {
    if (this.#take('^')) return multiline ? '(?<![^\\n])' : '^';
    if (this.#take('$')) return multiline ? '(?![^\\n])' : '$';
    if (this.#take('\\A')) return '^';
    if (this.#take('\\z')) return '$';
    if (this.#take('\\b')) return '\\b';
    if (this.#take('\\B')) return '\\B';
    return undefined;
  }

  #quantified(atom: string, { swapGreed }: Flags): string {
    const found = this.#match(/(?:[*+?]|\{\d+(?:,\d*)?\})/);
    if (!found) return atom;
    // Go repeats nothing twice, and no more than a thousand times.
    const counts = found[0].match(/\d+/g) ?? [];
    if (counts.some((count) => Number(count) > 1000)) throw new Untranslatable();
    const lazy = this.#take('?') !== swapGreed;
    if (this.#match(/(?:[*+?]|\{\d+(?:,\d*)?\})/)) throw new Untranslatable();
    return `${atom}${found[0]}${lazy ? '?' : ''}`;
  }

  #atom(flags: Flags): string {
    if (this.#peek('(')) return this.#group(flags);
    if (this.#take('.')) return flags.dotAll ? '[\\s\\S]' : '[^\\n]';
    if (this.#peek('[')) return this.#class(flags);
    if (this.#match(/[*+?]/)) throw new Untranslatable();
    if (!this.#take('\\')) return literal(this.#next(), flags);
    const members = this.#namedClass();
    if (members !== undefined) return `[${members}]`;
    return literal(this.#escape(), flags);
  }

  #group(flags: Flags): string {
    const head = this.#match(/\(\?(?:P?<(\w+)>|([imsU]*)(?:-([imsU]+))?:)/);
    if (!head && this.#peek('(?')) throw new Untranslatable();
    if (!head) this.#take('(');
    const inner = head && head[1] === undefined ? withFlags(flags, head[2] ?? '', head[3] ?? '') : flags;
    const [text] = this.#alternatives(inner);
    if (!this.#take(')')) throw new Untranslatable();
    // Nothing refers to a group, so none needs its name.
    return head && head[1] === undefined ? `(?:${text})` : `(${text})`;
  }

  /** After a backslash: a class with a name, as members of an ECMA-262 class. */
  #namedClass(): string | undefined {
    const perl = this.#match(/[dDsSwW]/);
    if (perl) {
      const name = perl[0];
      if (name === 's') return goSpace;
      return name === 'S' ? goNotSpace : `\\${name}`;
    }
    const unicode = this.#match(/([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/);
    if (!unicode) return undefined;
    const negated = (unicode[1] === 'P') !== (unicode[2] === '^');
    const name = unicode[3] ?? unicode[4] ?? '';
    if (name === 'Any') return negated ? '' : '\\s\\S';
    const property = /^[A-Z][a-z]?$/.test(name) ? name : `Script=${name}`;
    return `\\${negated ? 'P' : 'p'}{${property}}`;
  }

  /** After a backslash: a single character. */
  #escape(): number {
    const octal = this.#match(/(?:[1-7][0-7]{1,2}|0[0-7]{0,2})/);
    if (octal) return Number.parseInt(octal[0], 8);
    const hex = this.#match(/x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/);
    if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    const point = this.#next();
    const char = String.fromCodePoint(point);
    const simple = simpleEscapes[char];
    if (simple !== undefined) return simple;
    if (/[0-9A-Za-z]/.test(char) || point > 0x7f) throw new Untranslatable();
    return point;
  }

  #class(flags: Flags): string {
    this.#take('[');
    const negated = this.#take('^');
    const members: string[] = [];
    // Go takes a bracket in the first place as itself.
    for (let first = true; first || !this.#peek(']'); first = false) members.push(this.#member(flags));
    this.#take(']');
    const inside = members.join('');
    // With multi-line off Go's negated classes match a line feed, as those of ECMA-262 do.
    return `[${negated ? '^' : ''}${inside}]`;
  }

  #member(flags: Flags): string {
    const named = this.#match(/\[:(\^?)(\w+):\]/);
    if (named) {
      const members = (named[1] === '^' ? posixComplements : posix)[named[2] ?? ''];
      if (members === undefined) throw new Untranslatable();
      return members;
    }
    const low = this.#classChar();
    if (typeof low === 'string') return low;
    if (!this.#match(/-(?!\])/)) return range(low, low, flags);
    const high = this.#classChar();
    if (typeof high === 'string' || high < low) throw new Untranslatable();
    return range(low, high, flags);
  }

  #classChar(): number | string {
    if (!this.#take('\\')) return this.#next();
    return this.#namedClass() ?? this.#escape();
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const flag = (name: string, before: boolean) => (before || on.includes(name)) && !off.includes(name);
  return {
    insensitive: flag('i', flags.insensitive),
    multiline: flag('m', flags.multiline),
    dotAll: flag('s', flags.dotAll),
    swapGreed: flag('U', flags.swapGreed),
  };
}

function literal(point: number, { insensitive }: Flags): string {
  const forms = insensitive ? caseForms(point) : [point];
  if (forms.length === 1) return escaped(point, false);
  return `[${forms.map((form) => escaped(form, true)).join('')}]`;
}

function range(low: number, high: number, { insensitive }: Flags): string {
  const plain = low === high ? escaped(low, true) : `${escaped(low, true)}-${escaped(high, true)}`;
  if (!insensitive || high - low > 0x3000) return plain;
  const others = new Set<number>();
  for (let point = low; point <= high; point++) {
    for (const form of caseForms(point)) if (form < low || form > high) others.add(form);
  }
  return plain + [...others].map((form) => escaped(form, true)).join('');
}

/** A character and those that differ from it by case only: with k and s go the Kelvin sign and the long s. */
function caseForms(point: number): number[] {
  const char = String.fromCodePoint(point);
  const forms = new Set([char, char.toLowerCase(), char.toUpperCase()]);
  if (/[kK\u212a]/.test(char)) for (const form of 'kK\u212a') forms.add(form);
  if (/[sS\u017f]/.test(char)) for (const form of 'sS\u017f') forms.add(form);
  return [...forms].filter((form) => [...form].length === 1).map((form) => form.codePointAt(0) ?? 0);
}

function escaped(point: number, inClass: boolean): string {
  const char = String.fromCodePoint(point);
  const special = inClass ? '\\]^[-' : '^$\\.*+?()[]{}|';
  if (special.includes(char)) return `\\${char}`;
  const named = { 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }[point];
  if (named) return named;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).toUpperCase().padStart(2, '0')}`;
  // A lone half of a pair can't stand in a `u` expression as itself.
  return point >= 0xd800 && point <= 0xdfff ? `\\u{${point.toString(16)}}` : char;
}
