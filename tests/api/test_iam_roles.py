"""Roles, and the temporary credentials that STS gives out: who gets them, what they may, how they end. Users: test_iam_users.py."""

import json
import time
import urllib.error
import urllib.request

import pytest

from dray_server import DrayServer
from iam_fixtures import client_with, document, new_user, refused, statement, trust

ACCOUNT = "111122223333"
OTHER = "444455556666"
ASSUME = statement(["sts:AssumeRole", "sts:TagSession"])


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


@pytest.fixture(scope="module")
def user(iam):
    """Keys of a user that may assume every role which trusts it."""
    return new_user(iam, "assumer", ASSUME)


def role_of(iam, name, *statements, principal=ACCOUNT, path="/", more=None, **settings):
    """The ARN of a new role with an inline policy of these statements."""
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(principal, **(more or {})), **settings)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return made["Role"]["Arn"]


def assume(server, keys, arn, name="session", **more):
    """Keys with a token."""
    made = client_with(server, "sts", keys).assume_role(RoleArn=arn, RoleSessionName=name, **more)["Credentials"]
    return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]


def test_a_role_lives_and_dies(iam):
    made = iam.create_role(RoleName="Exporter", Path="/jobs/", AssumeRolePolicyDocument=trust(OTHER), Description="exports",
                           MaxSessionDuration=7200, Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/jobs/Exporter" and made["RoleId"].startswith("AROA")
    got = iam.get_role(RoleName="Exporter")["Role"]
    assert got == made and got["AssumeRolePolicyDocument"] == json.loads(trust(OTHER))
    assert (got["MaxSessionDuration"], got["Description"], got["Tags"]) == (7200, "exports", [{"Key": "k", "Value": "v"}])
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/jobs/")["Roles"]] == ["Exporter"]
    iam.update_assume_role_policy(RoleName="Exporter", PolicyDocument=trust(ACCOUNT))
    iam.update_role(RoleName="Exporter", MaxSessionDuration=3600)
    got = iam.get_role(RoleName="Exporter")["Role"]
    assert got["AssumeRolePolicyDocument"] == json.loads(trust(ACCOUNT)) and got["MaxSessionDuration"] == 3600
    iam.put_role_policy(RoleName="Exporter", PolicyName="p", PolicyDocument=document(statement("s3:*")))
    refused(iam.delete_role, "DeleteConflict", 409, RoleName="Exporter")
    iam.delete_role_policy(RoleName="Exporter", PolicyName="p")
    iam.delete_role(RoleName="Exporter")
    refused(iam.get_role, "NoSuchEntity", 404, "The role with name Exporter cannot be found.", RoleName="Exporter")


def test_a_trust_policy_is_one(iam):
    for text in (document(statement("sts:AssumeRole")), document({"Effect": "Allow", "Action": "sts:AssumeRole"})):
        refused(iam.create_role, "MalformedPolicyDocument", 400, RoleName="untrusted", AssumeRolePolicyDocument=text)
    large = trust([f"arn:aws:iam::{number:012}:root" for number in range(80)])
    refused(iam.create_role, "LimitExceeded", 409, "ACLSizePerRole", RoleName="untrusted", AssumeRolePolicyDocument=large)


def test_a_session_is_its_role_on_every_api(server, iam, user):
    arn = role_of(iam, "everywhere", statement(["dynamodb:ListTables", "s3:ListAllMyBuckets", "logs:*", "iam:GetRole"]), path="/a/b/")
    made = client_with(server, "sts", user).assume_role(RoleArn=arn, RoleSessionName="me")
    keys = tuple(made["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    assert keys[0].startswith("ASIA")
    role_id = iam.get_role(RoleName="everywhere")["Role"]["RoleId"]
    assert made["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:me", "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/everywhere/me"}
    assert abs(made["Credentials"]["Expiration"].timestamp() - time.time() - 3600) < 60
    who = client_with(server, "sts", keys).get_caller_identity()
    assert (who["UserId"], who["Arn"]) == (f"{role_id}:me", made["AssumedRoleUser"]["Arn"])

    client_with(server, "dynamodb", keys).list_tables()
    client_with(server, "s3", keys).list_buckets()
    client_with(server, "logs", keys).describe_log_groups()
    client_with(server, "iam", keys).get_role(RoleName="everywhere")
    refused(client_with(server, "dynamodb", keys).describe_limits, "AccessDeniedException", text="assumed-role/everywhere/me")
    # What the role may is asked with each request.
    iam.put_role_policy(RoleName="everywhere", PolicyName="own", PolicyDocument=document(statement("s3:ListAllMyBuckets")))
    refused(client_with(server, "dynamodb", keys).list_tables, "AccessDeniedException")
    client_with(server, "s3", keys).list_buckets()


def test_both_sides_must_want_it(server, iam, user):
    arn = role_of(iam, "both")
    nobody = new_user(iam, "nobody")
    text = f"is not authorized to perform: sts:AssumeRole on resource: {arn}"
    refused(client_with(server, "sts", nobody).assume_role, "AccessDenied", 403, text, RoleArn=arn, RoleSessionName="me")
    assume(server, user, arn)
    # A trust policy that names the user itself is enough within the account.
    named = role_of(iam, "named", principal=f"arn:aws:iam::{ACCOUNT}:user/nobody")
    assume(server, nobody, named)
    refused(client_with(server, "sts", user).assume_role, "AccessDenied", 403, RoleArn=named, RoleSessionName="me")
    # A role that is not there is denied in the same words.
    absent = f"arn:aws:iam::{ACCOUNT}:role/absent"
    message = refused(client_with(server, "sts", user).assume_role, "AccessDenied", 403, RoleArn=absent, RoleSessionName="me")
    assert message == f"User: arn:aws:iam::{ACCOUNT}:user/assumer is not authorized to perform: sts:AssumeRole on resource: {absent}"
    refused(client_with(server, "sts", user).assume_role, "AccessDenied", RoleArn=arn.replace("role/", "role/x/"), RoleSessionName="me")
    refused(server.client("sts", ACCOUNT).assume_role, "AccessDenied", text="Roles may not be assumed by root accounts.", RoleArn=arn,
            RoleSessionName="me")


def test_across_accounts_with_an_external_id(server, iam):
    arn = role_of(iam, "partner", statement("dynamodb:ListTables"), principal=OTHER,
                  more={"Condition": {"StringEquals": {"sts:ExternalId": "secret-42"}}})
    foreign = server.client("iam", OTHER)
    keys, powerless = new_user(foreign, "partner", ASSUME), new_user(foreign, "powerless")
    sts = client_with(server, "sts", keys)
    refused(sts.assume_role, "AccessDenied", RoleArn=arn, RoleSessionName="me")
    refused(sts.assume_role, "AccessDenied", RoleArn=arn, RoleSessionName="me", ExternalId="secret-43")
    refused(client_with(server, "sts", powerless).assume_role, "AccessDenied", RoleArn=arn, RoleSessionName="me", ExternalId="secret-42")
    session = assume(server, keys, arn, ExternalId="secret-42")
    assert client_with(server, "sts", session).get_caller_identity()["Account"] == ACCOUNT
    client_with(server, "dynamodb", session).list_tables()


def test_a_session_policy_limits_and_never_adds(server, iam, user):
    arn = role_of(iam, "limited", statement(["dynamodb:ListTables", "s3:ListAllMyBuckets"]))
    sts = client_with(server, "sts", user)
    made = sts.assume_role(RoleArn=arn, RoleSessionName="me",
                           Policy=document(statement(["dynamodb:ListTables", "dynamodb:DescribeLimits"])))
    assert 0 < made["PackedPolicySize"] < 100
    keys = tuple(made["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    dynamodb = client_with(server, "dynamodb", keys)
    dynamodb.list_tables()
    refused(dynamodb.describe_limits, "AccessDeniedException", text="no identity-based policy allows")
    refused(client_with(server, "s3", keys).list_buckets, "AccessDenied", text="no session policy allows")
    refused(sts.assume_role, "MalformedPolicyDocument", 400, RoleArn=arn, RoleSessionName="me", Policy="{}")
    refused(sts.assume_role, "ValidationError", RoleArn=arn, RoleSessionName="me", Policy=" " * 2049)


def test_times_of_a_session(server, iam, user):
    arn = role_of(iam, "timed", MaxSessionDuration=7200)
    sts = client_with(server, "sts", user)
    made = sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=7200)["Credentials"]
    assert abs(made["Expiration"].timestamp() - time.time() - 7200) < 60
    refused(sts.assume_role, "ValidationError", 400, "exceeds the MaxSessionDuration", RoleArn=arn, RoleSessionName="me",
            DurationSeconds=7201)
    unchecked = client_with(server, "sts", user, parameter_validation=False)
    for seconds in (899, 43201):
        refused(unchecked.assume_role, "ValidationError", 400, "durationSeconds", RoleArn=arn, RoleSessionName="me",
                DurationSeconds=seconds)


def test_chaining_is_limited_to_an_hour_and_inherits_transitive_tags(server, iam, user):
    second = role_of(iam, "second", statement("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
                     MaxSessionDuration=7200)
    first = role_of(iam, "first", ASSUME)
    chain = assume(server, user, first, Tags=[{"Key": "team", "Value": "red"}, {"Key": "own", "Value": "1"}],
                   TransitiveTagKeys=["team"])
    sts = client_with(server, "sts", chain)
    refused(sts.assume_role, "ValidationError", 400, "1 hour session limit", RoleArn=second, RoleSessionName="me", DurationSeconds=3601)
    session = assume(server, chain, second)
    client_with(server, "s3", session).list_buckets()
    refused(sts.assume_role, "ValidationError", 400, "transitive", RoleArn=second, RoleSessionName="me",
            Tags=[{"Key": "Team", "Value": "blue"}])
    plain = assume(server, user, second)
    refused(client_with(server, "s3", plain).list_buckets, "AccessDenied")


def test_session_tags_need_their_own_permission(server, iam, user):
    iam.create_role(RoleName="untagged", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}))
    arn = f"arn:aws:iam::{ACCOUNT}:role/untagged"
    assume(server, user, arn)
    refused(client_with(server, "sts", user).assume_role, "AccessDenied", text="sts:TagSession", RoleArn=arn, RoleSessionName="me",
            Tags=[{"Key": "team", "Value": "red"}])
    tagged = role_of(iam, "tagged", more={"Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}})
    assume(server, user, tagged, Tags=[{"Key": "team", "Value": "red"}])
    refused(client_with(server, "sts", user).assume_role, "AccessDenied", RoleArn=tagged, RoleSessionName="me",
            Tags=[{"Key": "team", "Value": "blue"}])


def test_a_token_belongs_to_its_key_and_must_be_whole(server, iam, user):
    arn = role_of(iam, "token", statement("*"))
    keys, other = assume(server, user, arn), assume(server, user, arn)
    refused(client_with(server, "dynamodb", keys[:2]).list_tables, "UnrecognizedClientException", 400)
    for token in (other[2], keys[2][:-8] + "AAAAAAA=", "x", user[1]):
        refused(client_with(server, "dynamodb", (*keys[:2], token)).list_tables, "UnrecognizedClientException", 400)
        refused(client_with(server, "s3", (*keys[:2], token)).list_buckets, "InvalidToken", 400)
        refused(client_with(server, "sts", (*keys[:2], token)).get_caller_identity, "InvalidClientTokenId", 403)
    refused(client_with(server, "s3", (keys[0], other[1], keys[2])).list_buckets, "SignatureDoesNotMatch", 403)
    refused(client_with(server, "s3", (*user, keys[2])).list_buckets, "InvalidToken", 400)


def test_a_deleted_role_ends_its_sessions_and_another_of_its_name_has_none_of_them(server, iam, user):
    arn = role_of(iam, "mortal", statement("*"))
    keys = assume(server, user, arn)
    client_with(server, "s3", keys).list_buckets()
    iam.delete_role_policy(RoleName="mortal", PolicyName="own")
    iam.delete_role(RoleName="mortal")
    refused(client_with(server, "s3", keys).list_buckets, "InvalidToken")
    role_of(iam, "mortal", statement("*"))
    refused(client_with(server, "s3", keys).list_buckets, "InvalidToken")


def test_get_session_token_is_the_user_again(server, iam, user):
    keys = new_user(iam, "tokened", statement(["dynamodb:ListTables", "iam:*", "sts:*"]))
    made = client_with(server, "sts", keys).get_session_token(DurationSeconds=900)["Credentials"]
    session = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    assert client_with(server, "sts", session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/tokened"
    client_with(server, "dynamodb", session).list_tables()
    refused(client_with(server, "iam", session).list_users, "InvalidClientTokenId", 403)
    refused(client_with(server, "sts", session).get_session_token, "AccessDenied", 403)
    assume(server, session, role_of(iam, "of-token"))
    root = server.client("sts", ACCOUNT).get_session_token()["Credentials"]
    assert abs(root["Expiration"].timestamp() - time.time() - 3600) < 60
    client_with(server, "s3", (root["AccessKeyId"], root["SecretAccessKey"], root["SessionToken"])).list_buckets()


def test_presigned_urls_carry_the_token(server, iam, user):
    arn = role_of(iam, "presigner", statement("s3:*"))
    s3 = client_with(server, "s3", assume(server, user, arn), signature_version="s3v4")
    s3.create_bucket(Bucket="presigned-by-role")
    s3.put_object(Bucket="presigned-by-role", Key="k", Body=b"content")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned-by-role", "Key": "k"})
    assert urllib.request.urlopen(url).read() == b"content"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("X-Amz-Security-Token=", "X-Amz-Security-Token=A"))
    assert caught.value.code in (400, 403)


def test_the_command_line_assumes_a_role(server, iam, user):
    arn = role_of(iam, "cli")
    server.credentials["assumer"] = user
    made = json.loads(server.aws("assumer", "sts", "assume-role", "--role-arn", arn, "--role-session-name", "cli").stdout)
    assert made["AssumedRoleUser"]["Arn"].endswith("assumed-role/cli/cli")


def test_sessions_outlive_a_restart_and_are_in_no_log(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(ACCOUNT)
    iam = server.client("iam", ACCOUNT)
    arn = role_of(iam, "lasting", statement("dynamodb:ListTables"))
    keys = assume(server, new_user(iam, "assumer", ASSUME), arn)
    client_with(server, "dynamodb", keys).list_tables()
    server.kill()
    server.start()
    try:
        client_with(server, "dynamodb", keys).list_tables()
        refused(client_with(server, "dynamodb", keys).describe_limits, "AccessDeniedException")
    finally:
        server.stop()
    assert not [line for line in server.log if keys[1] in line or keys[2] in line]


def test_an_export_runs_as_the_session_that_asked_for_it(server, iam, user):
    """With its session policy, in each of its requests to the bucket, and a changed policy counts at once."""
    dynamodb = server.client("dynamodb", ACCOUNT)
    dynamodb.create_table(TableName="exported", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                          AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    dynamodb.update_continuous_backups(TableName="exported", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.put_item(TableName="exported", Item={"pk": {"S": "a"}})
    server.client("s3", ACCOUNT).create_bucket(Bucket="exports-of-roles")
    arn = role_of(iam, "exporter", statement(["dynamodb:ExportTableToPointInTime", "dynamodb:DescribeExport"]),
                  statement(["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"], "arn:aws:s3:::exports-of-roles/*",
                            Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}))

    def export(keys):
        client = client_with(server, "dynamodb", keys)
        table = dynamodb.describe_table(TableName="exported")["Table"]["TableArn"]
        made = client.export_table_to_point_in_time(TableArn=table, S3Bucket="exports-of-roles")["ExportDescription"]["ExportArn"]
        until = time.monotonic() + 60
        while time.monotonic() < until:
            state = client.describe_export(ExportArn=made)["ExportDescription"]
            if state["ExportStatus"] != "IN_PROGRESS":
                return state
            time.sleep(0.05)
        raise AssertionError("the export does not end")

    keys = assume(server, user, arn)
    refused(client_with(server, "s3", keys).put_object, "AccessDenied", 403, Bucket="exports-of-roles", Key="k", Body=b"")
    done = export(keys)
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", 1), done
    limited = assume(server, user, arn, Policy=document(statement("dynamodb:*")))
    failed = export(limited)
    assert failed["ExportStatus"] == "FAILED" and failed["FailureCode"] == "S3AccessDenied", failed


def test_sessions_expire(tmp_path):
    server = DrayServer(tmp_path, "--dev", "--in-memory")
    server.start()
    try:
        root = client_with(server, "iam", (ACCOUNT, "x"))
        arn = role_of(root, "brief", statement("*"))
        keys = assume(server, new_user(root, "assumer", ASSUME), arn, DurationSeconds=900)
        dynamodb = client_with(server, "dynamodb", keys)
        dynamodb.list_tables()
        move = urllib.request.Request(server.endpoint + "/_dray/dev/clock", data=b'{"offset_seconds": 901}', method="POST")
        urllib.request.urlopen(move)
        refused(dynamodb.list_tables, "ExpiredTokenException", 400, "The security token included in the request is expired")
        refused(client_with(server, "s3", keys).list_buckets, "ExpiredToken", 400, "The provided token has expired.")
        refused(client_with(server, "sts", keys).get_caller_identity, "ExpiredToken", 403)
    finally:
        server.stop()
