"""Managed policies, their versions and attachments, permissions boundaries. Inline policies: test_iam_users.py."""

import json

import pytest

from dray_server import DrayServer
from iam_fixtures import client_with, document, new_user, refused, statement, trust

ACCOUNT = "111122223333"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("iam"))
    started.start()
    started.create_account(ACCOUNT)
    yield started
    started.stop()


@pytest.fixture
def iam(server):
    return server.client("iam", ACCOUNT)


def test_a_policy_lives_through_its_versions(server, iam):
    made = iam.create_policy(PolicyName="Tables", Path="/p/", Description="d", PolicyDocument=document(statement("s3:*")),
                             Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/p/Tables" and made["PolicyId"].startswith("ANPA")
    assert (made["DefaultVersionId"], made["AttachmentCount"]) == ("v1", 0)
    refused(iam.create_policy, "EntityAlreadyExists", 409, PolicyName="tables", PolicyDocument=document(statement("s3:*")))
    keys = new_user(iam, "versioned")
    dynamodb = client_with(server, "dynamodb", keys)
    iam.attach_user_policy(UserName="versioned", PolicyArn=arn)
    iam.attach_user_policy(UserName="versioned", PolicyArn=arn)  # once more changes nothing
    assert iam.list_attached_user_policies(UserName="versioned")["AttachedPolicies"] == [{"PolicyName": "Tables", "PolicyArn": arn}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    client_with(server, "s3", keys).list_buckets()
    refused(dynamodb.list_tables, "AccessDeniedException")

    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(statement("dynamodb:*")))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    refused(dynamodb.list_tables, "AccessDeniedException")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    dynamodb.list_tables()
    got = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert got["Document"] == json.loads(document(statement("s3:*"))) and not got["IsDefaultVersion"]
    refused(iam.delete_policy_version, "DeleteConflict", 409, PolicyArn=arn, VersionId="v2")
    for number in (3, 4, 5):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(statement("s3:*")))
    refused(iam.create_policy_version, "LimitExceeded", 409, "up to 5 versions", PolicyArn=arn, PolicyDocument=document(statement("s3:*")))
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(statement("dynamodb:*")), SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v6"  # numbers are not used again
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v6", "v4", "v3", "v2", "v1"]
    refused(iam.get_policy_version, "NoSuchEntity", 404, PolicyArn=arn, VersionId="v5")

    refused(iam.delete_policy, "DeleteConflict", 409, "attached to entities", PolicyArn=arn)
    refused(iam.delete_user, "DeleteConflict", 409, "must delete access keys first", UserName="versioned")
    iam.detach_user_policy(UserName="versioned", PolicyArn=arn)
    refused(iam.detach_user_policy, "NoSuchEntity", 404, UserName="versioned", PolicyArn=arn)
    refused(dynamodb.list_tables, "AccessDeniedException")
    refused(iam.delete_policy, "DeleteConflict", 409, "more than one version", PolicyArn=arn)
    for version in ("v1", "v2", "v3", "v4"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    refused(iam.get_policy, "NoSuchEntity", 404, f"Policy {arn} was not found.", PolicyArn=arn)


def test_lists_know_scopes_and_attachments(iam):
    arn = iam.create_policy(PolicyName="Listed", PolicyDocument=document(statement("s3:*")))["Policy"]["Arn"]
    iam.create_policy(PolicyName="Unattached", PolicyDocument=document(statement("s3:*")))
    iam.create_role(RoleName="listed", AssumeRolePolicyDocument=trust(ACCOUNT))
    iam.attach_role_policy(RoleName="listed", PolicyArn=arn)
    assert [p["Arn"] for p in iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]] == [arn]
    assert ADMINISTRATOR in [p["Arn"] for p in iam.list_policies(Scope="AWS")["Policies"]]
    assert [p["PolicyName"] for p in iam.list_policies(Scope="Local")["Policies"]] == ["Listed", "Unattached"]
    pages = list(iam.get_paginator("list_policies").paginate(Scope="Local", PaginationConfig={"PageSize": 1}))
    assert [p["PolicyName"] for page in pages for p in page["Policies"]] == ["Listed", "Unattached"]


def test_policies_of_aws_can_be_attached_and_not_changed(server, iam):
    keys = new_user(iam, "administrator")
    iam.attach_user_policy(UserName="administrator", PolicyArn=ADMINISTRATOR)
    client_with(server, "dynamodb", keys).list_tables()
    client_with(server, "iam", keys).list_users()
    refused(iam.delete_policy, "AccessDenied", 403, PolicyArn=ADMINISTRATOR)
    refused(iam.create_policy_version, "AccessDenied", 403, PolicyArn=ADMINISTRATOR, PolicyDocument=document(statement("s3:*")))
    refused(iam.attach_user_policy, "NoSuchEntity", 404, "does not exist or is not attachable", UserName="administrator",
            PolicyArn="arn:aws:iam::aws:policy/NoSuchAccess")


def test_limits_of_managed_policies(iam):
    large = document(statement([f"s3:A{number:03}" for number in range(800)]))
    refused(iam.create_policy, "LimitExceeded", 409, "PolicySize: 6144", PolicyName="Large", PolicyDocument=large)
    refused(iam.create_policy, "MalformedPolicyDocument", 400, PolicyName="Bad", PolicyDocument="{}")
    iam.create_user(UserName="many")
    arns = [iam.create_policy(PolicyName=f"Many{n}", PolicyDocument=document(statement("s3:*")))["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        iam.attach_user_policy(UserName="many", PolicyArn=arn)
    refused(iam.attach_user_policy, "LimitExceeded", 409, "PoliciesPerUser: 10", UserName="many", PolicyArn=arns[10])
    for arn in arns[:10]:
        iam.detach_user_policy(UserName="many", PolicyArn=arn)
    for arn in arns:
        iam.delete_policy(PolicyArn=arn)


def test_a_boundary_limits_users_and_roles(server, iam):
    boundary = iam.create_policy(PolicyName="Boundary", PolicyDocument=document(statement(["s3:*", "sts:*"])))["Policy"]["Arn"]
    keys = new_user(iam, "bounded", statement("*"), PermissionsBoundary=boundary)
    assert iam.get_user(UserName="bounded")["User"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    dynamodb = client_with(server, "dynamodb", keys)
    client_with(server, "s3", keys).list_buckets()
    refused(dynamodb.list_tables, "AccessDeniedException", text="because no permissions boundary allows the dynamodb:ListTables action")
    refused(iam.delete_policy, "DeleteConflict", 409, PolicyArn=boundary)
    iam.delete_user_permissions_boundary(UserName="bounded")
    dynamodb.list_tables()
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=boundary)
    refused(dynamodb.list_tables, "AccessDeniedException")

    role = iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/bounded"),
                           PermissionsBoundary=boundary)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="bounded", PolicyArn=ADMINISTRATOR)
    made = client_with(server, "sts", keys).assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    session = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    client_with(server, "s3", session).list_buckets()
    refused(client_with(server, "dynamodb", session).list_tables, "AccessDeniedException", text="no permissions boundary allows")
    iam.delete_role_permissions_boundary(RoleName="bounded")
    client_with(server, "dynamodb", session).list_tables()
    refused(iam.create_user, "NoSuchEntity", 404, UserName="unbounded", PermissionsBoundary=boundary + "x")


def test_who_hands_out_rights_can_be_bound_to_some_of_them(server, iam):
    allowed = iam.create_policy(PolicyName="Handed", PolicyDocument=document(statement("s3:*")))["Policy"]["Arn"]
    keys = new_user(iam, "delegate",
                    statement("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": allowed}}),
                    statement("iam:CreateUser", Condition={"StringEquals": {"iam:PermissionsBoundary": allowed}}))
    delegate = client_with(server, "iam", keys)
    refused(delegate.create_user, "AccessDenied", 403, UserName="handed")
    delegate.create_user(UserName="handed", PermissionsBoundary=allowed)
    delegate.attach_user_policy(UserName="handed", PolicyArn=allowed)
    refused(delegate.attach_user_policy, "AccessDenied", 403, UserName="handed", PolicyArn=ADMINISTRATOR)


def test_the_command_line_does_the_same(server):
    made = json.loads(server.aws(ACCOUNT, "iam", "create-policy", "--policy-name", "Cli", "--policy-document",
                                 document(statement("s3:*"))).stdout)["Policy"]
    server.aws(ACCOUNT, "iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", trust(ACCOUNT))
    server.aws(ACCOUNT, "iam", "attach-role-policy", "--role-name", "cli", "--policy-arn", made["Arn"])
    listed = json.loads(server.aws(ACCOUNT, "iam", "list-attached-role-policies", "--role-name", "cli").stdout)
    assert listed["AttachedPolicies"] == [{"PolicyName": "Cli", "PolicyArn": made["Arn"]}]
