"""SimulateCustomPolicy and SimulatePrincipalPolicy: what would be decided, by which statement, what is missing. Driven by boto3 and by
`aws iam`; what the simulator says is compared with what the server does."""

import json

import botocore.exceptions
import pytest

from dray_server import DrayServer
from iam_fixtures import client_with, document, new_user, refused, statement, trust

ACCOUNT = "111122223333"
OTHER = "444455556666"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("iam"))
    started.start()
    for account in (ACCOUNT, OTHER):
        started.create_account(account)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam", ACCOUNT)


def simulate(iam, policies, actions, **more):
    """Results of a custom policy; `policies` are lists of statements or texts."""
    texts = [policy if isinstance(policy, str) else document(*policy) for policy in policies]
    return iam.simulate_custom_policy(PolicyInputList=texts, ActionNames=actions, **more)["EvaluationResults"]


def decisions(results):
    return [result["EvalDecision"] for result in results]


def entry(key, *values, kind="string"):
    return dict(ContextKeyName=key, ContextKeyValues=list(values), ContextKeyType=kind)


def test_a_custom_policy_is_simulated(iam):
    allow = statement("s3:GetObject", "arn:aws:s3:::bucket/*")
    results = simulate(iam, [[allow]], ["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::bucket/key", "arn:aws:s3:::other/key"])
    assert [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in results] == [
        ("s3:GetObject", "arn:aws:s3:::bucket/key", "allowed"), ("s3:GetObject", "arn:aws:s3:::other/key", "implicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::bucket/key", "implicitDeny"), ("s3:PutObject", "arn:aws:s3:::other/key", "implicitDeny")]
    text = document(allow)
    matched, = results[0]["MatchedStatements"]
    assert matched == {"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy", "StartPosition": {"Line": 1, "Column": 41},
                       "EndPosition": {"Line": 1, "Column": 41 + len(json.dumps(allow))}}
    assert text[matched["StartPosition"]["Column"] - 1:matched["EndPosition"]["Column"] - 1] == json.dumps(allow)
    specific, = results[0]["ResourceSpecificResults"]
    assert (specific["EvalResourceName"], specific["EvalResourceDecision"]) == ("arn:aws:s3:::bucket/key", "allowed")
    assert results[1]["MatchedStatements"] == [] and "OrganizationsDecisionDetail" not in results[0]
    alone, = simulate(iam, [[statement("s3:ListAllMyBuckets")]], ["s3:ListAllMyBuckets"])
    assert (alone["EvalResourceName"], alone["EvalDecision"]) == ("*", "allowed") and "ResourceSpecificResults" not in alone


def test_a_deny_wins_and_is_the_one_that_is_shown(iam):
    written = json.dumps({"Version": "2012-10-17", "Statement": [statement("s3:*"), statement("s3:Delete*", effect="Deny")]}, indent=2)
    result, = simulate(iam, [[statement("*")], written], ["s3:DeleteObject"])
    assert result["EvalDecision"] == "explicitDeny"
    matched, = result["MatchedStatements"]
    assert matched["SourcePolicyId"] == "PolicyInputList.2"
    lines = written.split("\n")
    end = matched["EndPosition"]
    assert lines[end["Line"] - 1][:end["Column"] - 1].strip() == "}" and matched["StartPosition"]["Line"] > 3
    allowed, = simulate(iam, [[statement("*")], written], ["s3:GetObject"])
    assert [found["SourcePolicyId"] for found in allowed["MatchedStatements"]] == ["PolicyInputList.1", "PolicyInputList.2"]


def test_context_of_every_kind(iam):
    def decide(operator, key, wanted, given):
        condition = statement("s3:GetObject", Condition={operator: {key: wanted}})
        result, = simulate(iam, [[condition]], ["s3:GetObject"], ContextEntries=[given] if given else [])
        return result["EvalDecision"], result["MissingContextValues"]

    assert decide("StringEquals", "aws:RequestedRegion", "us-east-1", entry("aws:RequestedRegion", "us-east-1")) == ("allowed", [])
    assert decide("StringEquals", "aws:RequestedRegion", "us-east-1", None) == ("implicitDeny", ["aws:RequestedRegion"])
    assert decide("StringEqualsIfExists", "aws:RequestedRegion", "x", None) == ("allowed", ["aws:RequestedRegion"])
    assert decide("NumericLessThan", "s3:max-keys", "10", entry("s3:max-keys", "9", kind="numeric"))[0] == "allowed"
    assert decide("Bool", "aws:SecureTransport", "true", entry("aws:SecureTransport", "false", kind="boolean"))[0] == "implicitDeny"
    assert decide("IpAddress", "aws:SourceIp", "203.0.113.0/24", entry("aws:SourceIp", "203.0.113.9", kind="ip"))[0] == "allowed"
    assert decide("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z",
                  entry("aws:CurrentTime", "2026-06-01T00:00:00Z", kind="date"))[0] == "allowed"
    via = entry("aws:CalledVia", "athena.amazonaws.com", "dynamodb.amazonaws.com", kind="stringList")
    assert decide("ForAnyValue:StringEquals", "aws:CalledVia", "dynamodb.amazonaws.com", via)[0] == "allowed"
    assert decide("ForAllValues:StringEquals", "aws:CalledVia", "dynamodb.amazonaws.com", via)[0] == "implicitDeny"


def test_variables_are_missed_too(iam):
    home = statement("s3:GetObject", "arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/team, 'none'}/*")
    resource = dict(ResourceArns=["arn:aws:s3:::b/ann/none/key"])
    result, = simulate(iam, [[home]], ["s3:GetObject"], **resource)
    assert result["EvalDecision"] == "implicitDeny" and result["MissingContextValues"] == ["aws:PrincipalTag/team", "aws:username"]
    result, = simulate(iam, [[home]], ["s3:GetObject"], CallerArn=f"arn:aws:iam::{ACCOUNT}:user/ann", **resource)
    assert result["EvalDecision"] == "allowed" and result["MissingContextValues"] == ["aws:PrincipalTag/team"]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[document(home)])["ContextKeyNames"]
    assert keys == ["aws:PrincipalTag/team", "aws:username"]


def test_a_boundary_limits_and_is_told(iam):
    boundary = document(statement("s3:Get*"))
    results = simulate(iam, [[statement("s3:*")]], ["s3:GetObject", "s3:PutObject", "dynamodb:Scan"],
                       PermissionsBoundaryPolicyInputList=[boundary])
    assert decisions(results) == ["allowed", "implicitDeny", "implicitDeny"]
    assert [r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for r in results] == [True, False, False]
    denied, = simulate(iam, [[statement("s3:*")]], ["s3:GetObject"],
                       PermissionsBoundaryPolicyInputList=[document(statement("*"), statement("s3:GetObject", effect="Deny"))])
    assert denied["EvalDecision"] == "explicitDeny" and not denied["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
    assert denied["MatchedStatements"][0]["SourcePolicyId"] == "PermissionsBoundaryPolicyInputList.1"
    refused(iam.simulate_custom_policy, "ValidationError", 400, PolicyInputList=[boundary], ActionNames=["s3:GetObject"],
            PermissionsBoundaryPolicyInputList=[boundary, boundary])


@pytest.mark.parametrize("identity, resource, owner, expected", [
    (True, True, OTHER, "allowed"), (True, False, OTHER, "implicitDeny"), (False, True, OTHER, "implicitDeny"),
    (False, True, ACCOUNT, "allowed"), (True, False, ACCOUNT, "allowed"), (False, False, ACCOUNT, "implicitDeny")])
def test_resource_policies_within_and_across_accounts(iam, identity, resource, owner, expected):
    caller = f"arn:aws:iam::{ACCOUNT}:user/ann"
    bucket = document(statement("s3:GetObject" if resource else "s3:PutObject", "arn:aws:s3:::b/*", Principal={"AWS": caller}))
    result, = simulate(iam, [[statement("s3:GetObject" if identity else "s3:PutObject")]], ["s3:GetObject"], CallerArn=caller,
                       ResourceArns=["arn:aws:s3:::b/key"], ResourcePolicy=bucket, ResourceOwner=f"arn:aws:iam::{owner}:root")
    assert result["EvalDecision"] == expected
    sources = [found["SourcePolicyType"] for found in result["MatchedStatements"]]
    assert sources == ([] if expected != "allowed" else ["IAM Policy"] * identity + ["Resource Policy"] * resource)


def test_pages_hold_what_was_asked_for(iam):
    actions, resources = [f"s3:Get{n}" for n in range(7)], [f"arn:aws:s3:::b{n}" for n in range(5)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(statement("s3:*"))], ActionNames=actions, ResourceArns=resources, PaginationConfig=dict(PageSize=4))
    found = [(r["EvalActionName"], r["EvalResourceName"]) for page in pages for r in page["EvaluationResults"]]
    assert found == [(action, resource) for action in actions for resource in resources]
    first = iam.simulate_custom_policy(PolicyInputList=[document(statement("s3:*"))], ActionNames=actions, MaxItems=6)
    assert len(first["EvaluationResults"]) == 6 and first["IsTruncated"] and first["Marker"]
    for marker in ("x", "!!", "LTE=", "OTk5OTk5OTk5OTk5OTk5OTk5OTk="):
        refused(iam.simulate_custom_policy, "ValidationError", 400, PolicyInputList=[document(statement("s3:*"))], ActionNames=actions,
                Marker=marker)


def test_long_policies_make_short_pages(iam):
    """What one request may cost is limited; nothing is lost."""
    policy = document(*[statement("s3:Get", f"arn:aws:s3:::b{n}") for n in range(1_500)])
    actions = [f"s3:Get{n}" for n in range(200)]
    page = iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=actions, MaxItems=1000)
    assert 1 <= len(page["EvaluationResults"]) < 200 and page["IsTruncated"]
    pages = iam.get_paginator("simulate_custom_policy").paginate(PolicyInputList=[policy], ActionNames=actions)
    assert sum(len(page["EvaluationResults"]) for page in pages) == 200


def test_a_users_policies_are_simulated_as_they_are(server, iam):
    keys = new_user(iam, "tested", statement("s3:ListAllMyBuckets"), statement("dynamodb:ListTables", effect="Deny"), Path="/team/",
                    Tags=[{"Key": "team", "Value": "red"}])
    managed = iam.create_policy(PolicyName="Managed", PolicyDocument=document(
        statement("dynamodb:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red", "aws:username": "tested"}})))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="tested", PolicyArn=managed)
    iam.attach_user_policy(UserName="tested", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    arn = f"arn:aws:iam::{ACCOUNT}:user/team/tested"
    results = {r["EvalActionName"]: r for r in iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[
        "s3:ListAllMyBuckets", "dynamodb:ListTables", "dynamodb:DescribeLimits", "iam:ListUsers"])["EvaluationResults"]}
    assert {name: (r["EvalDecision"], [m["SourcePolicyId"] for m in r["MatchedStatements"]]) for name, r in results.items()} == {
        "s3:ListAllMyBuckets": ("allowed", ["user_tested_own", "AmazonS3ReadOnlyAccess"]), "dynamodb:ListTables": ("explicitDeny",
                                                                                                                   ["user_tested_own"]),
        "dynamodb:DescribeLimits": ("allowed", ["Managed"]), "iam:ListUsers": ("implicitDeny", [])}
    # The server does what the simulator says.
    client_with(server, "s3", keys).list_buckets()
    client_with(server, "dynamodb", keys).describe_limits()
    refused(client_with(server, "dynamodb", keys).list_tables, "AccessDeniedException")
    refused(client_with(server, "iam", keys).list_users, "AccessDenied")
    # A boundary of the user's counts, one of the request replaces it, and further policies are added.
    iam.put_user_permissions_boundary(UserName="tested", PermissionsBoundary=managed)
    bound, = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:ListAllMyBuckets"])["EvaluationResults"]
    assert bound["EvalDecision"] == "implicitDeny" and not bound["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
    refused(client_with(server, "s3", keys).list_buckets, "AccessDenied")
    free, = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["iam:ListUsers"],
                                          PolicyInputList=[document(statement("iam:*"))],
                                          PermissionsBoundaryPolicyInputList=[document(statement("*"))])["EvaluationResults"]
    assert free["EvalDecision"] == "allowed" and free["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"
    asked = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[document(
        statement("*", Condition={"Bool": {"aws:SecureTransport": "true"}}))])["ContextKeyNames"]
    assert asked == ["aws:PrincipalTag/team", "aws:SecureTransport", "aws:username"]


def test_a_role_by_the_command_line(server, iam):
    iam.create_role(RoleName="exporter", Path="/jobs/", AssumeRolePolicyDocument=trust(ACCOUNT))
    iam.put_role_policy(RoleName="exporter", PolicyName="write", PolicyDocument=document(statement("s3:PutObject",
                                                                                                   "arn:aws:s3:::exports/*")))
    arn = f"arn:aws:iam::{ACCOUNT}:role/jobs/exporter"
    said = json.loads(server.aws(ACCOUNT, "iam", "simulate-principal-policy", "--policy-source-arn", arn, "--action-names", "s3:PutObject",
                                 "s3:GetObject", "--resource-arns", "arn:aws:s3:::exports/a", "--output", "json").stdout)
    assert decisions(said["EvaluationResults"]) == ["allowed", "implicitDeny"]
    assert said["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyId"] == "role_exporter_write"
    custom = json.loads(server.aws(
        ACCOUNT, "iam", "simulate-custom-policy", "--policy-input-list", document(statement("s3:*")), "--action-names", "s3:GetObject",
        "--context-entries", "ContextKeyName=aws:username,ContextKeyValues=ann,ContextKeyType=string", "--output", "json").stdout)
    assert decisions(custom["EvaluationResults"]) == ["allowed"]


@pytest.mark.parametrize("parameters, code", [
    (dict(ActionNames=["GetObject"]), "InvalidInput"), (dict(ActionNames=["s3:Get*"]), "InvalidInput"),
    (dict(ResourceArns=["bucket"]), "InvalidInput"), (dict(PolicyInputList=["{}"]), "InvalidInput"),
    (dict(PolicyInputList=["x"]), "InvalidInput"), (dict(CallerArn=f"arn:aws:iam::{ACCOUNT}:role/r"), "InvalidInput"),
    (dict(ResourcePolicy=document(statement("s3:*", Principal="*"))), "InvalidInput"), (dict(ResourceOwner="somebody"), "InvalidInput"),
    (dict(ResourceHandlingOption="EC2-VPC-InstanceStore"), "ValidationError"), (dict(MaxItems=1001), "ValidationError"),
    (dict(ContextEntries=[entry("aws:userid", "a", "b")]), "ValidationError"),
    (dict(ContextEntries=[entry("aws:userid", "a"), entry("AWS:UserId", "b")]), "ValidationError"),
    (dict(ContextEntries=[entry("aws:userid", "a", kind="text")]), "ValidationError")])
def test_odd_simulations_are_refused(iam, parameters, code):
    usual = dict(PolicyInputList=[document(statement("s3:*"))], ActionNames=["s3:GetObject"])
    refused(iam.simulate_custom_policy, code, 400, **{**usual, **parameters})


@pytest.mark.parametrize("arn, code", [
    (f"arn:aws:iam::{ACCOUNT}:user/nobody", "NoSuchEntity"), (f"arn:aws:iam::{OTHER}:user/somebody", "NoSuchEntity"),
    (f"arn:aws:iam::{ACCOUNT}:group/team", "InvalidInput"), (f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "InvalidInput"),
    (f"arn:aws:iam::{ACCOUNT}:user/wrong-path/nobody", "NoSuchEntity"), ("x" * 20, "InvalidInput")])
def test_only_users_and_roles_of_the_account_are_simulated(server, iam, arn, code):
    server.client("iam", OTHER)
    refused(iam.simulate_principal_policy, code, PolicySourceArn=arn, ActionNames=["s3:GetObject"])


def test_simulations_need_permission(server, iam):
    own = f"arn:aws:iam::{ACCOUNT}:user/curious"
    keys = new_user(iam, "curious", statement("iam:SimulatePrincipalPolicy", own))
    curious = client_with(server, "iam", keys)
    curious.simulate_principal_policy(PolicySourceArn=own, ActionNames=["s3:GetObject"])
    refused(curious.simulate_principal_policy, "AccessDenied", 403, PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/any",
            ActionNames=["s3:GetObject"])
    refused(curious.simulate_custom_policy, "AccessDenied", 403, PolicyInputList=[document(statement("*"))], ActionNames=["s3:GetObject"])
    with pytest.raises(botocore.exceptions.ClientError):
        curious.get_context_keys_for_custom_policy(PolicyInputList=[document(statement("*"))])
