import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Artifact, type ArtifactOptions, haveArtifact, type Outcome } from '../artifact.ts';
import { EngineError, messageOf } from '../error.ts';
import { packageRoot } from '../root.ts';
import { type RunResult, run, tail } from '../run.ts';

/** A program from the Python package index. */
export interface PythonProgram<Name extends string = string> {
  readonly name: Name;
  readonly version: string;
  /** The file under `requirements/` that fixes the version of everything it needs. */
  readonly requirements: string;
  /** The oldest Python for which these versions exist. */
  readonly python: PythonVersion;
  /** The first Python that its package refuses. */
  readonly below?: PythonVersion;
}

type PythonVersion = readonly [major: number, minor: number];

const interpreter = 'python3';
const install = 'install Python with its venv module (Debian and Ubuntu: apt install python3-venv)';

/** Have a program in a virtual environment of its own in the cache; its interpreter is `bin/python`. */
export async function havePython<Name extends string>(
  program: PythonProgram<Name>,
  options: ArtifactOptions,
): Promise<Outcome<Name>> {
  const file = join(packageRoot, 'tools', 'engines', 'provider', 'requirements', program.requirements);
  const { name: engine, version } = program;
  try {
    const python = await pythonOf(program);
    const parts = [await readFile(file, 'utf8'), python, process.platform, process.arch];
    const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
    const artifact: Artifact<Name> = {
      engine,
      version,
      target: join(options.cache, 'engines', `${engine}-${version}-${digest}`),
      program: join('bin', 'python'),
      command: 'npm test -- test/engines/provider.test.ts',
      require: async () => {},
      make: (directory) => fill(engine, file, directory),
    };
    return await haveArtifact(artifact, options);
  } catch (thrown) {
    if (thrown instanceof EngineError) return { engine, version, state: 'impossible', why: thrown };
    throw thrown;
  }
}

/** The path and version of the interpreter, to which a virtual environment is tied. */
async function pythonOf({ name, python, below }: PythonProgram): Promise<string> {
  const fail = (seen: string, cause?: unknown) => {
    const todo = `${install}, version ${python.join('.')} or newer${below ? `, but older than ${below.join('.')}` : ''}`;
    return new EngineError({ code: 'PYTHON_MISSING', path: name, seen, todo, cause });
  };
  const script = 'import ensurepip, sys, venv; print(sys.executable, *sys.version_info[:3])';
  const answer = await run(interpreter, ['-c', script], { seconds: 60 }).catch((thrown: unknown) => {
    throw fail(`no ${interpreter} on the PATH (${messageOf(thrown)})`, thrown);
  });
  if (answer.code !== 0) throw fail(`${interpreter} has no venv or no pip:${tail(answer.stderr, 3)}`);
  const [haveMajor = 0, haveMinor = 0] = answer.stdout.trim().split(' ').slice(-3).map(Number);
  const isBefore = ([major, minor]: PythonVersion) => haveMajor < major || (haveMajor === major && haveMinor < minor);
  if (isBefore(python) || (below && !isBefore(below))) {
    throw fail(`the ${interpreter} on the PATH is ${haveMajor}.${haveMinor}`);
  }
  return answer.stdout.trim();
}

/** Nothing but wheels: a source package would run code of its own, and need a compiler. */
async function fill(name: string, requirements: string, directory: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet'];
  const exact = ['--no-deps', '--only-binary=:all:', '--requirement', requirements];
  succeed(name, await run(interpreter, ['-m', 'venv', directory], { seconds: 300, nice: true }));
  const python = join(directory, 'bin', 'python');
  succeed(name, await run(python, [...pip, ...exact], { seconds: 1800, nice: true }));
  succeed(name, await run(python, ['-m', 'pip', 'check'], { seconds: 300 }));
}

function succeed(name: string, { code, stdout, stderr }: RunResult): void {
  if (code === 0) return;
  const seen = `pip or venv ended with ${code}:${tail(stderr + stdout)}`;
  const todo = 'check that the Python package index answers and the disk has room (500 MB), and try again';
  throw new EngineError({ code: 'PYTHON_PACKAGES', path: name, seen, todo });
}
