import {
  type Gatekeeper,
  installPolicies,
  releaseWebhook,
  removePolicies,
  startGatekeeper,
} from '../../engines/gatekeeper.ts';
import type { Pieces } from '../../engines/pieces.ts';
import { type SimulatedAws, startSimulatedAws } from '../../engines/provider/simulators.ts';
import {
  configureProvider,
  type InstalledProvider,
  installProvider,
  runProvider,
} from '../../engines/provider/start.ts';
import { type Stack, type StackBase, startStack } from '../../engines/stack.ts';
import { constraints, functionOptions, managed, manifests, namespaces, rules, templates } from './contents.ts';
import type { Wishes } from './record.ts';

/** What a platform is started with. */
export interface BootOptions {
  readonly state: string;
  readonly wishes: Wishes;
  /** Given the pieces before the first of them starts. */
  readonly onPieces: (pieces: Pieces) => void;
  readonly log: (text: string) => void;
}

/** A platform that serves. */
export interface Booted {
  readonly stack: Stack;
  /** Where every service of the simulated AWS is; empty without one. */
  readonly endpoint: string;
}

const cached = { build: false };
// Often enough to watch drift being repaired; a real account would count the calls.
const poll = '10s';

/** Start all that a platform is made of; what need not wait for another starts beside it. */
export async function boot({ state, wishes, onPieces, log }: BootOptions): Promise<Booted> {
  let aws: Promise<SimulatedAws> | undefined;
  let installed: InstalledProvider | undefined;
  let gatekeeper: Promise<Gatekeeper> | undefined;
  let enforced: Promise<void> | undefined;
  let webhookPort = 0;
  const onServing = async (base: StackBase) => {
    // First of all, so that it is the same port after each restart.
    webhookPort = await base.port();
    if (wishes.provider === 'real') aws = untilAwaited(startSimulatedAws(base, cached));
    if (wishes.policies === 'off') return removePolicies(base.kube, templates);
    await releaseWebhook(base.kube);
    gatekeeper = untilAwaited(startGatekeeper(base, cached));
  };
  const enforce = async ({ kube }: Stack) => {
    const started = await gatekeeper;
    if (started === undefined || wishes.policies === 'off') return;
    await installPolicies({ kube }, started, { rules, templates, constraints: constraints(wishes.policies) });
    log(`policies in force: ${wishes.policies}`);
  };
  const prepare = async (stack: Stack) => {
    const simulated = await aws;
    if (installed && simulated) await configureProvider(stack.kube, installed, simulated, namespaces);
    // Only now, since they refuse credentials of the kind that a simulated AWS takes.
    enforced = untilAwaited(enforce(stack));
    const provider = installed && simulated && runProvider(stack, simulated, installed, { poll });
    await Promise.all([stack.startFunction(functionOptions()), provider]);
    log('function and provider started');
  };
  const stack = await startStack({
    state,
    discard: wishes.ephemeral,
    managed,
    manifests: manifests(),
    ...cached,
    onPieces,
    onServing,
    ...(wishes.provider === 'real' && {
      define: async (...given) => {
        installed = await installProvider(...given, { ...cached, webhookPort });
      },
    }),
    prepare,
    log,
  });
  await enforced;
  return { stack, endpoint: (await aws)?.url ?? '' };
}

/** What fails before somebody awaits it is told to whoever does, and ends no process until then. */
function untilAwaited<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}
