"""`dray policy simulate`: requests and policies of any kind in, decisions out, one JSON object a line."""

import json
import subprocess

import pytest

from dray_server import BINARY

SOURCE, TARGET = "111122223333", "444455556666"
USER = f"arn:aws:iam::{SOURCE}:user/team/u"
OBJECT = "arn:aws:s3:::b/k"
SEED = {"Version": "2012-10-17", "Statement": [{
    "Sid": "Seed", "Effect": "Allow", "Principal": {"AWS": SOURCE}, "Action": ["s3:ListBucket", "s3:PutObject"],
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": ["dynamodb.amazonaws.com"]}}}]}
THROUGH_DYNAMODB = {"aws:CalledVia": ["dynamodb.amazonaws.com"]}


def policy(effect="Allow", action="*", resource="*", version="2012-10-17", **more):
    return {"Version": version, "Statement": {"Effect": effect, "Action": action, "Resource": resource, **more}}


def simulate(text, code=0):
    """The answers, and what was said on standard error."""
    done = subprocess.run([BINARY, "policy", "simulate"], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def case(principal=USER, action="s3:PutObject", resource=OBJECT, account=TARGET, **more):
    request = {"principal": principal, "action": action, "resource": resource}
    return {"id": "c", "request": {**request, "resourceAccount": account} if account else request, **more}


def result(*arguments, **members):
    (answer,), said = simulate(json.dumps(case(*arguments, **members)) + "\n")
    assert answer["id"] == "c" and said == "", answer
    assert answer["decision"] == ("allow" if answer["result"] == "Allowed" else "deny")
    return answer["result"], answer["explanation"]


def test_the_seed_policy_in_every_way():
    identity = [policy()]
    root = f"arn:aws:iam::{SOURCE}:root"
    assert result(identityPolicies=identity, resourcePolicy=SEED, context=THROUGH_DYNAMODB)[0] == "Allowed"
    assert result(root, resourcePolicy=SEED, context=THROUGH_DYNAMODB)[0] == "Allowed"
    direct, why = result(root, resourcePolicy=SEED)
    assert direct == "ImplicitlyDenied"
    assert 'Bucket policy, statement 1 "Seed"' in why and "the request has no such key" in why
    missing, why = result(resourcePolicy=SEED, context=THROUGH_DYNAMODB)
    assert missing == "ImplicitlyDenied" and "no identity policy allows it" in why
    assert result(root, "s3:AbortMultipartUpload", resourcePolicy=SEED, context=THROUGH_DYNAMODB)[0] == "ImplicitlyDenied"


def test_every_kind_of_policy_takes_part():
    within = {"account": SOURCE, "identityPolicies": [policy()]}
    other = policy(action="dynamodb:*")
    deny = policy("Deny", "s3:PutObject")
    assert result(**within)[0] == "Allowed"
    for member, allows, silent, denies in [
            ("permissionBoundaries", [policy()], [other], [deny]),
            ("sessionPolicy", policy(), other, deny),
            ("scps", [[policy()], [policy(), other]], [[policy()], [other]], [[policy(), deny]])]:
        assert result(**within, **{member: allows})[0] == "Allowed", member
        assert result(**within, **{member: silent})[0] == "ImplicitlyDenied", member
        assert result(**within, **{member: denies})[0] == "ExplicitlyDenied", member
    everyone = policy("Deny", "s3:PutObject", Principal="*")
    assert result(**within, rcps=[[everyone]])[0] == "ExplicitlyDenied"
    assert result(**within, rcps=[[]], scps=[])[0] == "Allowed"
    public = policy(Principal="*")
    assert result("*anonymous*", resourcePolicy=public)[0] == "Allowed"
    _, why = result(**within, scps=[[policy()], [other]])
    assert "Level 2, service control policy 1, statement 1: its Action" in why
    blocked, why = result("*anonymous*", resourcePolicy=public, blockPublicAccess=True)
    assert blocked == "ImplicitlyDenied" and "Block Public Access" in why
    assert result("logging.s3.amazonaws.com", resourcePolicy=policy(Principal={"Service": "logging.s3.amazonaws.com"}))[0] == "Allowed"


def test_a_role_is_trusted_by_its_policy():
    role = f"arn:aws:iam::{TARGET}:role/r"
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole",
                                                     "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]}
    members = {"account": None, "identityPolicies": [policy(action="sts:AssumeRole", resource=role)], "resourcePolicy": trust}
    assert result(USER, "sts:AssumeRole", role, context={"sts:ExternalId": "x"}, **members)[0] == "Allowed"
    assert result(USER, "sts:AssumeRole", role, **members)[0] == "ImplicitlyDenied"


def when(**condition):
    return {"account": SOURCE, "identityPolicies": [policy(Condition=condition)]}


def test_values_are_single_or_sets_and_of_any_kind():
    assert result(**when(NumericLessThan={"s3:max-keys": 11}), context={"s3:max-keys": 10})[0] == "Allowed"
    assert result(**when(Bool={"aws:SecureTransport": True}), context={"aws:SecureTransport": True})[0] == "Allowed"
    assert result(**when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}), context={"aws:SourceIp": "203.0.113.9"})[0] == "Allowed"
    before_2030 = when(DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})
    assert result(**before_2030, context={"aws:CurrentTime": "2029-12-31T23:59:59Z"})[0] == "Allowed"
    assert result(**when(StringEquals={"aws:k": "v"}), context={"AWS:K": "v"})[0] == "Allowed"
    assert result(**when(StringEquals={"aws:k": "v"}), context={"aws:k": ["v"]})[0] == "ImplicitlyDenied"
    assert result(**when(**{"ForAllValues:StringEquals": {"aws:k": "v"}}), context={"aws:k": ["v", "v"]})[0] == "Allowed"
    # aws:CalledVia is a set, however it is written.
    assert result(**when(StringEquals={"aws:CalledVia": "x"}), context={"aws:CalledVia": "x"})[0] == "ImplicitlyDenied"


@pytest.mark.parametrize("principal, key, value", [
    (USER, "aws:PrincipalArn", USER), (USER, "aws:username", "u"),
    (USER, "aws:PrincipalAccount", SOURCE), (USER, "aws:PrincipalType", "User"),
    (f"arn:aws:sts::{SOURCE}:assumed-role/r/s", "aws:PrincipalArn", f"arn:aws:iam::{SOURCE}:role/r"),
    (f"arn:aws:iam::{SOURCE}:role/p/r", "aws:PrincipalArn", f"arn:aws:iam::{SOURCE}:role/p/r"),
    (f"arn:aws:sts::{SOURCE}:federated-user/f", "aws:PrincipalType", "FederatedUser"),
    (USER, "aws:ViaAWSService", "false"), (USER, "aws:ResourceAccount", SOURCE), (USER, "s3:ResourceAccount", SOURCE),
    (USER, "aws:PrincipalIsAWSService", "false")])
def test_keys_that_follow_from_the_request_are_there(principal, key, value):
    assert result(principal, **when(StringEquals={key: value}))[0] == "Allowed"
    assert result(principal, **when(StringEquals={key: value}), context={key: "told"})[0] == "ImplicitlyDenied", "the context counts"


def test_the_call_chain_has_its_ends():
    chain = {"aws:CalledVia": ["cloudformation.amazonaws.com", "dynamodb.amazonaws.com"]}
    for key, value in [("aws:CalledViaFirst", "cloudformation.amazonaws.com"), ("aws:CalledViaLast", "dynamodb.amazonaws.com"),
                       ("aws:ViaAWSService", "true")]:
        assert result(**when(StringEquals={key: value}), context=chain)[0] == "Allowed"


def test_a_session_named_by_its_role_with_a_path():
    bucket = policy(Principal={"AWS": f"arn:aws:iam::{SOURCE}:role/p/r"}, resource=OBJECT)
    session = f"arn:aws:sts::{SOURCE}:assumed-role/r/s"
    assert result(session, account=SOURCE, resourcePolicy=bucket)[0] == "Allowed"
    told = {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/other/r"}
    assert result(session, account=SOURCE, resourcePolicy=bucket, context=told)[0] == "ImplicitlyDenied"


def test_an_account_that_is_not_named_is_that_of_the_arn_or_the_callers_own():
    table = f"arn:aws:dynamodb:us-east-1:{TARGET}:table/t"
    identity = {"account": None, "identityPolicies": [policy()]}
    assert result(**identity)[0] == "Allowed"
    assert result(USER, "dynamodb:GetItem", table, **identity)[0] == "ImplicitlyDenied"
    assert result(USER, "s3:ListAllMyBuckets", "*", **identity)[0] == "Allowed"


GOOD = json.dumps(case(identityPolicies=[policy()], account=SOURCE))


@pytest.mark.parametrize("line, text", [
    ("nonsense", "invalid JSON"), ("[]", "the line: wants an object"), ("{}", "request: is missing"),
    ('{"request": 1}', "request: wants an object"), ('{"request": {}}', "request.principal: is missing"),
    (json.dumps(case("nobody")), 'request.principal: wants the ARN'),
    (json.dumps(case(f"arn:aws:iam::{SOURCE}:user/*")), 'request.principal: wants the ARN'),
    (json.dumps(case(action="PutObject")), 'request.action: wants service:Name, not "PutObject"'),
    (json.dumps(case(resource="b/k")), 'request.resource: wants an ARN or *, not "b/k"'),
    (json.dumps(case(account="1")), "request.resourceAccount: wants an account id of 12 digits"),
    (json.dumps(case(context=[])), "context: wants an object of keys"),
    (json.dumps(case(context={"aws:k": None})), "context.aws:k: wants a text"),
    (json.dumps(case(context={"aws:k": "1", "AWS:K": "2"})), "context.AWS:K: stands twice"),
    (json.dumps(case(identityPolicies=policy())), "identityPolicies: wants a list of policies"),
    (json.dumps(case(identityPolicies=[policy(), policy("Maybe")])), "identityPolicies[1]: Invalid effect: Maybe"),
    (json.dumps(case(scps=[policy()])), "scps[0]: wants a list of policies"),
    (json.dumps(case(resourcePolicy=policy())), "resourcePolicy: Missing required field Principal"),
    (json.dumps(case(sessionPolicy=3)), "sessionPolicy: wants a policy"),
    (json.dumps(case(identityPolicies=[policy(Condition={"NumericEqual": {"a:b": 1}})])),
     "identityPolicies[0]: Invalid Condition type : NumericEqual"),
    (json.dumps(case(blockPublicAccess="yes")), "blockPublicAccess: wants true or false"),
    (GOOD[:-1] + ', "context": {}, "context": {}}', "Statement/policy already has instance of context"),
    (GOOD.replace('"action"', '"aktion"'), 'request: has no member "aktion"'),
])
def test_a_bad_line_is_told_and_the_others_are_decided(line, text):
    answers, said = simulate(f"{GOOD}\n{line}\n\n{GOOD}", code=1)
    first, bad, last = answers
    assert first == last and first["decision"] == "allow"
    assert set(bad) == {"id", "error"} and bad["error"].startswith("line 2: ") and text in bad["error"]
    assert said.startswith("dray: 1 of the lines")


def test_ids_are_given_back_as_they_are_and_policies_may_be_texts():
    lines = [{**case(account=SOURCE, identityPolicies=[json.dumps(policy())]), "id": id} for id in ["ü", 7, None, {"a": [1]}]]
    answers, _ = simulate("".join(json.dumps(line) + "\r\n" for line in lines))
    assert [answer["id"] for answer in answers] == ["ü", 7, None, {"a": [1]}]
    assert {answer["decision"] for answer in answers} == {"allow"}


def test_members_that_nobody_knows_are_told_once():
    line = json.dumps({**case(), "permissionBoundary": policy()})
    answers, said = simulate(f"{line}\n{line}\n")
    assert len(answers) == 2 and said == 'dray: line 1: the member "permissionBoundary" is not known, it is left aside\n'


def test_a_line_beyond_all_measure_is_refused():
    answers, _ = simulate(" " * (16 * 1024 * 1024) + GOOD + "\n" + GOOD + "\n", code=1)
    assert "line 1: is longer than" in answers[0]["error"] and answers[1]["decision"] == "allow"


def test_nothing_in_nothing_out():
    assert simulate("") == ([], "")
