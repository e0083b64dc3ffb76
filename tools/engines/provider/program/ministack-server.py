"""The server of ministack, made to keep of clusters and node groups what AWS keeps."""

import base64

from ministack.app import main
from ministack.core.responses import get_region
from ministack.services import eks

create_cluster = eks._create_cluster
create_nodegroup = eks._create_nodegroup


def create_whole_cluster(body, *args):
    # What AWS does not return, the provider asks for again and again, by calls that ministack does not have.
    # (EKS API reference, Cluster.)
    answer = create_cluster(body, *args)
    cluster = eks._clusters.get(body.get("name"))
    if cluster and answer[0] == 200:
        for field in ("computeConfig", "deletionProtection", "storageConfig", "upgradePolicy"):
            if field in body:
                cluster[field] = body[field]
        balancing = body.get("kubernetesNetworkConfig", {}).get("elasticLoadBalancing")
        if balancing:
            cluster["kubernetesNetworkConfig"]["elasticLoadBalancing"] = balancing
        # It has one only for a cluster that runs in a container, and a kubeconfig cannot be made without.
        cluster["certificateAuthority"] = {"data": base64.b64encode(b"simulated").decode()}
    return answer


def create_whole_nodegroup(cluster_name, body):
    # (EKS API reference, Nodegroup.)
    answer = create_nodegroup(cluster_name, body)
    group = eks._nodegroups.get(f"{cluster_name}/{body.get('nodegroupName')}")
    if group and answer[0] == 200:
        for field in ("launchTemplate", "nodeRepairConfig", "updateConfig"):
            if field in body:
                group[field] = body[field]
        if "launchTemplate" in body:
            # Its size is then that of the template.
            group.pop("diskSize", None)
    return answer


def issuer_url(oidc_id):
    # Without TLS it says http, which IAM takes of no OIDC provider (IAM API reference, CreateOpenIDConnectProvider).
    return f"https://oidc.eks.{get_region()}.amazonaws.com/id/{oidc_id}"


eks._create_cluster = create_whole_cluster
eks._create_nodegroup = create_whole_nodegroup
eks._issuer_url = issuer_url

if __name__ == "__main__":
    main()
