import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { CodedError } from '../../error.ts';
import type { Text } from '../load.ts';

/** The manifests of a repository at two commits. */
export interface Range {
  /** Those that differ, or that only one commit has. */
  readonly from: readonly Text[];
  readonly to: readonly Text[];
  /** Those that are the same in both; read when they are asked for. */
  unchanged(): readonly Text[];
}

/** A file at a commit. */
interface TreeFile {
  readonly path: string;
  /** Name of its content. */
  readonly id: string;
}

/**
 * Reads a range `BASE..HEAD`, or `BASE...HEAD` from where both parted, of the repository that the process stands in:
 * YAML and JSON files only, of the path where one is given. Git is asked once for each commit and once for all contents.
 */
export function readRange(range: string, path: string | undefined): Range {
  const [base, dots, head] = split(range);
  const to = commitOf(head);
  const from = dots === '..' ? commitOf(base) : parting(range, commitOf(base), to);
  const before = filesOf(from, path);
  const after = filesOf(to, path);
  if (path !== undefined && before.size === 0 && after.size === 0) {
    throw new CodedError('GIT_PATH', path, `no YAML or JSON files in ${range}`, 'check the path');
  }
  const only = (these: Files, others: Files) =>
    [...these.values()].filter(({ path, id }) => others.get(path)?.id !== id);
  const [removed, added] = [only(before, after), only(after, before)];
  const contents = contentsOf([...removed, ...added]);
  return {
    from: removed.map((file) => textOf(base, file, contents)),
    to: added.map((file) => textOf(head, file, contents)),
    unchanged: () => {
      const same = [...after.values()].filter(({ path, id }) => before.get(path)?.id === id);
      const theirs = contentsOf(same);
      return same.map((file) => textOf(head, file, theirs));
    },
  };
}

type Files = ReadonlyMap<string, TreeFile>;
type Contents = ReadonlyMap<string, Buffer>;

function split(range: string): [base: string, dots: string, head: string] {
  const [, base, dots, head] = /^(.+?)(\.\.\.?)(.+)$/.exec(range) ?? [];
  if (base === undefined || dots === undefined || head === undefined) {
    throw new CodedError('GIT_RANGE', '--git', JSON.stringify(range), 'write BASE..HEAD or BASE...HEAD');
  }
  return [base, dots, head];
}

/** What begins with a dash would be an option of Git. */
function commitOf(revision: string): string {
  const { status, stdout, stderr } = revision.startsWith('-')
    ? { status: 1, stdout: Buffer.alloc(0), stderr: '' }
    : git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (status === 0) return stdout.toString('utf8').trim();
  if (stderr.includes('not a git repository')) {
    throw new CodedError('GIT_REPOSITORY', process.cwd(), 'is in no Git repository', 'run this in a clone');
  }
  if (stderr !== '') throw failed(stderr);
  throw new CodedError(
    'GIT_REVISION',
    revision,
    'Git knows no such commit',
    'check it, or fetch it: a shallow clone has no earlier commits',
  );
}

function parting(range: string, base: string, head: string): string {
  const { status, stdout, stderr } = git(['merge-base', base, head]);
  if (status === 0) return stdout.toString('utf8').trim();
  if (stderr !== '') throw failed(stderr);
  const seen = 'the commits have no common ancestor here';
  throw new CodedError('GIT_RANGE', range, seen, 'fetch more history, or write BASE..HEAD');
}

const suffixes = ['.yaml', '.yml', '.json'];

/** Regular files alone: a symbolic link has no manifests of its own, a submodule is another repository. */
function filesOf(commit: string, path: string | undefined): Files {
  const where = path === undefined ? ['--full-tree', commit] : ['--full-name', commit, '--', path];
  const listing = succeed(['ls-tree', '-r', '-z', ...where]).toString('utf8');
  const files = listing.split('\0').flatMap((line): TreeFile[] => {
    const [, id, file] = /^100\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return id === undefined || file === undefined || !suffixes.includes(extname(file)) ? [] : [{ path: file, id }];
  });
  return new Map(files.map((file) => [file.path, file]));
}

/** Contents by their names. */
function contentsOf(files: readonly TreeFile[]): Contents {
  const ids = [...new Set(files.map(({ id }) => id))];
  const contents = new Map<string, Buffer>();
  if (ids.length === 0) return contents;
  const answer = succeed(['cat-file', '--batch'], `${ids.join('\n')}\n`);
  let at = 0;
  for (const id of ids) {
    const end = answer.indexOf('\n', at);
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(answer.toString('utf8', at, end)) ?? [];
    if (size === undefined)
      throw new CodedError('GIT_FAILED', id, 'its content is missing', 'repair or fetch the clone');
    const begin = end + 1;
    at = begin + Number(size) + 1;
    contents.set(id, answer.subarray(begin, at - 1));
  }
  return contents;
}

const textOf = (revision: string, { path, id }: TreeFile, contents: Contents): Text => ({
  source: `${revision}:${path}`,
  bytes: contents.get(id) ?? Buffer.alloc(0),
  file: path,
});

function succeed(args: readonly string[], input?: string): Buffer {
  const { status, stdout, stderr } = git(args, input);
  if (status !== 0) throw failed(stderr);
  return stdout;
}

const failed = (stderr: string): CodedError =>
  new CodedError('GIT_FAILED', 'git', stderr.trim().split('\n')[0] ?? '', 'see what Git says');

/** All manifests of a large repository; more is a mistake. */
const maxBuffer = 1024 * 1024 * 1024;

function git(args: readonly string[], input = ''): { status: number | null; stdout: Buffer; stderr: string } {
  // Messages are read, so they must be English.
  const env = { ...process.env, LC_ALL: 'C' };
  const { error, status, stdout, stderr } = spawnSync('git', args, { input, env, maxBuffer });
  if (error === undefined) return { status, stdout, stderr: stderr.toString('utf8') };
  const reason = 'code' in error ? String(error.code) : error.message;
  throw new CodedError('GIT_MISSING', 'git', `cannot be run (${reason})`, 'install Git, or use --from and --to');
}
