import { type Command, Option } from 'commander';
import type { DownOptions } from './down.ts';
import type { LogsOptions } from './logs.ts';
import { policyModes, providers, type Wishes } from './record.ts';
import type { StatusOptions } from './status.ts';
import type { UpOptions } from './up.ts';

const upNotes = `
What runs: etcd, kube-apiserver, two controller managers, Crossplane core and its RBAC manager under the roles of its
own chart, and the function of this package; with XRDs, Compositions, rights and the EnvironmentConfig "cluster"
applied, and the namespaces default and team-a. Gatekeeper with the policies of this package warns of claims that a
production cluster would refuse; with --policies deny it refuses them, with off it does not run. With --provider real, the real AWS provider and an AWS that is simulated
by programs in Python, in memory: what it holds is gone after "down", and the provider makes it again after "up". No
Docker, no cluster, no cloud.

The first start builds what is missing from Go modules (Go 1.26 or newer) and Python packages (Python 3.11 or newer, for
--provider real only): about ten minutes on two cores, four more for the provider. State, logs and kubeconfig are in the
cache folder (AWS_BLUEPRINTS_CACHE, by default ~/.cache/aws-blueprints).

All listen on 127.0.0.1 only, and on free ports. For that, and for nothing else, three listeners in the sources of
Crossplane core, which have no flag for an address, are given one when it is built.

A piece that crashes is started again: at once, then ever later, up to every 30 seconds.`;

const nameOption = () => new Option('--name <name>', 'which platform; several run side by side').default('default');

/** Add the commands of the local platform; what they need is loaded only when one of them runs. */
export function addPlatformCommands(program: Command): void {
  program
    .command('up')
    .description('Start real Crossplane with these blueprints on this machine, and leave it running.')
    .option('--name <name>', 'several run side by side (default: "default")')
    .addOption(
      new Option('--provider <which>', 'what reconciles managed resources (default: "real")').choices(providers),
    )
    .addOption(new Option('--policies <mode>', 'what policies do (default: "warn")').choices(policyModes))
    .option('--ephemeral', 'stay in the foreground; end and remove everything with this command', false)
    .addHelpText('after', upNotes)
    .action(async (options: UpOptions) => {
      const commands = program.commands.map((command) => command.name());
      await (await import('./up.ts')).up(options, commands);
    });
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
    .action(async (_state: string, { name, ...wishes }: Wishes & { readonly name: string }) => {
      const [{ supervise }, { placeOf }] = await Promise.all([import('./supervise.ts'), import('./place.ts')]);
      await supervise(placeOf(name), wishes);
    });
}
