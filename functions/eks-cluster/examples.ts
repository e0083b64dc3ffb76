import type { Examples } from '../core/blueprint.ts';

export const examples: Examples = {
  claim: {
    name: 'apps',
    spec: {
      resourceConfig: { region: 'eu-west-1' },
      version: '1.34',
      networkRef: { name: 'platform' },
      nodeGroups: [{ name: 'general', minSize: 2, maxSize: 6 }],
    },
  },
  full: {
    name: 'build',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        name: 'build',
        deletionPolicy: 'Orphan',
        providerConfigName: 'aws-provider-config',
        tags: { team: 'platform' },
      },
      version: '1.34',
      changes: { approval: 'disruptive' },
      subnetIds: ['subnet-0a1b2c3d4e5f60712', 'subnet-0a1b2c3d4e5f60713'],
      publicAccessCidrs: ['192.0.2.0/24'],
      secretsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      logTypes: ['audit', 'authenticator'],
      serviceCidr: '172.20.0.0/16',
      deletionProtection: false,
      supportType: 'STANDARD',
      autoMode: false,
      karpenter: true,
      nodeGroups: [
        {
          name: 'runners',
          minSize: 0,
          maxSize: 20,
          initialSize: 2,
          instanceTypes: ['c7i.xlarge', 'c6i.xlarge'],
          amiType: 'BOTTLEROCKET_x86_64',
          capacityType: 'SPOT',
          diskSizeGB: 100,
          labels: { pool: 'runners' },
          taints: [{ key: 'runners', value: 'only', effect: 'NO_SCHEDULE' }],
          versionPolicy: 'pin',
          version: '1.33',
        },
        { name: 'general', minSize: 2, maxSize: 4 },
      ],
      addons: [
        {
          name: 'vpc-cni',
          version: 'v1.20.4-eksbuild.1',
          configuration: '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}',
        },
        { name: 'kube-proxy' },
        { name: 'coredns', onConflict: 'OVERWRITE' },
        { name: 'aws-ebs-csi-driver' },
      ],
      accessEntries: [
        {
          principalArn: 'arn:aws:iam::111122223333:role/platform-admins',
          policies: [{ name: 'AmazonEKSClusterAdminPolicy' }],
        },
        {
          principalArn: 'arn:aws:iam::111122223333:role/team-a',
          policies: [{ name: 'AmazonEKSEditPolicy', namespaces: ['team-a'] }],
          kubernetesGroups: ['team-a'],
        },
      ],
      argocd: {
        secretName: 'build',
        environment: 'staging',
        roleArn: 'arn:aws:iam::111122223333:role/argocd-build',
        addonsRepo: {
          url: 'https://git.example.com/platform/addons',
          basepath: 'argocd/',
          path: 'addons',
          revision: 'v3',
        },
        workloadRepo: {
          url: 'https://git.example.com/platform/workloads',
          basepath: 'argocd/',
          path: 'workloads',
          revision: 'main',
        },
        addons: [
          'aws_argocd',
          'aws_load_balancer_controller',
          'aws_privateca_issuer',
          'cert_manager',
          'external_dns',
          'external_secrets',
          'karpenter',
          'metrics_server',
          'velero',
        ],
        identity: 'irsa',
        hostedZoneIds: ['Z0123456789ABCDEFGHIJ'],
        secretPrefixes: ['build/', 'shared/'],
        veleroBucket: 'example-build-backups',
        privateCaArns: [
          'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/1234abcd-12ab-34cd-56ef-1234567890ab',
        ],
        clusterRoleArns: ['arn:aws:iam::111122223333:role/argocd-apps'],
        labels: { fleet_member: 'spoke' },
        annotations: { resource_prefix: 'build' },
      },
      kubeconfigSecretName: 'build-kubeconfig',
    },
  },
  production: {
    name: 'production',
    spec: {
      resourceConfig: {
        region: 'eu-west-1',
        deletionPolicy: 'Orphan',
        tags: { team: 'platform', environment: 'production' },
      },
      version: '1.34',
      supportType: 'STANDARD',
      networkRef: { name: 'production' },
      nodeGroups: [{ name: 'general', minSize: 3, maxSize: 12, instanceTypes: ['m7g.xlarge', 'm6g.xlarge'] }],
      addons: [
        { name: 'vpc-cni' },
        { name: 'kube-proxy' },
        { name: 'coredns' },
        { name: 'eks-pod-identity-agent' },
        { name: 'aws-ebs-csi-driver' },
      ],
      accessEntries: [
        {
          principalArn: 'arn:aws:iam::111122223333:role/platform-admins',
          policies: [{ name: 'AmazonEKSClusterAdminPolicy' }],
        },
      ],
    },
  },
  'auto-mode': {
    name: 'sandbox',
    spec: {
      resourceConfig: { region: 'eu-west-1' },
      version: '1.34',
      networkRef: { name: 'platform' },
      autoMode: true,
    },
  },
};
