"""What `dray policy generate` writes is enough for one job, and every line of it is needed: for each that is taken away the job is
run for real, as a role that holds nothing else. Two actions are documented by AWS and not needed by a job here: what then fails is
shown by itself, and `dray policy check` names it."""

import copy
import json
import time
import uuid

import boto3
import botocore.config
import botocore.exceptions
import pytest

from dray_server import REGION, DrayServer, run_dray

SOURCE, TARGET = "111122223333", "444455556666"
BUCKET, PREFIX = "least-" + TARGET, "only/here"
ROLE = f"arn:aws:iam::{SOURCE}:role/team/worker"


class World:
    def __init__(self, folder):
        self.server = DrayServer(folder)
        self.server.start()
        self.home = folder / "home"
        (self.home / ".aws").mkdir(parents=True)
        for account in (SOURCE, TARGET):
            self.server.create_account(account)
        (self.home / ".aws/credentials").write_text("".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
            for name, (key, secret) in (("source", self.server.credentials[SOURCE]), ("target", self.server.credentials[TARGET]))))
        self.iam, self.s3 = self.server.client("iam", SOURCE), self.server.client("s3", TARGET)
        self.s3.create_bucket(Bucket=BUCKET)
        self.make_table()
        self.iam.create_user(UserName="operator")
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:user/operator"}, "Action": "sts:AssumeRole"}
        self.iam.put_user_policy(UserName="operator", PolicyName="assume", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}]}))
        self.iam.create_role(RoleName="worker", Path="/team/", AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [trust]}))
        key = self.iam.create_access_key(UserName="operator")["AccessKey"]
        self.operator = key["AccessKeyId"], key["SecretAccessKey"], None
        self.export = self.generate("export", "Small", f"s3://{BUCKET}/{PREFIX}")

    def make_table(self):
        dynamodb = self.server.client("dynamodb", SOURCE)
        dynamodb.create_table(TableName="Small", BillingMode="PAY_PER_REQUEST",
                              AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                              KeySchema=[dict(AttributeName="pk", KeyType="HASH")])
        dynamodb.get_waiter("table_exists").wait(TableName="Small")
        dynamodb.update_continuous_backups(TableName="Small",
                                           PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        for number in range(3):
            dynamodb.put_item(TableName="Small", Item={"pk": {"S": str(number)}})

    def generate(self, *job):
        return json.loads(run_dray("policy", "generate", *job, "--principal", ROLE, "--bucket-owner", TARGET).stdout)

    def put(self, policies):
        """The role holds this identity policy, the bucket has this policy, and there are no others."""
        if policies["IdentityPolicy"]["Statement"]:
            self.iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=json.dumps(policies["IdentityPolicy"]))
        if policies["BucketPolicy"]["Statement"]:
            self.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policies["BucketPolicy"]))
        else:
            self.s3.delete_bucket_policy(Bucket=BUCKET)

    def client(self, service, keys):
        return boto3.session.Session().client(
            service, endpoint_url=self.server.endpoint, region_name=REGION, aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1], aws_session_token=keys[2],
            config=botocore.config.Config(retries=dict(total_max_attempts=1), s3=dict(addressing_style="path")))

    def worker(self, service, session="one"):
        got = self.client("sts", self.operator).assume_role(RoleArn=ROLE, RoleSessionName=session)["Credentials"]
        return self.client(service, (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]))

    def denied(self, job, table, prefix):
        """The requests of a job that `dray policy check` finds denied, live."""
        done = run_dray("policy", "check", "--endpoint-url", self.server.endpoint, "--profile", "source", "--bucket-profile",
                        "target", "--job", job, "--caller", ROLE, "--bucket", BUCKET, "--s3-bucket-owner", TARGET, "--prefix",
                        prefix, "--table", table, "--json", check=False,
                        env={"PATH": "/usr/bin:/bin", "HOME": str(self.home)})
        assert done.returncode in (0, 1), done.stderr
        return [call["name"] for call in json.loads(done.stdout)["calls"] if not call["allowed"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("least"))
    yield made
    assert made.server.stop() == 0


def outcome(start, describe, status):
    """How a job ends for a role: "not started", "not followed", "FAILED ...", "COMPLETED"."""
    try:
        arn = start()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return "not started", None
    while True:
        try:
            found = describe(arn)
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return "not followed", None
        if found[status] != "IN_PROGRESS":
            failure = found.get("FailureCode")
            return (found[status] + " " + failure if failure else found[status]), found
        time.sleep(0.05)


def run_export(world):
    dynamodb = world.worker("dynamodb")
    return outcome(
        lambda: dynamodb.export_table_to_point_in_time(
            TableArn=f"arn:aws:dynamodb:{REGION}:{SOURCE}:table/Small", S3Bucket=BUCKET, S3Prefix=PREFIX,
            S3BucketOwner=TARGET)["ExportDescription"]["ExportArn"],
        lambda arn: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")


def run_import(world, table, prefix):
    dynamodb = world.worker("dynamodb")
    return outcome(
        lambda: dynamodb.import_table(
            S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix=prefix, S3BucketOwner=TARGET), InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP", TableCreationParameters=dict(
                TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
                AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")]))["ImportTableDescription"]["ImportArn"],
        lambda arn: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")


def actions_of(statement):
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


def without_one_line(policies):
    """(what is gone, the policies without it): each action of each statement, and each statement."""
    for name in ("BucketPolicy", "IdentityPolicy"):
        for index, statement in enumerate(policies[name]["Statement"]):
            for action in actions_of(statement):
                changed = copy.deepcopy(policies)
                left = [other for other in actions_of(statement) if other != action]
                changed[name]["Statement"][index]["Action"] = left
                if not left:
                    del changed[name]["Statement"][index]
                yield (name, action), changed
            if len(actions_of(statement)) > 1:
                changed = copy.deepcopy(policies)
                del changed[name]["Statement"][index]
                yield (name, " ".join(actions_of(statement))), changed


EXPORT_ENDS = {
    "dynamodb:ExportTableToPointInTime": "not started",
    "dynamodb:DescribeExport": "not followed",
    "s3:PutObject": "FAILED S3AccessDenied",
    "s3:AbortMultipartUpload": "COMPLETED",  # shown below
    "s3:PutObjectAcl": "COMPLETED",          # shown below
    "s3:AbortMultipartUpload s3:PutObject s3:PutObjectAcl": "FAILED S3AccessDenied",
}


def test_an_export_needs_every_line(world):
    world.put(world.export)
    assert run_export(world)[0] == "COMPLETED"
    assert world.denied("export", "Small", PREFIX) == []
    seen = set()
    for (name, gone), changed in without_one_line(world.export):
        world.put(changed)
        assert run_export(world)[0] == EXPORT_ENDS[gone], (name, gone)
        denied = world.denied("export", "Small", PREFIX)
        assert denied, (name, gone)
        if EXPORT_ENDS[gone] == "COMPLETED":
            assert denied == [gone.removeprefix("s3:")], (name, gone)
        seen.add(gone)
    assert seen == set(EXPORT_ENDS)


IMPORT_ENDS = {
    "dynamodb:ImportTable": "not started",
    "dynamodb:DescribeImport": "not followed",
    "s3:ListBucket": "FAILED S3AccessDenied",
    "s3:GetObject": "FAILED S3AccessDenied",
}


def test_an_import_needs_every_line(world):
    world.put(world.export)
    prefix = run_export(world)[1]["ExportManifest"].rsplit("/", 1)[0] + "/data/"
    whole = world.generate("import", f"s3://{BUCKET}/{prefix}", "Copy*")
    # The role may import into tables of one name; each of these imports makes one.
    names = [f"Copy{number}" for number in range(40)]
    world.put(whole)
    ended, found = run_import(world, names.pop(), prefix)
    assert ended == "COMPLETED" and found["ImportedItemCount"] == 3
    assert world.denied("import", "Copy1", prefix) == []
    seen = set()
    for (name, gone), changed in without_one_line(whole):
        world.put(changed)
        denied = world.denied("import", "Copy1", prefix)
        assert denied, (name, gone)
        if gone.startswith("logs:"):
            # CloudWatch Logs is AWS's place for the errors; the import itself does not need it here.
            assert set(denied) == {action.removeprefix("logs:") for action in gone.split(" ")}, (name, gone)
            if " " not in gone:
                continue
        assert run_import(world, names.pop(), prefix)[0] == IMPORT_ENDS.get(gone, "COMPLETED"), (name, gone)
        seen.add(gone)
    assert set(IMPORT_ENDS) < seen


@pytest.mark.parametrize("element", ["Principal", "Action", "Resource", "Effect"])
def test_a_policy_without_an_element_is_refused(world, element):
    policy = copy.deepcopy(world.export["BucketPolicy"])
    del policy["Statement"][0][element]
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        world.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    assert caught.value.response["Error"]["Code"] == "MalformedPolicy"
    if element != "Principal":
        policy = copy.deepcopy(world.export["IdentityPolicy"])
        del policy["Statement"][-1][element]
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            world.iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=json.dumps(policy))
        assert caught.value.response["Error"]["Code"] == "MalformedPolicyDocument"


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def without_conditions(policies, names=("BucketPolicy", "IdentityPolicy")):
    policies = copy.deepcopy(policies)
    for name in names:
        for statement in policies[name]["Statement"]:
            statement.pop("Condition", None)
    return policies


def test_each_condition_keeps_the_role_from_writing_itself(world):
    key = f"{PREFIX}/AWSDynamoDB/{uuid.uuid4()}"
    for names in ((), ("BucketPolicy",), ("IdentityPolicy",)):
        world.put(without_conditions(world.export, names))
        assert refused(world.worker("s3").put_object, Bucket=BUCKET, Key=key, Body=b"x") == "AccessDenied", names
    world.put(without_conditions(world.export))
    world.worker("s3").put_object(Bucket=BUCKET, Key=key, Body=b"x")
    assert refused(world.worker("s3").put_object, Bucket=BUCKET, Key="elsewhere", Body=b"x") == "AccessDenied"


@pytest.mark.parametrize("document", ["BucketPolicy", "IdentityPolicy"])
def test_what_abort_and_acl_are_for(world, document):
    """An upload may be aborted by who began it; by another session of the role with the action only. And whoever sends an ACL needs
    s3:PutObjectAcl. Both are tried directly, without the conditions: no job of this server sends either."""
    key = f"{PREFIX}/AWSDynamoDB/{uuid.uuid4()}"

    def abort():
        upload = world.worker("s3", "one").create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        return world.worker("s3", "two").abort_multipart_upload, dict(Bucket=BUCKET, Key=key, UploadId=upload)

    def acl():
        return world.worker("s3").put_object, dict(Bucket=BUCKET, Key=key, Body=b"x", ACL="bucket-owner-full-control")

    for action, make in (("s3:AbortMultipartUpload", abort), ("s3:PutObjectAcl", acl)):
        whole = without_conditions(world.export)
        world.put(whole)
        call, parameters = make()
        call(**parameters)
        changed = next(policies for gone, policies in without_one_line(whole) if gone == (document, action))
        world.put(changed)
        call, parameters = make()
        assert refused(call, **parameters) == "AccessDenied", (document, action)
