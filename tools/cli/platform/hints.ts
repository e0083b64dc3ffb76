import { accessSync, constants } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { packageRoot } from '../../engines/root.ts';
import type { Place } from './place.ts';
import type { PlatformRecord } from './record.ts';

/** What to do with a platform that runs: commands that work as they stand. */
export function hints(
  { name }: Place,
  {
    kubeconfig,
    provider,
    policies,
    endpoint,
  }: Pick<PlatformRecord, 'kubeconfig' | 'provider' | 'policies' | 'endpoint'>,
): string {
  const flag = name === 'default' ? '' : ` --name ${name}`;
  const lines = [
    '',
    `  export KUBECONFIG=${quoted(kubeconfig)}`,
    `  kubectl apply -f ${quoted(fromHere(join(packageRoot, 'examples', 's3-irsa', 'claim.yaml')))}`,
    '  kubectl get aws-blueprints,managed --all-namespaces',
    '',
    ...(endpoint === '' ? [] : awsHints(endpoint)),
    `  npx aws-blueprints status${flag}`,
    `  npx aws-blueprints logs crossplane${flag}`,
    `  npx aws-blueprints down${flag}`,
    '',
  ];
  if (policies === 'deny')
    lines.push('Policies refuse claims without spec.resourceConfig.tags.team, for one; as this example.');
  if (provider === 'none') lines.push('No provider runs: resources are composed, and nothing is made in any AWS.');
  if (!onPath('kubectl')) lines.push('kubectl is not on the PATH: https://kubernetes.io/docs/tasks/tools');
  return `${lines.join('\n')}\n`;
}

/** How AWS's own command line and SDKs look into the simulated AWS. */
function awsHints(endpoint: string): string[] {
  const credentials = 'AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated';
  return [`  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=eu-west-1 ${credentials}`, '  aws s3 ls', ''];
}

/** The shorter of a path from the working directory and the path itself. */
function fromHere(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
