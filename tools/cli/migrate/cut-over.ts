import { groups } from '../../../functions/core/blueprint.ts';
import { ClusterUsage } from '../../../functions/core/resource.ts';
import type { Migration } from './migrate.ts';

/** Where the files of a migration are. */
export interface Files {
  readonly request: (one: Migration) => string;
  /** In the folder of this name; for what is handed over. */
  readonly handover: (one: Migration, folder: HandoverFolder) => string;
}

/** The heirs as they are at first, the composite that takes them for its own, and the heirs as they are released. */
export const handoverFolders = ['heirs', 'composite', 'released'] as const;
type HandoverFolder = (typeof handoverFolders)[number];

/** Whether there is more to do than to apply the request. */
export const handsOver = ({ to, way, handover, object }: Migration): boolean =>
  to === 'namespaced' && way === 'takes over' && (handover.resources.length > 0 || secretOf(object) !== undefined);

/** The cut-over as ordered steps, in which nothing in AWS is made anew or deleted. */
export function cutOverOf(migrations: readonly Migration[], files: Files): string {
  const sections = migrations.map((one) => {
    const name = `${one.from.kind} ${one.from.namespace ?? 'default'}/${one.from.name}`;
    const steps = stepsOf(one, files).map(({ what, commands }, index) =>
      [`${index + 1}. ${what}`, '', '   ```sh', ...commands.map((line) => `   ${line}`), '   ```', ''].join('\n'),
    );
    return [`## ${name}`, '', ...steps].join('\n');
  });
  return [
    '# Cut-over',
    '',
    'Do one request after the other, in the order of the steps, and go on when what a step says is true. Who does it',
    'needs to be in the group that policies exempt (`aws-blueprints:break-glass`).',
    '',
    ...sections,
  ].join('\n');
}

interface Step {
  readonly what: string;
  readonly commands: readonly string[];
}

function stepsOf(one: Migration, files: Files): Step[] {
  const { to, way } = one;
  const request = files.request(one);
  if (way === 'restores') return restored(one, request);
  const first = [...pausedAndOrphaned(one), ...(way === 'takes over' ? freed(one) : [])];
  const apply = handsOver(one) ? handedOver(one, files) : applied(request);
  const remove = removed(one);
  return to === 'namespaced' ? [...first, ...apply, ...remove] : [...first, ...remove, exchanged(one), ...apply];
}

function exchanged({ from: { blueprint } }: Migration): Step {
  const { kind, plural, name } = blueprint;
  const compositions = `{range .items[?(@.spec.compositeTypeRef.kind=="X${kind}")]}{.metadata.name}{"\\n"}{end}`;
  return {
    what: 'When all old claims of this kind are gone, and all that are made of it, which the first command makes sure of, delete its definition and its Compositions, and install ours: one group has one definition of a kind.',
    commands: [
      `test -z "$(kubectl get x${plural}.${groups.claims} -o name)"`,
      `kubectl get composition -o jsonpath='${compositions}' | xargs kubectl delete composition`,
      `kubectl delete compositeresourcedefinition x${plural}.${groups.claims}`,
      `kubectl apply -f xrds/claims/${name}.yaml -f compositions/claims/${name}.yaml`,
      `kubectl wait --for=condition=Offered --timeout=2m compositeresourcedefinition/x${plural}.${groups.claims}`,
    ],
  };
}

const claimOf = ({ from }: Migration): string =>
  `${from.kind.toLowerCase()}.${from.group}/${from.name} -n ${from.namespace ?? 'default'}`;

/** All composites, nested ones too, and all managed resources of a claim carry its name. */
const labelsOf = ({ from }: Migration): string =>
  `-l crossplane.io/claim-name=${from.name},crossplane.io/claim-namespace=${from.namespace ?? 'default'}`;

function pausedAndOrphaned(one: Migration): Step[] {
  const labels = labelsOf(one);
  return [
    {
      what: 'Pause the old claim, its composites, and what they own, in this order: composites write what they own.',
      commands: [
        `kubectl annotate ${claimOf(one)} crossplane.io/paused=true --overwrite`,
        `kubectl annotate composite ${labels} crossplane.io/paused=true --overwrite`,
        `kubectl annotate managed ${labels} crossplane.io/paused=true --overwrite`,
      ],
    },
    {
      // A paused resource is not reconciled, so its policy can change without a write to AWS.
      what: 'Let AWS keep everything. Every line of the last command must say Orphan.',
      commands: [
        `kubectl get managed ${labels} -o name | xargs -I@ kubectl patch @ --type merge -p '{"spec":{"deletionPolicy":"Orphan"}}'`,
        `kubectl get managed ${labels} -o custom-columns=POLICY:.spec.deletionPolicy,KIND:.kind,NAME:.metadata.name`,
      ],
    },
  ];
}

/** What the application uses in its namespace must not go with the old claim. */
function freed({ from, object }: Migration): Step[] {
  const spec = Object(object.spec);
  const namespace = from.namespace ?? 'default';
  const account = spec.adoptServiceAccount === true ? (spec.serviceAccountName ?? from.name) : undefined;
  const secret = secretOf(object);
  const patch = (kind: string, name: string, metadata: object): string =>
    `kubectl patch ${kind} ${name} -n ${namespace} --type merge -p '${JSON.stringify({ metadata })}'`;
  const commands = [
    ...(account === undefined ? [] : [patch('serviceaccount', account, { ownerReferences: null })]),
    ...(secret === undefined
      ? []
      : [
          patch('secret', secret, {
            ownerReferences: null,
            // By it Crossplane knows the Secret for one that the new composite has.
            annotations: { 'crossplane.io/composition-resource-name': `connection-${secret}` },
          }),
        ]),
  ];
  if (commands.length === 0) return [];
  return [{ what: 'Free what pods use from the old claim, with which it would go.', commands }];
}

/** The Secret with the connection details that the request asks for. */
export function secretOf({ spec }: Migration['object']): string | undefined {
  const { name } = Object(Object(spec).writeConnectionSecretToRef);
  return typeof name === 'string' ? name : undefined;
}

const applied = (file: string): Step[] => [
  {
    what: 'Apply the new request, and wait until it is Ready: the names in its status are those of before.',
    commands: [`kubectl apply -f ${file}`, `kubectl wait --for=condition=Ready --timeout=10m -f ${file}`],
  },
];

/**
 * Server-side apply knows which fields only this manager has given: when it gives them no more, they are gone, but what
 * Crossplane has given since stays. Its name begins as that of Crossplane's own, which otherwise makes everybody forget
 * what they gave to a resource that it composes for the first time (2.3.4, internal/ssa/managed_fields.go).
 */
const applyAs = 'kubectl apply --server-side --field-manager=apiextensions.crossplane.io/composed/migrate';

function handedOver(one: Migration, files: Files): Step[] {
  const request = files.request(one);
  const [heirs, composite, released] = handoverFolders.map((folder) => files.handover(one, folder));
  const withHeirs = (line: string): string[] => (one.handover.resources.length > 0 ? [line] : []);
  const { apiVersion, kind } = one.object;
  const name = `${kind.toLowerCase()}.${apiVersion.split('/')[0]}/${one.from.name} -n ${one.from.namespace ?? 'default'}`;
  return [
    {
      what: 'Create heirs of what is taken over, which only read for now, and then the composite that has them. It must become Ready, and the names in its status be those of before. To go back until here: delete what this step made, and remove the annotations.',
      commands: [
        ...withHeirs(`${applyAs} -f ${heirs}`),
        `kubectl create -f ${composite}`,
        ...withHeirs(`kubectl wait --for=condition=Ready --timeout=10m -f ${heirs}`),
        `kubectl wait --for=condition=Ready --timeout=10m -f ${composite}`,
      ],
    },
    {
      what: 'Let the heirs manage what they read, and give the composite to those who keep its request: from here on AWS is as the request says.',
      commands: [
        // Where the provider has found another external name for the same thing, it will find it again.
        ...withHeirs(`${applyAs} --force-conflicts -f ${released}`),
        // Fields that nobody owns are those of whoever applies them next, and go when they go from the request.
        `kubectl patch ${name} --type json -p '[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]'`,
        `kubectl apply -f ${request}`,
        `kubectl wait --for=condition=Ready --timeout=10m -f ${request}`,
      ],
    },
  ];
}

/** By a label of what is in use, Crossplane refuses its deletion: here nothing is deleted in AWS, so nothing breaks. */
const composesUsages = ({ from: { blueprint, family } }: Migration): boolean =>
  family === 'ours' && blueprint.resources.some(({ kind }) => kind.kind === ClusterUsage.kind);

/** What is marked for deletion while it is paused does nothing else any more once it is released. */
function removed(one: Migration): Step[] {
  const labels = labelsOf(one);
  return [
    {
      what: 'Delete the old claim, its composites and what they own. They are marked only, and stay while they are paused.',
      commands: [
        ...(composesUsages(one) ? [`kubectl label managed ${labels} crossplane.io/in-use-`] : []),
        `kubectl delete ${claimOf(one)} --wait=false`,
        `kubectl delete composite ${labels} --wait=false --ignore-not-found`,
        `kubectl delete managed ${labels} --wait=false --ignore-not-found`,
      ],
    },
    {
      // A resource that is being deleted under Orphan only loses its finalizer: the provider writes nothing
      // (crossplane-runtime v2.3).
      what: 'Let them go. AWS is not touched.',
      commands: [
        `kubectl annotate ${claimOf(one)} crossplane.io/paused-`,
        `kubectl annotate composite ${labels} crossplane.io/paused-`,
        `kubectl annotate managed ${labels} crossplane.io/paused-`,
        `kubectl wait --for=delete --timeout=5m ${claimOf(one)}`,
      ],
    },
  ];
}

/** Two databases side by side: only a person knows when nobody writes to the old one any more. */
function restored(one: Migration, request: string): Step[] {
  return [
    {
      what: 'Stop what writes to the old database. Apply the new request, which begins with a copy of its data, and wait.',
      commands: [`kubectl apply -f ${request}`, `kubectl wait --for=condition=Ready --timeout=90m -f ${request}`],
    },
    {
      what: 'Give the application the new Secret, and start it. When it does well, delete the old claim: the old database goes, or stays, as its deletionPolicy says.',
      commands: [`kubectl delete ${claimOf(one)}`],
    },
  ];
}
