import { type Command, Option } from 'commander';
import type { DownOptions } from './down.ts';
import type { LogsOptions } from './logs.ts';
import type { StatusOptions } from './status.ts';
import type { UpOptions } from './up.ts';

const upNotes = `
What runs: etcd, kube-apiserver, two controller managers, Crossplane core and its RBAC manager under the roles of its
own chart, and the function of this package; with XRDs, Compositions, rights and the EnvironmentConfig "cluster"
applied, and the namespaces default and team-a. No Docker, no cluster, no cloud.

The first start builds what is missing from Go modules: about ten minutes on two cores, with Go 1.26 or newer. State,
logs and kubeconfig are in the cache folder (AWS_BLUEPRINTS_CACHE, by default ~/.cache/aws-blueprints).

All listen on 127.0.0.1 and on free ports, but for Crossplane core: its ports for metrics, health and webhooks have no
flag for the address and are open on every interface. They change nothing and serve no object; use a firewall where
that matters.

A piece that crashes is started again: at once, then ever later, up to every 30 seconds.`;

const nameOption = () => new Option('--name <name>', 'which platform; several run side by side').default('default');

/** Add the commands of the local platform; what they need is loaded only when one of them runs. */
export function addPlatformCommands(program: Command): void {
  program
    .command('up')
    .description('Start real Crossplane with these blueprints on this machine, and leave it running.')
    .option('--name <name>', 'several run side by side (default: "default")')
    .addOption(
      new Option('--provider <which>', 'what reconciles managed resources').choices(['real', 'none']).default('none'),
    )
    .addOption(new Option('--policies <mode>', 'what policies do').choices(['off', 'warn', 'deny']).default('off'))
    .option('--ephemeral', 'stay in the foreground; end and remove everything with this command', false)
    .addHelpText('after', upNotes)
    .action(async (options: UpOptions) => (await import('./up.ts')).up(options));
  program
    .command('status')
    .description('Show the pieces of the local platform; exits with 1 unless all of them run.')
    .addOption(nameOption())
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['table', 'json']).default('table'))
    .action(async (options: StatusOptions) => (await import('./status.ts')).status(options));
  program
    .command('logs')
    .description('Print the log of one piece of the local platform.')
    .argument('<piece>', 'as status names it, or supervisor')
    .addOption(nameOption())
    .option('-f, --follow', 'go on with what it writes')
    .action(async (piece: string, options: LogsOptions) => (await import('./logs.ts')).logs(piece, options));
  program
    .command('down')
    .description('End the local platform; its state is kept for the next start.')
    .addOption(nameOption())
    .option('--purge', 'remove the state, too')
    .action(async (options: DownOptions) => (await import('./down.ts')).down(options));
  addSupervise(program);
}

/** What `up` runs in the background; nobody else has a use for it. */
function addSupervise(program: Command): void {
  program
    .command('supervise', { hidden: true })
    .argument('<state>')
    .requiredOption('--name <name>')
    .requiredOption('--provider <which>')
    .requiredOption('--policies <mode>')
    .option('--ephemeral', '', false)
    .action(async (_state: string, { name, ...wishes }: UpOptions & { readonly name: string }) => {
      const [{ supervise }, { placeOf }] = await Promise.all([import('./supervise.ts'), import('./place.ts')]);
      await supervise(placeOf(name), wishes);
    });
}
