"""What the server says of a request cannot be said by the request: no header and no parameter sets a key of conditions that is the
server's, and a job does nothing that its caller may not do at that moment."""

import json
import time

import pytest

from iam_fixtures import client_with, document, new_user, statement
from wire import ACCOUNT, OTHER, Request, encoded

BUCKET = "deputys-bucket"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Table"

# Key of the condition -> the value that an attacker would like to have, the operator that asks for it.
WANTED = {
    "aws:CalledVia": ("dynamodb.amazonaws.com", "ForAnyValue:StringEquals"),
    "aws:CalledViaFirst": ("dynamodb.amazonaws.com", "StringEquals"),
    "aws:CalledViaLast": ("dynamodb.amazonaws.com", "StringEquals"),
    "aws:ViaAWSService": ("true", "Bool"),
    "aws:PrincipalIsAWSService": ("true", "Bool"),
    "aws:PrincipalServiceName": ("dynamodb.amazonaws.com", "StringEquals"),
    "aws:PrincipalAccount": (OTHER, "StringEquals"),
    "aws:PrincipalArn": (f"arn:aws:iam::{OTHER}:root", "StringEquals"),
    "aws:PrincipalOrgID": ("o-1234567890", "StringEquals"),
    "aws:PrincipalTag/team": ("admins", "StringEquals"),
    "aws:PrincipalType": ("FederatedUser", "StringEquals"),
    "aws:userid": (OTHER, "StringEquals"),
    "aws:username": ("root", "StringEquals"),
    "aws:SourceAccount": (OTHER, "StringEquals"),
    "aws:SourceArn": (TABLE, "StringEquals"),
    "aws:SourceIp": ("203.0.113.7", "IpAddress"),
    "aws:SourceVpc": ("vpc-1", "StringEquals"),
    "aws:SourceVpce": ("vpce-1", "StringEquals"),
    "aws:VpcSourceIp": ("10.0.0.1", "IpAddress"),
    "aws:SecureTransport": ("true", "Bool"),
    "aws:MultiFactorAuthPresent": ("true", "Bool"),
    "aws:FederatedProvider": ("x", "StringEquals"),
    "aws:SourceIdentity": ("admin", "StringEquals"),
    "aws:ResourceAccount": (ACCOUNT, "StringEquals"),
    "aws:ResourceTag/team": ("admins", "StringEquals"),
    "aws:RequestedRegion": ("eu-west-1", "StringEquals"),
    "aws:CurrentTime": ("2001-01-01T00:00:00Z", "DateEquals"),
    "aws:TokenIssueTime": ("2001-01-01T00:00:00Z", "DateEquals"),
}


def headers_for(key, value):
    """Every header by which a server could be talked into believing it."""
    word = key.split(":")[1].split("/")[0]
    dashed = "".join("-" + letter if letter.isupper() else letter for letter in word).lstrip("-")
    yield from {name: value for name in (
        key.split("/")[0], key.replace(":", "-").replace("/", "-"), "X-Amz-" + dashed, "X-Aws-" + dashed, "Aws-" + dashed, dashed,
        "X-Amz-Source-Account", "X-Amz-Source-Arn", "X-Amz-Meta-" + dashed, "X-Dray-" + dashed, "X-Amz-Via", "Via", "Forwarded",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "True-Client-Ip", "Client-Ip", "X-Forwarded-User",
        "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "Front-End-Https", "X-Amz-Principal-Tag-Team",
        "X-Amz-Tagging-Directive")}.items()


def is_token(name):
    return all(letter.isalnum() or letter in "-_" for letter in name)


@pytest.fixture(scope="module", autouse=True)
def bucket(server):
    server.client("s3", OTHER).create_bucket(Bucket=BUCKET)
    server.client("s3", OTHER).put_object(Bucket=BUCKET, Key="key", Body=b"content")
    client = server.client("dynamodb", ACCOUNT)
    client.create_table(TableName="Table", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
    client.update_continuous_backups(TableName="Table", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    client.put_item(TableName="Table", Item={"pk": {"S": "one"}})


def set_policy(server, *statements, bucket=BUCKET, account=OTHER):
    server.client("s3", account).put_bucket_policy(Bucket=bucket, Policy=document(*statements))


def allow(condition, principal="*", action="s3:*"):
    return statement(action, [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"], Principal={"AWS": principal}, Condition=condition)


@pytest.mark.parametrize("key", WANTED)
def test_no_request_sets_a_key_of_the_servers(server, key):
    value, operator = WANTED[key]
    set_policy(server, allow({operator: {key: value}}, principal=ACCOUNT))
    keys = server.credentials[ACCOUNT]

    def read(query="", headers=()):
        return Request(server, "GET", f"/{BUCKET}/key", query, headers=headers).sign(keys).send()

    assert read().code == "AccessDenied"
    claims = {name: claim for name, claim in headers_for(key, value) if is_token(name)}
    for name, claim in claims.items():
        answer = read(headers={name: claim})
        assert b"content" not in answer.body and answer.status in (400, 403, 501), (name, answer)
    answer = read(headers=claims)
    assert b"content" not in answer.body and answer.status in (400, 403, 501), answer
    for name in (key, encoded(key), key.split(":")[1], "X-Amz-" + key.split(":")[1].split("/")[0]):
        answer = read(query=f"{encoded(name)}={encoded(value)}")
        assert b"content" not in answer.body and answer.status in (400, 403, 501), answer
    # The condition is one that can hold: with its opposite the object is read.
    if operator in ("Bool", "StringEquals", "IpAddress"):
        opposite = {"Bool": {"Bool": {key: "false"}}, "StringEquals": {"StringNotEquals": {key: value}},
                    "IpAddress": {"NotIpAddress": {key: value}}}[operator]
        set_policy(server, allow(opposite, principal=ACCOUNT))
        if key not in ("aws:MultiFactorAuthPresent",):  # absent for long-term keys, so neither holds
            assert read().status == 200, read()


def export(server, keys, bucket=BUCKET, **more):
    client = client_with(server, "dynamodb", keys)
    return client.export_table_to_point_in_time(TableArn=TABLE, S3Bucket=bucket, **more)["ExportDescription"]["ExportArn"]


def ended(server, arn, timeout=60):
    client = server.client("dynamodb", ACCOUNT)
    until = time.monotonic() + timeout
    while (found := client.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def objects_in(server, bucket=BUCKET, account=OTHER, **more):
    return server.client("s3", account).list_objects_v2(Bucket=bucket, **more).get("Contents", [])


def test_an_export_into_a_foreign_bucket_needs_its_policy(server):
    """The service lends nothing of its own: the owner's policy has to name the caller."""
    root = server.credentials[ACCOUNT]
    for policy in ([statement("s3:*", f"arn:aws:s3:::{BUCKET}/*", Principal={"AWS": "999988887777"})],
                   [statement("s3:*", f"arn:aws:s3:::{BUCKET}/*", Principal={"Service": "dynamodb.amazonaws.com"})],
                   [allow({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, principal=ACCOUNT)],
                   [allow({"Bool": {"aws:PrincipalIsAWSService": "true"}}, principal=ACCOUNT)],
                   [allow({"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}, principal=ACCOUNT)]):
        set_policy(server, *policy)
        for owner in ({"S3BucketOwner": OTHER}, {"S3BucketOwner": ACCOUNT}, {}):
            failed = ended(server, export(server, root, **owner))
            assert failed["ExportStatus"] == "FAILED" and failed["FailureCode"] == "S3AccessDenied", failed
    assert [found["Key"] for found in objects_in(server)] == ["key"]


def test_a_bucket_is_of_the_owner_that_was_named(server):
    """A bucket that another account made under an expected name gets nothing."""
    set_policy(server, allow({"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}, principal=ACCOUNT))
    root = server.credentials[ACCOUNT]
    for owner in (ACCOUNT, "999988887777", None):  # None: the caller's own account is expected
        failed = ended(server, export(server, root, **({"S3BucketOwner": owner} if owner else {})))
        assert failed["ExportStatus"] == "FAILED" and failed["FailureCode"] == "S3AccessDenied", failed
    assert [found["Key"] for found in objects_in(server)] == ["key"]
    done = ended(server, export(server, root, S3BucketOwner=OTHER, S3Prefix="right"))
    assert done["ExportStatus"] == "COMPLETED", done
    answer = Request(server, "GET", f"/{BUCKET}", headers={"X-Amz-Expected-Bucket-Owner": ACCOUNT}).sign(server.credentials[OTHER]).send()
    assert answer.code == "AccessDenied"


def test_a_job_does_not_widen_its_callers_rights(server):
    """A user that may export, and may not write where it says."""
    set_policy(server, allow({}, principal=ACCOUNT))
    keys = new_user(server.client("iam", ACCOUNT), "exporter", statement("dynamodb:ExportTableToPointInTime"))
    failed = ended(server, export(server, keys, S3BucketOwner=OTHER, S3Prefix="widened"))
    assert failed["FailureCode"] == "S3AccessDenied" and not objects_in(server, Prefix="widened")


def test_a_job_does_not_outlive_its_callers_rights(server):
    """The caller's policy is cut, its key deleted, the user deleted while the job waits for its turn: it writes nothing more."""
    iam = server.client("iam", ACCOUNT)
    set_policy(server, allow({}, principal=ACCOUNT))
    rights = [statement("dynamodb:ExportTableToPointInTime"), statement("s3:*")]
    cuts = [lambda name, key: iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(rights[0])),
            lambda name, key: iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(
                *rights, statement("s3:PutObject", effect="Deny"))),
            lambda name, key: (iam.delete_user_policy(UserName=name, PolicyName="own"),
                               iam.delete_access_key(UserName=name, AccessKeyId=key), iam.delete_user(UserName=name))]
    table = server.client("dynamodb", ACCOUNT)
    for start in range(0, 4000, 25):
        table.batch_write_item(RequestItems={"Table": [
            {"PutRequest": {"Item": {"pk": {"S": f"{number}"}, "text": {"S": f"{number}" * 800}}}} for number in range(start, start + 25)]})
    for number, cut in enumerate(cuts):
        name = f"leaving-{number}"
        keys = new_user(iam, name, *rights)
        arn = export(server, keys, S3BucketOwner=OTHER, S3Prefix=name)
        cut(name, keys[0])
        found = ended(server, arn)
        assert found["ExportStatus"] == "FAILED" and found["FailureCode"] == "S3AccessDenied", found
        assert not any(key["Key"].endswith("manifest-summary.json") for key in objects_in(server, Prefix=name))


def test_what_a_job_saw_is_told_to_its_account_only(server):
    arn = ended(server, export(server, server.credentials[ACCOUNT], S3BucketOwner=OTHER, S3Prefix="told"))["ExportArn"]
    for operation, body in (("DescribeExport", {"ExportArn": arn}), ("ListExports", {"TableArn": TABLE})):
        answer = Request(server, "POST", body=json.dumps(body).encode(), service="dynamodb", headers={
            "X-Amz-Target": f"DynamoDB_20120810.{operation}"}).sign(server.credentials[OTHER]).send()
        assert answer.code == "AccessDeniedException" and "told" not in answer.text, answer


def test_a_job_is_its_callers_whatever_bytes_the_caller_sends(server):
    """Headers that are no text do not make a job that nobody can run."""
    set_policy(server, allow({}, principal=ACCOUNT))
    for number, agent in enumerate(("\xff\xfe", "a\tb", "\u00e9", '"}\\', "x" * 8_000)):
        body = json.dumps({"TableArn": TABLE, "S3Bucket": BUCKET, "S3BucketOwner": OTHER, "S3Prefix": f"agent-{number}"}).encode()
        request = Request(server, "POST", body=body, service="dynamodb", headers={
            "X-Amz-Target": "DynamoDB_20120810.ExportTableToPointInTime"}).sign(server.credentials[ACCOUNT])
        answer = request.add("User-Agent", agent).send()
        assert answer.status == 200, answer
        assert ended(server, json.loads(answer.body)["ExportDescription"]["ExportArn"])["ExportStatus"] == "COMPLETED", agent
