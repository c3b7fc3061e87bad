"""What the tests of the command line share: one server for a file, with two accounts: SOURCE has the tables, TARGET a bucket that lets
SOURCE export through DynamoDB and nothing else. Commands run with an environment and a HOME of their own."""

import gzip
import json
import subprocess
import time
import uuid

import pytest

from dray_server import BINARY, DrayServer, run_dray
from faulty_proxy import FaultyProxy

SOURCE, TARGET = "111122223333", "444455556666"
ITEMS = 300


class Commands:
    """`dray` against one server."""

    def __init__(self, server, home):
        self.server = server
        self.home = home
        (home / ".aws").mkdir(parents=True, exist_ok=True)
        self.write_profiles(home / ".aws/credentials")

    def write_profiles(self, path):
        path.write_text("".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n\n"
            for name, (key, secret) in (("source", self.server.credentials[SOURCE]), ("target", self.server.credentials[TARGET]))))

    def environment(self, **more):
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "AWS_PROFILE": "source", **more}

    def run(self, *arguments, endpoint=None, code=0, timeout=60, **environment):
        """The finished process, of which that exit code was expected."""
        done = subprocess.run([BINARY, *map(str, arguments), "--endpoint-url", endpoint or self.server.endpoint],
                              capture_output=True, text=True, timeout=timeout, env=self.environment(**environment))
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *arguments, endpoint=None, **options):
        return subprocess.Popen([BINARY, *map(str, arguments), "--endpoint-url", endpoint or self.server.endpoint], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(), **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("cli"))
    started.start()
    started.create_account(SOURCE)
    started.create_account(TARGET)
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def dray(server, tmp_path_factory):
    return Commands(server, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def dynamodb(server):
    return server.client("dynamodb", SOURCE)


@pytest.fixture(scope="module", autouse=True)
def buckets(server):
    """S3 of each account; SOURCE has the bucket `own`, TARGET `foreign`."""
    clients = {account: server.client("s3", account) for account in (SOURCE, TARGET)}
    clients[SOURCE].create_bucket(Bucket="own")
    clients[TARGET].create_bucket(Bucket="foreign")
    clients[TARGET].put_bucket_policy(Bucket="foreign", Policy=run_dray("policy", "generate", "--seed", SOURCE, "foreign").stdout)
    return clients


@pytest.fixture
def proxy(server):
    started = FaultyProxy(server.endpoint)
    yield started
    started.stop()


@pytest.fixture
def table(dynamodb):
    """A table with items, without recovery."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    dynamodb.create_table(TableName=name, AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S"),
                                                                dict(AttributeName="n", AttributeType="N")],
                          KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST",
                          GlobalSecondaryIndexes=[dict(IndexName="by-n", KeySchema=[dict(AttributeName="n", KeyType="HASH")],
                                                       Projection=dict(ProjectionType="KEYS_ONLY"))],
                          Tags=[dict(Key="team", Value="data")])
    for first in range(0, ITEMS, 25):
        dynamodb.batch_write_item(RequestItems={name: [
            dict(PutRequest=dict(Item=dict(pk=dict(S=f"item {i}"), n=dict(N=str(i))))) for i in range(first, first + 25)]})
    return name


@pytest.fixture
def recoverable(dynamodb, table):
    turn_on(dynamodb, table)
    return table


@pytest.fixture(scope="module")
def large(server, dynamodb, buckets):
    """A table whose export takes about a second."""
    lines = b"".join(b'{"Item":{"pk":{"S":"%d %s"}}}\n' % (i, uuid.uuid4().bytes.hex().encode()) for i in range(1_000_000))
    buckets[SOURCE].put_object(Bucket="own", Key="large/items.json.gz", Body=gzip.compress(lines, 1))
    started = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket="own", S3KeyPrefix="large/"), InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters=dict(TableName="large", AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
                                     KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST"))
    arn = started["ImportTableDescription"]["ImportArn"]
    while (job := dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"])["ImportStatus"] == "IN_PROGRESS":
        time.sleep(0.1)
    assert job["ImportStatus"] == "COMPLETED", job
    turn_on(dynamodb, "large")
    return "large"


def turn_on(dynamodb, table):
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))


def has_recovery(dynamodb, table):
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def keys(s3, bucket, prefix=""):
    return [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for entry in page.get("Contents", [])]


def arn_of(done):
    """The first line of an export's output."""
    return done.stdout.splitlines()[0]


def read_json(s3, bucket, key):
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
