"""`dray policy check` and `dray policy generate`: offline on files, and live as principals that may read much or little."""

import json
import uuid

import boto3
import botocore.config
import pytest

from command_fixtures import SOURCE, TARGET
from dray_server import run_dray

ROLE = f"arn:aws:iam::{SOURCE}:role/move/exporter"
WRITES = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
CALLED_VIA = {"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def generate(*arguments, code=0):
    done = run_dray("policy", "generate", *arguments, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def offline(tmp_path, code, bucket_policy=None, identity=(), flags=(), caller=ROLE):
    arguments = ["--offline", "--caller", caller, "--bucket", "bucket", "--bucket-owner", TARGET, "--prefix", "p",
                 "--s3-bucket-owner", TARGET, "--json"]
    if bucket_policy:
        (tmp_path / "bucket.json").write_text(bucket_policy)
        arguments += ["--bucket-policy", tmp_path / "bucket.json"]
    for number, policy in enumerate(identity):
        path = tmp_path / f"identity{number}.json"
        path.write_text(policy)
        arguments += ["--identity-policy", path]
    done = run_dray("policy", "check", *arguments, *flags, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def codes(report):
    return sorted({finding["code"] for finding in report["findings"]})


def denied(report):
    return [call["name"] for call in report["calls"] if not call["allowed"]]


# ---- offline


def test_what_is_generated_passes_the_check(tmp_path):
    policies = json.loads(generate("export", "Music", "s3://bucket/p", "--principal", ROLE, "--bucket-owner", TARGET))
    assert set(policies) == {"BucketPolicy", "IdentityPolicy"}
    assert policies["BucketPolicy"]["Statement"] == [{
        "Sid": f"DynamoDBExportFrom{SOURCE}", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": WRITES,
        "Resource": "arn:aws:s3:::bucket/p/AWSDynamoDB/*", "Condition": CALLED_VIA}]
    report = offline(tmp_path, 0, json.dumps(policies["BucketPolicy"]), [json.dumps(policies["IdentityPolicy"])],
                     ["--table", "Music"])
    assert report["verdict"] == "succeeds" and report["findings"] == [] and report["not_read"] == []
    assert [call["name"] for call in report["calls"]][:2] == ["ExportTableToPointInTime", "DescribeExport"]


def test_one_document_alone_is_ready_for_its_api():
    flags = ("export", "Music", "s3://bucket/p", "--principal", ROLE)
    text = generate(*flags, "--bucket-owner", TARGET, "--document", "bucket")
    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": ROLE}
    assert text.startswith("{\n") and text.endswith("}\n")
    assert "bucket is of the same account" in generate(*flags, "--document", "bucket", code=1)
    key = f"arn:aws:kms:us-east-1:{TARGET}:key/1"
    key_policy = json.loads(generate(*flags, "--bucket-owner", TARGET, "--kms-key", key, "--document", "key"))
    assert key_policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{TARGET}:root"}
    assert key_policy["Statement"][1]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "not an account id" in generate("export", "Music", "s3://bucket", "--principal", "nobody", code=1)


def test_every_kind_of_policy_is_a_flag(tmp_path):
    bucket_policy = document({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": WRITES, "Resource": "arn:aws:s3:::bucket/*"})
    everything, nothing = document(allow("*")), document(allow("dynamodb:*"))
    (tmp_path / "all.json").write_text(everything)
    (tmp_path / "none.json").write_text(nothing)
    (tmp_path / "level.json").write_text(f"[{nothing}, {everything}]")
    (tmp_path / "rcp.json").write_text(document({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                                                 "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}))

    def check(code, *flags):
        return codes(offline(tmp_path, code, bucket_policy, [everything], flags))

    assert check(0) == []
    assert check(0, "--permissions-boundary", tmp_path / "all.json", "--session-policy", tmp_path / "all.json") == []
    assert check(1, "--permissions-boundary", tmp_path / "none.json") == ["boundary-silent"]
    assert check(1, "--session-policy", tmp_path / "none.json") == ["session-policy-silent"]
    assert check(0, "--scp", tmp_path / "all.json", "--scp", tmp_path / "level.json") == []
    assert check(1, "--scp", tmp_path / "all.json", "--scp", tmp_path / "none.json") == ["scp-silent"]
    assert check(1, "--rcp", tmp_path / "rcp.json") == ["deny-outside-organization"]
    assert check(0, "--rcp", tmp_path / "rcp.json", "--context", "aws:PrincipalOrgID=o-1") == []
    assert check(0, "--object-ownership", "ObjectWriter") == ["owner-cannot-read"]
    assert check(1, "--requester-pays") == ["requester-pays"]
    assert check(1, "--recovery", "off") == ["recovery-off"]
    assert check(1, "--kms") == ["kms-managed-key"]
    assert check(4, "--kms-key", f"arn:aws:kms:us-east-1:{TARGET}:key/1") == []  # its policy was not given
    assert check(1, "--kms-key", f"arn:aws:kms:eu-west-1:{TARGET}:key/1") == ["kms-region"]


def test_files_that_are_not_there_and_flags_that_make_no_sense(tmp_path):
    assert "nowhere" in offline(tmp_path, 2, flags=["--scp", tmp_path / "nowhere"])
    assert "not the ARN" in offline(tmp_path, 2, caller="somebody")


# ---- live


class World:
    """A role with a path in SOURCE, its sessions, a bucket of TARGET, a table."""

    def __init__(self, dray, server):
        self.dray, self.server = dray, server
        self.iam = server.client("iam", SOURCE)
        self.bucket = "doctor-" + uuid.uuid4().hex[:12]
        self.s3 = server.client("s3", TARGET)
        self.s3.create_bucket(Bucket=self.bucket)
        self.table = "Doctor" + uuid.uuid4().hex[:8]
        dynamodb = server.client("dynamodb", SOURCE)
        dynamodb.create_table(TableName=self.table, BillingMode="PAY_PER_REQUEST",
                              AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                              KeySchema=[dict(AttributeName="pk", KeyType="HASH")])
        dynamodb.get_waiter("table_exists").wait(TableName=self.table)
        self.recovery = lambda on: dynamodb.update_continuous_backups(
            TableName=self.table, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=on))
        self.recovery(True)
        self.role = "exporter" + uuid.uuid4().hex[:8]
        self.role_arn = f"arn:aws:iam::{SOURCE}:role/move/{self.role}"
        self.iam.create_role(RoleName=self.role, Path="/move/", AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:root"}, "Action": "sts:AssumeRole"}))
        self.policies = json.loads(generate(
            "export", self.table, f"s3://{self.bucket}/p", "--principal", self.role_arn, "--bucket-owner", TARGET))
        self.put_identity(self.policies["IdentityPolicy"])
        self.put_bucket(self.policies["BucketPolicy"])

    def put_identity(self, policy):
        self.iam.put_role_policy(RoleName=self.role, PolicyName="export", PolicyDocument=json.dumps(policy))

    def put_bucket(self, policy):
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))

    def session(self, **more):
        user = "starter" + uuid.uuid4().hex[:8]
        self.iam.create_user(UserName=user)
        self.iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document(allow("sts:AssumeRole")))
        key = self.iam.create_access_key(UserName=user)["AccessKey"]
        sts = boto3.session.Session().client(
            "sts", endpoint_url=self.server.endpoint, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"], config=botocore.config.Config(retries=dict(total_max_attempts=1)))
        got = sts.assume_role(RoleArn=self.role_arn, RoleSessionName="s1", **more)["Credentials"]
        return {"AWS_ACCESS_KEY_ID": got["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"],
                "AWS_SESSION_TOKEN": got["SessionToken"]}

    def check(self, *flags, code=0, **environment):
        if environment:
            environment["AWS_PROFILE"] = ""
        owner = () if "--s3-bucket-owner" in flags else ("--s3-bucket-owner", TARGET)
        done = self.dray.run("policy", "check", "--bucket", self.bucket, "--table", self.table, "--prefix", "p", "--json",
                             *owner, *flags, code=code, **environment)
        return json.loads(done.stdout)


@pytest.fixture()
def world(dray, server):
    return World(dray, server)


def not_read(report):
    return {entry["what"]: entry["why"] for entry in report["not_read"]}


def test_an_administrator_checks_a_role(world):
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target")
    assert report["verdict"] == "succeeds" and report["findings"] == [], report
    assert not any("policy" in what for what in not_read(report)), report["not_read"]


def test_a_denial_names_the_statement_of_the_server(world):
    broken = json.loads(json.dumps(world.policies["BucketPolicy"]).replace("dynamodb.amazonaws.com", "dynamdb.amazonaws.com"))
    world.put_bucket(broken)
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target", code=1)
    assert codes(report) == ["calledvia-typo"]
    assert report["findings"][0]["where"] == f'bucket policy, statement 1 "DynamoDBExportFrom{SOURCE}"'
    assert "PutObject _started" in report["findings"][0]["calls"]

    world.put_bucket(world.policies["BucketPolicy"])
    world.put_identity({"Version": "2012-10-17", "Statement": [s for s in world.policies["IdentityPolicy"]["Statement"]
                                                              if s["Sid"] != "Write"]})
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target", code=1)
    assert codes(report) == ["no-identity-allow"]

    world.s3.delete_bucket_policy(Bucket=world.bucket)
    world.put_identity(world.policies["IdentityPolicy"])
    assert codes(world.check("--caller", world.role_arn, "--bucket-profile", "target", code=1)) == ["no-bucket-policy"]


def test_a_role_that_may_read_nothing_is_told_so(world):
    report = world.check("--bucket-owner", TARGET, code=4, **world.session())
    assert report["verdict"] == "open" and denied(report) == []
    unread = not_read(report)
    assert "AccessDenied" in unread["the bucket policy"] and "--bucket-policy FILE" in unread["the bucket policy"]
    assert "AccessDenied" in unread[f"whether the role {world.role} has a permissions boundary"]
    assert any(what.startswith("identity policies of") for what in unread)
    assert "whether point-in-time recovery of the table is on" in unread
    assert "the policies that this session was made with" in unread
    assert all(call["open"] for call in report["calls"] if call["need"] == "needed")


def test_files_stand_for_what_may_not_be_read(world, tmp_path):
    for name in ("Bucket", "Identity"):
        (tmp_path / name).write_text(json.dumps(world.policies[name + "Policy"]))
    (tmp_path / "boundary").write_text(document(allow("dynamodb:*")))
    files = ("--bucket-policy", tmp_path / "Bucket", "--identity-policy", tmp_path / "Identity", "--bucket-owner", TARGET)
    report = world.check(*files, "--permissions-boundary", tmp_path / "boundary", code=1, **world.session())
    assert codes(report) == ["boundary-silent"]


def test_boundaries_managed_policies_and_users_are_read(world):
    user = "app" + uuid.uuid4().hex[:8]
    managed = world.iam.create_policy(PolicyName="p" + user, PolicyDocument=json.dumps(world.policies["IdentityPolicy"]))["Policy"]["Arn"]
    boundary = world.iam.create_policy(PolicyName="b" + user, PolicyDocument=document(allow("dynamodb:*")))["Policy"]["Arn"]
    world.iam.create_user(UserName=user)
    world.iam.attach_user_policy(UserName=user, PolicyArn=managed)
    arn = f"arn:aws:iam::{SOURCE}:user/{user}"
    policy = json.loads(generate("export", world.table, f"s3://{world.bucket}/p", "--principal", arn, "--bucket-owner", TARGET,
                                 "--document", "bucket"))
    world.put_bucket(policy)
    assert world.check("--caller", arn, "--bucket-profile", "target")["verdict"] == "succeeds"
    world.iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=boundary)
    report = world.check("--caller", arn, "--bucket-profile", "target", code=1)
    assert codes(report) == ["boundary-silent"]
    assert f'"b{user}"' in report["findings"][0]["where"]


def test_the_role_is_found_with_its_path_and_the_owner_by_who_reads(world):
    # The bucket policy names the role by its path, which no session's ARN has.
    report = world.check("--bucket-profile", "target", code=4, **world.session())
    assert [call for call in denied(report)] == []
    wrong = json.loads(json.dumps(world.policies["BucketPolicy"]).replace("role/move/", "role/"))
    world.put_bucket(wrong)
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target", code=1)
    assert codes(report) == ["principal-path"]
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target", "--s3-bucket-owner", SOURCE, code=1)
    assert "bucket-owner-wrong" in codes(report)


def test_recovery_and_trust_are_read(world):
    world.recovery(False)
    report = world.check("--caller", world.role_arn, "--bucket-profile", "target", code=1)
    assert codes(report) == ["recovery-off"]
    world.recovery(True)
    flags = ("--caller", world.role_arn, "--bucket-profile", "target")
    assert world.check(*flags, "--assumed-by", f"arn:aws:iam::{SOURCE}:user/ann")["verdict"] == "succeeds"
    report = world.check(*flags, "--assumed-by", f"arn:aws:iam::{TARGET}:user/ann", code=1)
    assert denied(report) == ["AssumeRole"]


def test_imports_and_the_root_user(world):
    flags = ("--job", "import", "--caller", f"arn:aws:iam::{TARGET}:root", "--bucket-profile", "target")
    report = world.check(*flags, "--profile", "target")
    assert report["job"] == "import" and report["verdict"] == "succeeds"
    report = world.check("--job", "import", "--caller", f"arn:aws:iam::{SOURCE}:root", "--bucket-profile", "target", code=1)
    assert codes(report) == ["bucket-policy-lacks-action"] or "prefix-not-covered" in codes(report)


def test_what_is_not_there_is_an_error(world):
    done = world.dray.run("policy", "check", "--bucket", "no-such-bucket-here", code=1)
    assert "NoSuchBucket" in done.stderr
    done = world.dray.run("policy", "check", "--bucket", world.bucket, "--bucket-profile", "target", "--table", "NoSuchTable",
                          code=1)
    assert "not found" in done.stderr.lower()
    done = world.dray.run("policy", "check", "--bucket", "b", "--attempts", "1", endpoint="http://127.0.0.1:1", code=5)
    assert "127.0.0.1:1" in done.stderr


def test_text_for_people(world):
    world.s3.delete_bucket_policy(Bucket=world.bucket)
    done = world.dray.run("policy", "check", "--bucket", world.bucket, "--prefix", "p", "--s3-bucket-owner", TARGET,
                          "--caller", world.role_arn, "--bucket-profile", "target", code=1)
    assert done.stdout.startswith("The export would fail.\n")
    assert "  DENIED    PutObject _started\n" in done.stdout
    assert "error [no-bucket-policy]" in done.stdout and "  fix: " in done.stdout
