# S3IRSA for function-pythonic, which gets this text as the input of its pipeline step. It composes what the measured
# claim asks for, and reads no field that would only add to that (tags, rules, keys, boundaries), which spares it work.
# function-pythonic itself sees to readiness by the condition Ready, and holds back what has unknown values.
import hashlib
import json

READ = ['s3:GetObject', 's3:GetObjectVersion']
WRITE = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']


def partition_of(region):
    return 'aws-cn' if region.startswith('cn-') else 'aws-us-gov' if region.startswith('us-gov-') else 'aws'


def document(*statements):
    return json.dumps({'Version': '2012-10-17', 'Statement': statements}, separators=(',', ':'))


def tls_only(arn):
    return document({
        'Sid': 'TlsOnly',
        'Effect': 'Deny',
        'Principal': '*',
        'Action': 's3:*',
        'Resource': [arn, f'{arn}/*'],
        'Condition': {'Bool': {'aws:SecureTransport': 'false'}},
    })


def bucket_access(access, arn):
    reads, writes = access != 'write', access != 'read'
    objects = READ * reads + WRITE * writes
    bucket = ['s3:GetBucketLocation'] + ['s3:ListBucket'] * reads + ['s3:ListBucketMultipartUploads'] * writes
    return document(
        {'Sid': 'Objects', 'Effect': 'Allow', 'Action': objects, 'Resource': f'{arn}/*'},
        {'Sid': 'Bucket', 'Effect': 'Allow', 'Action': bucket, 'Resource': arn},
    )


def irsa_trust(partition, account, issuer, namespace, service_account):
    host = str(issuer).removeprefix('https://').removesuffix('/')
    return document({
        'Sid': 'ServiceAccount',
        'Effect': 'Allow',
        'Principal': {'Federated': f'arn:{partition}:iam::{account}:oidc-provider/{host}'},
        'Action': 'sts:AssumeRoleWithWebIdentity',
        'Condition': {
            'StringEquals': {
                f'{host}:aud': 'sts.amazonaws.com',
                f'{host}:sub': f'system:serviceaccount:{namespace}:{service_account}',
            },
        },
    })


class S3IRSA(BaseComposite):
    def compose(self):
        self.region = str(self.spec.resourceConfig.region)
        self.partition = partition_of(self.region)
        self.namespace = str(self.spec.claimRef.namespace)
        self.claim = str(self.spec.claimRef.name)
        self.compose_bucket()
        self.compose_identity()
        self.compose_access()

    def managed(self, name, api_version, kind, parameters, external_name=None):
        resource = self.resources[name](api_version, kind)
        if external_name:
            resource.externalName = external_name
        resource.spec.forProvider = parameters
        resource.spec.providerConfigRef.name = self.spec.resourceConfig.providerConfigName or 'default'
        return resource

    def name_in_aws(self, resource, readable, longest):
        name = self.resources[resource].externalName
        if name:
            return str(name)
        digest = hashlib.sha256(str(self.metadata.uid).encode()).hexdigest()[:8]
        return readable[: longest - 9].rstrip('-.') + '-' + digest

    def compose_bucket(self):
        readable = f'{self.namespace}-{self.claim}'.replace('.', '-')
        name = str(self.spec.resourceConfig.name or self.name_in_aws('bucket', readable, 63))
        self.bucket_arn = f'arn:{self.partition}:s3:::{name}'
        parameters = {'region': self.region, 'forceDestroy': self.spec.forceDestroy}
        made = self.managed('bucket', 's3.aws.upbound.io/v1beta2', 'Bucket', parameters, name).status.atProvider
        # Its id is unknown until it is made, which holds back what names it.
        self.compose_protection({'region': self.region, 'bucket': made.id})
        if made.arn:
            connection = {'bucketName': name, 'bucketArn': str(made.arn), 'region': self.region}
            for key, value in connection.items():
                self.status[key] = value
                self.connection[key] = value
            suffix = 'amazonaws.com.cn' if self.partition == 'aws-cn' else 'amazonaws.com'
            self.connection.endpoint = f'https://s3.{self.region}.{suffix}'

    def compose_protection(self, bucket):
        v1, v2 = 's3.aws.upbound.io/v1beta1', 's3.aws.upbound.io/v1beta2'
        switches = ('blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets')
        blocked = {switch: True for switch in switches}
        self.managed('public-access-block', v1, 'BucketPublicAccessBlock', {**bucket, **blocked})
        owner = {'objectOwnership': 'BucketOwnerEnforced'}
        self.managed('ownership-controls', v2, 'BucketOwnershipControls', {**bucket, 'rule': owner})
        rule = {'applyServerSideEncryptionByDefault': {'sseAlgorithm': self.spec.encryption.type}}
        self.managed('encryption', v2, 'BucketServerSideEncryptionConfiguration', {**bucket, 'rule': [rule]})
        versioning = {'status': self.spec.versioning}
        self.managed('versioning', v2, 'BucketVersioning', {**bucket, 'versioningConfiguration': versioning})
        self.managed('bucket-policy', v1, 'BucketPolicy', {**bucket, 'policy': tls_only(self.bucket_arn)})

    def compose_identity(self):
        cluster = self.requireds.environment('apiextensions.crossplane.io/v1beta1', 'EnvironmentConfig', name='cluster')
        account = self.spec.awsAccountID or cluster[0].data.awsAccountID
        issuer = self.spec.eksOIDC or cluster[0].data.eksOIDC
        service_account = str(self.spec.serviceAccountName or self.claim)
        # While either is unknown, so is the policy, which holds back the role.
        trust = account and issuer and irsa_trust(self.partition, account, issuer, self.namespace, service_account)
        name = self.name_in_aws('role', f'{self.namespace}-{self.claim}', 64)
        role = self.managed('role', 'iam.aws.upbound.io/v1beta1', 'Role', {'assumeRolePolicy': trust}, name)
        self.compose_service_account(service_account, role.status.atProvider.arn)
        self.status.roleArn = role.status.atProvider.arn
        self.status.roleName = role.status.atProvider.id
        self.status.serviceAccountName = service_account

    def compose_service_account(self, name, role_arn):
        key = f'service-account-{name}'
        there = self.requireds[key]('v1', 'ServiceAccount', self.namespace, name)
        own = self.resources[key]
        # One that somebody else made is left alone, unless the claim allows to take it over.
        if len(there) and not own.observed and self.spec.adoptServiceAccount != True:
            return
        own('v1', 'ServiceAccount', self.namespace, name)
        own.metadata.annotations['eks.amazonaws.com/role-arn'] = role_arn
        # It has no conditions that could say so.
        own.ready = bool(own.observed)

    def compose_access(self):
        version = 'iam.aws.upbound.io/v1beta1'
        parameters = {'policy': bucket_access(self.spec.access, self.bucket_arn)}
        name = self.name_in_aws('access-policy', f'{self.namespace}-{self.claim}-s3', 128)
        policy = self.managed('access-policy', version, 'Policy', parameters, name)
        both = {'role': self.resources.role.status.atProvider.id, 'policyArn': policy.status.atProvider.arn}
        self.managed('access-policy-attachment', version, 'RolePolicyAttachment', both)
        self.status.policyArn = policy.status.atProvider.arn
