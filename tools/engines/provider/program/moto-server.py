"""The server of moto, made to refuse what AWS refuses and moto lets pass."""

from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend
from moto.server import main

delete_policy = IAMBackend.delete_policy


def delete_unattached_policy(self, policy_arn):
    # Otherwise a policy that goes before its attachment leaves that attachment behind, and its role can never go.
    # (IAM API reference, DeletePolicy: a policy must be detached from every user, group and role first.)
    if self.get_policy(policy_arn).attachment_count > 0:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    delete_policy(self, policy_arn)


IAMBackend.delete_policy = delete_unattached_policy

if __name__ == "__main__":
    main()
