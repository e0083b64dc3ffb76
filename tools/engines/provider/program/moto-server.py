"""The server of moto, made to refuse what AWS refuses and moto lets pass, and to keep what AWS keeps."""

from uuid import uuid4

from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCBackend
from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.server import main

delete_policy = IAMBackend.delete_policy
get_filter_value = Subnet.get_filter_value
create_vpc_endpoint = VPCBackend.create_vpc_endpoint
init_db_instance = DBInstance.__init__
restore_to_moment = RDSBackend.restore_db_instance_to_point_in_time
delete_parameter_group = RDSBackend.delete_db_parameter_group


def delete_unattached_policy(self, policy_arn):
    # Otherwise a policy that goes before its attachment leaves that attachment behind, and its role can never go.
    # (IAM API reference, DeletePolicy: a policy must be detached from every user, group and role first.)
    if self.get_policy(policy_arn).attachment_count > 0:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    delete_policy(self, policy_arn)


def ipv6_blocks(self):
    # moto puts the state into a second state, where the provider waits in vain for "associated".
    # (EC2 API reference, SubnetCidrBlockState.)
    return [
        {**one, "ipv6CidrBlockState": {"state": one["ipv6CidrBlockState"]["State"]}}
        for one in self.ipv6_cidr_block_associations.values()
        if one["ipv6CidrBlockState"]["State"] == "associated"
    ]


def subnet_filter_value(self, filter_name, method_name=None):
    # The provider finds subnets by it while it waits. (EC2 API reference, DescribeSubnets.)
    if filter_name == "ipv6-cidr-block-association.association-id":
        return list(self.ipv6_cidr_block_associations)
    return get_filter_value(self, filter_name, method_name)


def create_grouped_endpoint(self, *args, **kwargs):
    # The provider takes away the default group, and fails where there is none. (EC2 API reference, CreateVpcEndpoint.)
    endpoint = create_vpc_endpoint(self, *args, **kwargs)
    if endpoint.vpc_endpoint_type == "Interface" and not endpoint.security_group_ids:
        endpoint.security_group_ids = [self.get_default_security_group(endpoint.vpc_id).id]
    return endpoint


def init_identified_instance(self, *args, **kwargs):
    # moto gives all the same one, by which the provider then finds two and takes none. (RDS API reference, DBInstance.)
    init_db_instance(self, *args, **kwargs)
    self.dbi_resource_id = f"db-{uuid4().hex[:26].upper()}"


def restore_on_its_own(self, *args, **kwargs):
    # moto takes the source for one that is replicated, and the provider then says of it what it may not say of a replica.
    # (RDS API reference, DBInstance, ReadReplicaSourceDBInstanceIdentifier: only if it is a read replica.)
    instance = restore_to_moment(self, *args, **kwargs)
    instance.source_db_instance_identifier = None
    return instance


def delete_unused_parameter_group(self, db_parameter_group_name):
    # moto deletes it, and can then tell nothing of any instance. (RDS API reference, DeleteDBParameterGroup.)
    if any(one.db_parameter_group_name == db_parameter_group_name for one in self.databases.values()):
        raise RDSClientError("InvalidDBParameterGroupState", "Instances are still members of this parameter group.")
    return delete_parameter_group(self, db_parameter_group_name)


RDSBackend.restore_db_instance_to_point_in_time = restore_on_its_own
RDSBackend.delete_db_parameter_group = delete_unused_parameter_group
DBInstance.__init__ = init_identified_instance
IAMBackend.delete_policy = delete_unattached_policy
VPCBackend.create_vpc_endpoint = create_grouped_endpoint
Subnet.get_filter_value = subnet_filter_value
Subnet.ipv6_cidr_block_association_set = property(ipv6_blocks)

if __name__ == "__main__":
    main()
