import { DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeAccessEntryCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  ListAssociatedAccessPoliciesCommand,
} from '@aws-sdk/client-eks';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, GetKeyRotationStatusCommand } from '@aws-sdk/client-kms';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { textOf } from '../../tools/engines/fields.ts';
import type { KubeObject } from '../../tools/engines/kube.ts';
import { externalName, observation, parameters, type Readers } from './provider-clients.ts';

const clusterName = (resource: KubeObject) => textOf(parameters(resource).clusterName);

/** How a cluster is read back. */
export const clusters: Readers = {
  'eks/Cluster': async ({ eks }, resource) => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: externalName(resource) }));
    return (
      cluster && {
        version: cluster.version,
        role: cluster.roleArn,
        subnets: [...(cluster.resourcesVpcConfig?.subnetIds ?? [])].sort(),
        publicAccess: cluster.resourcesVpcConfig?.endpointPublicAccess,
        privateAccess: cluster.resourcesVpcConfig?.endpointPrivateAccess,
        authentication: cluster.accessConfig?.authenticationMode,
        encryption: cluster.encryptionConfig,
        logTypes: cluster.logging?.clusterLogging
          ?.filter(({ enabled }) => enabled)
          .flatMap(({ types = [] }) => types)
          .sort(),
      }
    );
  },
  'eks/NodeGroup': async ({ eks }, resource) => {
    const wanted = { clusterName: clusterName(resource), nodegroupName: externalName(resource) };
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand(wanted));
    return (
      nodegroup && {
        version: nodegroup.version,
        role: nodegroup.nodeRole,
        subnets: [...(nodegroup.subnets ?? [])].sort(),
        size: nodegroup.scalingConfig,
        amiType: nodegroup.amiType,
        capacityType: nodegroup.capacityType,
        instanceTypes: nodegroup.instanceTypes,
        labels: nodegroup.labels,
        taints: nodegroup.taints,
        launchTemplate: nodegroup.launchTemplate,
      }
    );
  },
  'eks/Addon': async ({ eks }, resource) => {
    const wanted = { clusterName: clusterName(resource), addonName: textOf(parameters(resource).addonName) };
    const { addon } = await eks.send(new DescribeAddonCommand(wanted));
    return (
      addon && {
        version: addon.addonVersion,
        role: addon.serviceAccountRoleArn,
        configuration: addon.configurationValues,
      }
    );
  },
  'eks/AccessEntry': async ({ eks }, resource) => {
    const wanted = { clusterName: clusterName(resource), principalArn: textOf(parameters(resource).principalArn) };
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand(wanted));
    return accessEntry && { type: accessEntry.type, groups: accessEntry.kubernetesGroups };
  },
  'eks/AccessPolicyAssociation': async ({ eks }, resource) => {
    const { policyArn, principalArn } = parameters(resource);
    const wanted = { clusterName: clusterName(resource), principalArn: textOf(principalArn) };
    const { associatedAccessPolicies = [] } = await eks.send(new ListAssociatedAccessPoliciesCommand(wanted));
    return associatedAccessPolicies.find((one) => one.policyArn === policyArn)?.accessScope;
  },
  'eks/ClusterAuth': async ({ eks }, resource) => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName(resource) }));
    return { server: cluster?.endpoint, authority: cluster?.certificateAuthority?.data };
  },
  'ec2/LaunchTemplate': async ({ ec2 }, resource) => {
    const wanted = { LaunchTemplateId: externalName(resource), Versions: ['$Latest'] };
    const { LaunchTemplateVersions = [] } = await ec2.send(new DescribeLaunchTemplateVersionsCommand(wanted));
    const data = LaunchTemplateVersions[0]?.LaunchTemplateData;
    return data && { disks: data.BlockDeviceMappings, metadata: data.MetadataOptions };
  },
  'iam/OpenIDConnectProvider': async ({ iam }, resource) => {
    const wanted = { OpenIDConnectProviderArn: externalName(resource) };
    const { Url, ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand(wanted));
    return { url: Url, audiences: ClientIDList };
  },
  'kms/Key': async ({ kms }, resource) => {
    const wanted = { KeyId: externalName(resource) };
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand(wanted));
    const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand(wanted));
    return { arn: KeyMetadata?.Arn, description: KeyMetadata?.Description, rotated: KeyRotationEnabled };
  },
  'sqs/Queue': async ({ sqs }, resource) => {
    const wanted = { QueueUrl: textOf(observation(resource).id), AttributeNames: ['All' as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(wanted));
    return Attributes && { seconds: Attributes.MessageRetentionPeriod, encrypted: Attributes.SqsManagedSseEnabled };
  },
  'sqs/QueuePolicy': async ({ sqs }, resource) => {
    const wanted = { QueueUrl: textOf(parameters(resource).queueUrl), AttributeNames: ['Policy' as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(wanted));
    return JSON.parse(Attributes?.Policy ?? '""');
  },
  'cloudwatchevents/Rule': async ({ events }, resource) => {
    const { EventPattern = '""', State } = await events.send(new DescribeRuleCommand({ Name: externalName(resource) }));
    return { state: State, pattern: JSON.parse(EventPattern) };
  },
  'cloudwatchevents/Target': async ({ events }, resource) => {
    const { Targets = [] } = await events.send(
      new ListTargetsByRuleCommand({ Rule: textOf(parameters(resource).rule) }),
    );
    return Targets.map(({ Id, Arn }) => ({ id: Id, arn: Arn }));
  },
};
