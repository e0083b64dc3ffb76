/**
 * What the API server's validators accept (kube-openapi's strfmt and govalidator, Kubernetes 1.36), as expressions.
 *
 * They are Go's own parsers there; `approximate` marks those whose whole judgement an expression can't say.
 */
interface Judged {
  readonly pattern: string;
  readonly maxLength?: number;
  /** What the expression leaves out. */
  readonly approximate?: string;
}

const anyCase = (text: string): string => text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

const day31 = '(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])';
const day30 = '(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)';
const day28 = '02-(?:0[1-9]|1\\d|2[0-8])';
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const date = `(?:\\d{4}-(?:${day31}|${day30}|${day28})|${leapYear}-02-29)`;
// The dot before the fraction is an unescaped one there: any character but a line feed.
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:[^\\n]\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d)';

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** IPv4 in its own right may have leading zeros, for the sake of old objects. */
const looseOctet = '0*(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const v4 = `${octet}(?:\\.${octet}){3}`;
const looseV4 = `${looseOctet}(?:\\.${looseOctet}){3}`;
const group = '[0-9A-Fa-f]{1,4}';

/** The forms of IPv6 (RFC 4291), with what may stand for the last two groups. */
function v6(last: string): string {
  const before = (count: number) => (count === 0 ? '' : count === 1 ? `(?:${group})?` : upTo(count));
  const upTo = (count: number) => `(?:(?:${group}:){0,${count - 1}}${group})?`;
  const middle = [5, 4, 3, 2, 1, 0].map((after, at) => `${before(at)}::(?:${group}:){${after}}(?:${last})`);
  const full = `(?:${group}:){6}(?:${last})`;
  return [full, ...middle].join('|');
}

const tails = `(?:(?:${group}:){0,5}${group})?::(?:${group})|(?:(?:${group}:){0,6}${group})?::`;
const v6Any = `(?:${v6(`${group}:${group}|${v4}`)}|${tails})`;
/** A mapped address has dots, which is all that the check for IPv4 asks of an address. */
const v6WithV4 = `(?:${v6(looseV4)})`;

const byte2 = '[0-9A-Fa-f]{2}';
const pairs = (mark: string) => `${byte2}(?:${mark}${byte2}){5}(?:(?:${mark}${byte2}){2}|(?:${mark}${byte2}){14})?`;
const quads = '[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){2}(?:\\.[0-9A-Fa-f]{4}|(?:\\.[0-9A-Fa-f]{4}){7})?';

const uuid = (third: string, fourth: string) =>
  `^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?${third}-?${fourth}-?[0-9A-Fa-f]{12}$`;
const hex4 = '[0-9A-Fa-f]{4}';
const variant = '[89ABab][0-9A-Fa-f]{3}';

const goDuration = '[-+]?(?:0|(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+)';
const exactUnit = ['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk'].map(anyCase).join('|');
const unitStart = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'].map(anyCase).join('|');
// Anything with a number and a unit somewhere in it, as Scala writes durations.
const wordDuration = `[\\s\\S]*\\d[\\t\\n\\f\\r ]*(?:(?:${exactUnit})(?:[^A-Za-zµ][\\s\\S]*)?|(?:${unitStart})[\\s\\S]*)`;

const label = '[a-zA-Z0-9\\p{S}\\p{L}]';
const domainLabel = `${label}(?:(?:${label}|-){0,61}${label})?`;
const hostname = `^(?:${label}-?${label}{0,62}|${label}|(?:${domainLabel}\\.)+[a-zA-Z\\p{L}]{2,63})$`;

/** A class of characters: those of ASCII that are named, and all beyond it, in words that every dialect has. */
const andBeyondAscii = (named: RegExp): string => {
  const ascii = Array.from({ length: 128 }, (_, point) => String.fromCharCode(point));
  const others = ascii.filter((char) => !named.test(char));
  return `[^${others.map((char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`).join('')}]`;
};
const atomChar = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]/;
const atom = `${andBeyondAscii(atomChar)}+`;
const quotedText = '"(?:[^"\\\\\\x00-\\x1F\\x7F]|\\\\[\\x20-\\x7E])*"';
const address = `(?:${atom}(?:\\.${atom})*|${quotedText})@(?:${atom}(?:\\.${atom})*|\\[[^\\[\\]\\\\]*\\])`;
// One character at a time, for a repeated repetition would take exponential time to fail.
const phrase = `(?:${andBeyondAscii(/[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\t ]/)}|${quotedText})*`;

const urlChar = '(?:[^%\\x00-\\x1F\\x7F]|%[0-9A-Fa-f]{2})';
const bracketed = '(?:[^\\/?#@\\[\\]\\x00-\\x20]*@)?\\[[0-9A-Fa-f:.%]*\\]';
const port = '(?::\\d*)?';
const hostChar = andBeyondAscii(/[A-Za-z0-9\-._~!$&'()*+,;="<>]/);
const authority = `(?:(?:[A-Za-z0-9\\-._~!$&'()*+,;=:%]*@)?(?:${hostChar}|%[89A-Fa-f][0-9A-Fa-f])*|${bracketed})${port}`;
const uri = `^(?:\\*|(?:[A-Za-z][A-Za-z0-9+.\\-]*:)?(?:\\/\\/${authority}(?:[\\/?]${urlChar}*)?|\\/(?:(?:[^%\\/\\x00-\\x1F\\x7F]|%[0-9A-Fa-f]{2})${urlChar}*)?)|[A-Za-z][A-Za-z0-9+.\\-]*:[^\\/\\x00-\\x1F\\x7F][^\\x00-\\x1F\\x7F]*)$`;

const shortName = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const colour = '[\\t\\n\\f\\r ]*(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])[\\t\\n\\f\\r ]*';
const separated = (digits: number, last = '') => `^(?:[-\\t\\n\\f\\r ]*\\d){${digits}}${last}[-\\t\\n\\f\\r ]*$`;
const isbn10 = separated(9, '[-\\t\\n\\f\\r ]*[\\dX]');
const checksum = 'its check digit';

/** By the name as the API server normalises it: without dashes. */
export const judgedFormats: Readonly<Record<string, Judged>> = {
  bsonobjectid: { pattern: '^[0-9A-Fa-f]{24}$' },
  byte: { pattern: '^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$' },
  cidr: { pattern: `^(?:${looseV4}\\/0*(?:3[0-2]|[12]?\\d)|${v6Any}\\/0*(?:12[0-8]|1[01]\\d|[1-9]?\\d))$` },
  creditcard: { pattern: '^(?:\\D*\\d){13,16}\\D*$', approximate: 'the ranges of issuers and its check digit' },
  date: { pattern: `^${date}$` },
  datetime: { pattern: `^${date}[Tt]${time}$` },
  duration: { pattern: `^(?:${goDuration}|${wordDuration})$` },
  email: {
    pattern: `^[\\t ]*(?:${address}|${phrase}<[\\t ]*${address}[\\t ]*>)[\\t ]*$`,
    approximate: 'comments and encoded words',
  },
  hexcolor: { pattern: '^#?(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$' },
  hostname: { pattern: hostname, maxLength: 255 },
  ipv4: { pattern: `^(?:${looseV4}|${v6WithV4})$` },
  ipv6: { pattern: `^${v6Any}$` },
  isbn: { pattern: `${isbn10}|${separated(13)}`, approximate: checksum },
  isbn10: { pattern: isbn10, approximate: checksum },
  isbn13: { pattern: separated(13), approximate: checksum },
  k8slongname: { pattern: `^${shortName}(?:\\.${shortName})*$`, maxLength: 253 },
  k8sshortname: { pattern: `^${shortName}$`, maxLength: 63 },
  // Without marks since Go 1.26, which Kubernetes 1.36 is built with.
  mac: { pattern: `^(?:${pairs(':')}|${pairs('-')}|${pairs('')}|${quads})$` },
  rgbcolor: { pattern: `^rgb\\(${colour},${colour},${colour}\\)$` },
  ssn: { pattern: '^\\d{3}[- ]\\d{2}[- ]\\d{4}$' },
  uri: { pattern: uri, approximate: 'odd hosts and escapes' },
  uuid: { pattern: uuid(hex4, hex4) },
  uuid3: { pattern: uuid('3[0-9A-Fa-f]{3}', hex4) },
  uuid4: { pattern: uuid('4[0-9A-Fa-f]{3}', variant) },
  uuid5: { pattern: uuid('5[0-9A-Fa-f]{3}', variant) },
};
