import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../tools/cli/load.ts';
import { cacheDirectory } from '../../tools/engines/cache.ts';
import { fields, items, textOf } from '../../tools/engines/fields.ts';
import { KubeClient, type KubeObject } from '../../tools/engines/kube.ts';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess;
  /** What it has written to standard output until now. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
}

/** A row of the table of `status`. */
export interface PieceStatus {
  readonly name: string;
  readonly state: string;
  readonly pid: number;
  readonly memoryMiB: number;
  readonly restarts: number;
  readonly crash: string;
}

/** What `status` says of a platform. */
export interface PlatformStatus {
  readonly code: number | null;
  readonly condition: string;
  readonly kubeconfig: string;
  readonly endpoint: string;
  readonly rows: readonly PieceStatus[];
}

/** A process of this machine. */
export interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
}

/** Every process of this machine. */
export function allProcesses(): ProcessLine[] {
  const listed = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const rows = listed.matchAll(/^\s*(\d+)\s+(\d+)\s(.*)$/gm);
  return [...rows].map(([, pid, parent, line = '']) => ({ pid: Number(pid), parent: Number(parent), line }));
}

/** The package as users have it: packed, installed into an empty folder, with a cache that holds the engines only. */
export class InstalledPackage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'aws-blueprints-platform-'));
  readonly cache: string = join(this.folder, 'cache');
  /** Where its user stands. */
  readonly user: string = join(this.folder, 'user');

  constructor() {
    const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, stdio: 'ignore' });
    mkdirSync(this.user);
    npm('.', 'pack', '--pack-destination', this.folder);
    const archive = readdirSync(this.folder).find((name) => name.endsWith('.tgz')) ?? '';
    npm(this.user, 'install', '--offline', '--no-audit', '--no-fund', join(this.folder, archive));
    mkdirSync(this.cache);
    for (const part of ['engines', 'modules', 'crds']) {
      mkdirSync(join(cacheDirectory(), part), { recursive: true });
      symlinkSync(join(cacheDirectory(), part), join(this.cache, part));
    }
  }

  /** The root of the package in its `node_modules`. */
  get root(): string {
    return join(this.user, 'node_modules', 'aws-blueprints');
  }

  /** Start `aws-blueprints` as its user does; `variables` are added to the environment. */
  start(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Started {
    const command = join(this.user, 'node_modules', '.bin', 'aws-blueprints');
    // Not by its first line, which needs a Node on the PATH of the variables.
    return this.#spawn(process.execPath, [command, ...args], variables);
  }

  /** Run a line as a shell does. */
  shell(line: string): Promise<Ended> {
    return this.#spawn('/bin/sh', ['-c', line], {}).ended;
  }

  /** Run it to its end. */
  run(...args: string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** The names of the platforms of which the cache holds something. */
  platforms(): string[] {
    const names = readdirSync(this.cache);
    return names.includes('platforms') ? readdirSync(join(this.cache, 'platforms')) : [];
  }

  /** The processes that have to do with this package. */
  processes(): ProcessLine[] {
    return allProcesses().filter(({ line }) => line.includes(this.folder));
  }

  /** A platform as `status` prints it for programs. */
  async status(name: string): Promise<PlatformStatus> {
    const { code, stdout } = await this.run('status', '--name', name, '-o', 'json');
    const { condition, kubeconfig, endpoint, pieces } = fields(JSON.parse(stdout));
    const rows = items(pieces) as readonly PieceStatus[];
    return { code, condition: textOf(condition), kubeconfig: textOf(kubeconfig), endpoint: textOf(endpoint), rows };
  }

  /** A piece of a platform, as `status` tells of it. */
  async piece(platform: string, name: string): Promise<PieceStatus> {
    const { rows } = await this.status(platform);
    const row = rows.find((one) => one.name === name);
    if (row === undefined) throw new Error(`${name} is not among ${rows.map((one) => one.name).join(', ')}`);
    return row;
  }

  /** Let a piece that runs die, and return what `status` told of it before. */
  async kill(platform: string, name: string): Promise<PieceStatus> {
    const piece = await this.piece(platform, name);
    // Process 0 would be every process of our own group.
    if (piece.pid === 0) throw new Error(`${name} of ${platform} is ${piece.state}`);
    process.kill(piece.pid, 'SIGKILL');
    return piece;
  }

  /** A connection to a platform, as its administrator. */
  async connect(name: string): Promise<KubeClient> {
    return KubeClient.connect((await this.status(name)).kubeconfig);
  }

  /** The example of the package under another name, in a namespace that every platform has. */
  claim(name: string): KubeObject {
    const [document] = load(join(this.root, 'examples', 's3-irsa', 'claim.yaml'));
    return { ...document?.object, metadata: { name, namespace: 'team-a' } } as KubeObject;
  }

  /** End what runs, and remove everything. */
  async remove(): Promise<void> {
    for (const name of this.platforms()) await this.run('down', '--name', name);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(command: string, args: readonly string[], variables: NodeJS.ProcessEnv): Started {
    const env = { ...process.env, AWS_BLUEPRINTS_CACHE: this.cache, ...variables };
    const child = spawn(command, args, { cwd: this.user, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, output: () => stdout, ended };
  }
}
