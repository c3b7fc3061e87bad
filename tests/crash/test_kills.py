"""Jobs survive kill -9: exports, full and incremental, and imports, each here and at another server's bucket, imports into a table that
is there, incrementals that are applied, and a restore are killed again and again, in every phase, and after each restart the job that
was accepted completes with nothing lost, doubled or half visible.

DRAY_KILLS (10) says how many kills; from three for each phase of each job (81) on, at least three fall into each of them. The
moments: the log line with which a phase begins (so that short phases are hit, too), and at random within a job's usual time.
DRAY_TEST_SEED makes the same run again."""

import gzip
import hashlib
import json
import os
import random
import sys
import time
import urllib.request
from collections import Counter
from http.client import HTTPException
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

sys.path.append(str(Path(__file__).resolve().parent.parent / "api"))
from dray_server import REGION, DrayServer
from raw_dynamodb import raw

ACCOUNT = "111122223333"
BUCKET = "kill-bucket"
KEEPER, REMOTE_BUCKET = "777788889999", "remote-bucket"  # of the server that jobs of the kinds "remote_..." use
ITEMS = 40_000
CHANGES = 12_000  # items of another table that are written in the period of the incremental exports
MINUTE = 60
KILLS = int(os.environ.get("DRAY_KILLS", "10"))
SEED = int(os.environ.get("DRAY_TEST_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
EXPORT_PHASES = ["start", "data", "manifests"]
IMPORT_PHASES = ["listing", "loading", "sorting", "activating"]
OWN = "Dray_20261122"
PHASES = {"export": EXPORT_PHASES, "increment": EXPORT_PHASES, "remote_export": EXPORT_PHASES, "remote_increment": EXPORT_PHASES,
          "import": IMPORT_PHASES, "remote_import": IMPORT_PHASES, "restore": ["copying", "sorting", "activating"],
          "into": ["listing", "writing"], "apply": ["verifying", "writing"]}
TABLE = dict(KeySchema=[dict(AttributeName="pk", KeyType="HASH")], BillingMode="PAY_PER_REQUEST",
             AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])

INDEXED = dict(TABLE, AttributeDefinitions=TABLE["AttributeDefinitions"] + [dict(AttributeName="n", AttributeType="N")],
               GlobalSecondaryIndexes=[dict(IndexName="by-n", KeySchema=[dict(AttributeName="n", KeyType="HASH")],
                                            Projection=dict(ProjectionType="KEYS_ONLY"))])


def lines():
    """ITEMS items of about 700 bytes, as DynamoDB JSON, the same at every call."""
    rng = random.Random(7)
    for number in range(ITEMS):
        yield json.dumps({"Item": {"pk": {"S": f"item-{number:07d}"}, "n": {"N": str(number)},
                                   "text": {"S": rng.randbytes(300).hex()}}}, separators=(",", ":")).encode()


def canonical(line):
    record = json.loads(line)
    record.pop("Metadata", None)  # a time, of an incremental export
    return hashlib.md5(json.dumps(record, sort_keys=True).encode()).digest()


class World:
    """One server with a source table, and the digests of what it holds; another one that is never killed."""

    def __init__(self, folder):
        self.remote = DrayServer(folder / "remote", "--dev")
        self.remote.credentials[KEEPER] = KEEPER, "any"
        self.remote.start()
        self.remote.client("s3", KEEPER).create_bucket(Bucket=REMOTE_BUCKET)
        self.server = DrayServer(folder, "--dev", "--remote-targets", self.write_targets(folder))  # its clock can be moved
        self.server.credentials[ACCOUNT] = ACCOUNT, "any"
        self.offset = 0
        self.start()
        self.s3 = self.server.client("s3", ACCOUNT)
        self.expected = Counter(canonical(line) for line in lines())
        all_lines = list(lines())
        self.s3.create_bucket(Bucket=BUCKET)
        for part in range(6):
            body = gzip.compress(b"\n".join(all_lines[part::6]) + b"\n", 1)
            self.s3.put_object(Bucket=BUCKET, Key=f"source/{part}.json.gz", Body=body)
            self.remote.client("s3", KEEPER).put_object(Bucket=REMOTE_BUCKET, Key=f"source/{part}.json.gz", Body=body)
        arn = self.start_import("Source")
        assert self.wait("import", arn)["ImportStatus"] == "COMPLETED"
        self.dynamodb.update_table(
            TableName="Source", AttributeDefinitions=TABLE["AttributeDefinitions"] + [dict(AttributeName="n", AttributeType="N")],
            GlobalSecondaryIndexUpdates=[dict(Create=dict(IndexName="by-n", KeySchema=[dict(AttributeName="n", KeyType="HASH")],
                                                          Projection=dict(ProjectionType="KEYS_ONLY")))])
        self.dynamodb.update_continuous_backups(
            TableName="Source", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        while self.dynamodb.describe_table(TableName="Source")["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] != "ACTIVE":
            time.sleep(0.05)
        self.make_changes()

    def write_targets(self, folder):
        path = folder / "targets.json"
        path.write_text(json.dumps(dict(targets=[dict(
            name="other", endpoint=self.remote.endpoint, region=REGION, access_key_id=KEEPER, secret_access_key="any",
            accounts=[ACCOUNT], buckets=[dict(name=REMOTE_BUCKET)])])))
        path.chmod(0o600)
        return path

    def stop(self):
        self.server.stop()
        self.remote.stop()

    def start(self):
        self.server.start()
        if self.offset:
            self.move_clock(0)

    def move_clock(self, seconds):
        self.offset += seconds
        body = json.dumps(dict(offset_seconds=self.offset)).encode()
        urllib.request.urlopen(urllib.request.Request(self.server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def make_changes(self):
        """A table, and a period in which half of its items are put anew and as many are inserted."""
        dynamodb = self.dynamodb
        dynamodb.create_table(TableName="Changed", **TABLE)
        items = [json.loads(line)["Item"] for _, line in zip(range(CHANGES), lines())]

        def put(changed):
            for at in range(0, len(changed), 25):
                answer = dynamodb.batch_write_item(
                    RequestItems={"Changed": [dict(PutRequest=dict(Item=item)) for item in changed[at:at + 25]]})
                assert not answer["UnprocessedItems"]

        put(items[::2])
        dynamodb.update_continuous_backups(
            TableName="Changed", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        time.sleep(1)
        begin = int(time.time()) + self.offset
        time.sleep(1)
        put([item | {"n": {"N": "-1"}} for item in items])
        self.expected_changes = Counter()
        for number, item in enumerate(items):
            record = dict(Keys={"pk": item["pk"]}, NewImage=item | {"n": {"N": "-1"}})
            if number % 2 == 0:
                record["OldImage"] = item
            self.expected_changes[canonical(json.dumps(record))] += 1
        self.move_clock(20 * MINUTE)
        self.period = dict(ExportFromTime=begin, ExportToTime=begin + 16 * MINUTE)
        self.before_changes = Counter(canonical(json.dumps({"Item": item})) for item in items[::2])
        self.after_changes = Counter(canonical(json.dumps({"Item": item | {"n": {"N": "-1"}}})) for item in items)
        self.changes = self.wait("export", self.start_increment("to-apply"))["ExportManifest"]
        body = b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in items[::2])
        self.s3.put_object(Bucket=BUCKET, Key="before/0.json.gz", Body=gzip.compress(body, 1))
        put([item | {"n": {"N": "-2"}} for item in items[::5]])  # later: not to be seen

    @property
    def dynamodb(self):
        return self.server.client("dynamodb", ACCOUNT)

    def start_import(self, table, bucket=BUCKET, owner=ACCOUNT):
        return self.dynamodb.import_table(
            ClientToken=f"to-{table}",
            S3BucketSource=dict(S3Bucket=bucket, S3BucketOwner=owner, S3KeyPrefix="source/"), InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP", TableCreationParameters=dict(TableName=table, **(INDEXED if table != "Source" else TABLE)),
        )["ImportTableDescription"]["ImportArn"]

    def make_copy(self, table):
        """A table as it was before the changes, made once a round."""
        arn = self.dynamodb.import_table(
            ClientToken=f"before-{table}", S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="before/"), InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP", TableCreationParameters=dict(TableName=table, **TABLE))["ImportTableDescription"]["ImportArn"]
        self.check_counts(arn, self.before_changes)

    def start_own(self, operation, **body):
        status, answer = raw(self.server, operation, body, ACCOUNT, OWN)
        assert status == 200, answer
        return answer["ImportTableDescription"]["ImportArn"]

    def start_into(self, table):
        return self.start_own("ImportIntoTable", ClientToken=f"into-{table}", TableName=table, Mode="INSERT", InputFormat="DYNAMODB_JSON",
                              InputCompressionType="GZIP", S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="source/"))

    def start_apply(self, table):
        return self.start_own("ApplyIncrementals", ClientToken=f"apply-{table}", TableName=table, S3Bucket=BUCKET,
                              Manifests=[self.changes], From=self.period["ExportFromTime"])

    def start_export(self, prefix, table="Source", bucket=BUCKET, owner=ACCOUNT):
        return self.dynamodb.export_table_to_point_in_time(
            ClientToken=f"{table}-{prefix}", S3Bucket=bucket, S3BucketOwner=owner, S3Prefix=prefix,
            TableArn=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}")["ExportDescription"]["ExportArn"]

    def start_remote_export(self, prefix):
        return self.start_export(prefix, bucket=REMOTE_BUCKET, owner=KEEPER)

    def start_remote_import(self, table):
        return self.start_import(table, REMOTE_BUCKET, KEEPER)

    def start_remote_increment(self, prefix):
        return self.start_increment(prefix, REMOTE_BUCKET, KEEPER)

    def start_increment(self, prefix, bucket=BUCKET, owner=ACCOUNT):
        # Debian's client does not know these members.
        status, answer = raw(self.server, "ExportTableToPointInTime", dict(
            ClientToken=f"changes-{prefix}", TableArn=f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Changed", S3Bucket=bucket,
            S3BucketOwner=owner, S3Prefix=prefix, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=self.period), ACCOUNT)
        assert status == 200, answer
        return answer["ExportDescription"]["ExportArn"]

    def start_restore(self, table):
        """What stands in the job's ARN. The moment is that of enabling: what is written afterwards is not in the table."""
        self.dynamodb.put_item(TableName="Source", Item={"pk": {"S": "passing"}})
        self.dynamodb.delete_item(TableName="Source", Key={"pk": {"S": "passing"}})
        try:
            self.dynamodb.restore_table_to_point_in_time(SourceTableName="Source", TargetTableName=table, UseLatestRestorableTime=True)
        except ClientError as error:  # accepted before the kill
            assert error.response["Error"]["Code"] in ("TableInUseException", "TableAlreadyExistsException"), error
        return f"table/{table}/restore/"

    def describe(self, kind, arn):
        if kind == "export":
            return self.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        return self.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]

    def wait(self, kind, arn, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.describe(kind, arn)
            if found["ExportStatus" if kind == "export" else "ImportStatus"] != "IN_PROGRESS":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{arn} did not end within {seconds} s")

    def check_export(self, arn, expected):
        found = self.wait("export", arn)
        assert found["ExportStatus"] == "COMPLETED", found
        bucket = found["S3Bucket"]
        s3 = self.remote.client("s3", KEEPER) if bucket == REMOTE_BUCKET else self.server.client("s3", ACCOUNT)

        def read(key):
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

        summary = json.loads(read(found["ExportManifest"]))
        entries = [json.loads(line) for line in read(summary["manifestFilesS3Key"]).splitlines()]
        digests = Counter()
        for entry in entries:
            text = gzip.decompress(read(entry["dataFileS3Key"])).splitlines()
            assert len(text) == entry["itemCount"]
            digests.update(canonical(line) for line in text)
        assert digests == expected, "items were lost, doubled or changed"
        assert summary["itemCount"] == sum(entry["itemCount"] for entry in entries) == sum(expected.values())
        folder = found["ExportManifest"].rsplit("/", 1)[0]
        if "exportFromTime" in summary:  # the folder that all incremental exports of the prefix share: here there is one
            folder = folder.rsplit("/", 1)[0]
        data = {found["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder + "/data/")
                for found in page.get("Contents", [])}
        assert data == {entry["dataFileS3Key"] for entry in entries}, "a data file that no manifest names"
        uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        assert not [upload for upload in uploads if upload["Key"].startswith(folder)], "an upload was left open"

    def check_import(self, arn, table, expected, round_number):
        self.check_counts(arn, expected)
        self.check_index(self.dynamodb.describe_table(TableName=table)["Table"], sum(expected.values()))
        self.check_table(table, expected, round_number)

    def check_counts(self, arn, expected):
        found = self.wait("import", arn)
        assert found["ImportStatus"] == "COMPLETED", found
        count = sum(expected.values())
        assert (found["ProcessedItemCount"], found["ImportedItemCount"], found["ErrorCount"]) == (count, count, 0)

    def check_own(self, arn, **counts):
        """Every record counted once, whatever was written before the kill."""
        self.wait("import", arn)
        _, answer = raw(self.server, "DescribeImport", dict(ImportArn=arn), ACCOUNT)
        found = answer["ImportTableDescription"]
        assert found["ImportStatus"] == "COMPLETED", found
        assert {name: found[name + "ItemCount"] for name in counts} == counts

    def check_into(self, arn, table, round_number):
        # The items that were there keep what they had; of the source's, they are the first ones.
        self.check_own(arn, Processed=ITEMS, Inserted=ITEMS - CHANGES // 2, Skipped=CHANGES // 2)
        self.check_table(table, self.expected, round_number)

    def check_apply(self, arn, table, round_number):
        self.check_own(arn, Processed=CHANGES, Inserted=CHANGES // 2, Updated=CHANGES // 2, Unchanged=0)
        self.check_table(table, self.after_changes, round_number)

    def check_restore(self, table, expected, round_number, seconds=120):
        until = time.monotonic() + seconds
        while (found := self.dynamodb.describe_table(TableName=table)["Table"])["TableStatus"] == "CREATING":
            assert time.monotonic() < until, f"{table} was not restored within {seconds} s"
            time.sleep(0.05)
        self.check_index(found, sum(expected.values()))
        self.check_table(table, expected, round_number)

    def check_index(self, found, count):
        """Whole when the job has ended."""
        index = found["GlobalSecondaryIndexes"][0]
        assert (index["IndexStatus"], index["ItemCount"]) == ("ACTIVE", count)
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=found["TableName"], IndexName="by-n", Select="COUNT")
        assert sum(page["Count"] for page in pages) == count

    def check_table(self, table, expected, round_number):
        count = sum(expected.values())
        dynamodb = self.dynamodb
        assert dynamodb.describe_table(TableName=table)["Table"]["ItemCount"] == count
        # What the table holds is read through an export, the quickest way to see every item.
        dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        self.check_export(self.start_export(f"check-{round_number}", table), expected)
        dynamodb.delete_table(TableName=table)
        for backup in dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]:
            dynamodb.delete_backup(BackupArn=backup["BackupArn"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("kills"))
    yield made
    made.stop()


def strike(world, rng, number, kind, phase, killed_in):
    """Starts a job, kills the server in the phase (or at a random moment), restarts it and checks the job's end."""
    table = f"Copy{number}"
    is_export = PHASES[kind] is EXPORT_PHASES
    kind_of_job = "export" if is_export else "restore" if kind == "restore" else "import"
    if kind in ("into", "apply"):
        world.make_copy(table)
    mark = world.server.log_position()
    finish = world.server.kill_at_log(f'"type":"{kind_of_job}","phase":"{phase}"') if phase else None

    def start():
        return getattr(world, f"start_{kind}")(f"round-{number}" if is_export else table)

    try:
        arn = start()
    except (ConnectionClosedError, OSError, HTTPException):  # killed before the answer went out; the token finds what was accepted
        arn = None
    if finish:
        finish()
    else:
        time.sleep(rng.random() * 0.6)
        world.server.kill()
    log = world.server.log_since(mark)
    world.start()
    arn = arn or start()
    seen = [json.loads(line)["phase"] for line in log if '"phase"' in line and arn in line]
    ended = any('"job completed"' in line and arn in line for line in log)
    killed_in[kind, "ended" if ended else seen[-1] if seen else "accepted"] += 1
    if is_export:
        world.check_export(arn, world.expected_changes if kind.endswith("increment") else world.expected)
    elif kind == "restore":
        world.check_restore(table, world.expected, number)
    elif kind in ("into", "apply"):
        getattr(world, f"check_{kind}")(arn, table, number)
    else:
        world.check_import(arn, table, world.expected, number)


def test_killed_jobs_complete_after_restart(world):
    print(f"DRAY_TEST_SEED={SEED}")
    rng = random.Random(SEED)
    killed_in = Counter()
    directed = [(kind, phase) for kind, phases in PHASES.items() for phase in phases]
    wants_three = KILLS >= 3 * len(directed)
    number = 0
    for kind, phase in directed if wants_three else rng.sample(directed, min(KILLS, len(directed))):
        # A short phase can be over before the signal arrives: that kill counts where it fell, and another follows.
        until = number + (12 if wants_three else 1)
        while killed_in[kind, phase] < 3 and number < until:
            strike(world, rng, number, kind, phase, killed_in)
            number += 1
    for number in range(number, KILLS):
        strike(world, rng, number, rng.choice(list(PHASES)), None, killed_in)
    for (kind, phase), count in sorted(killed_in.items()):
        print(f"kills: {kind} in {phase}: {count}")
    if wants_three:
        for kind, phase in directed:
            assert killed_in[kind, phase] >= 3, f"only {killed_in[kind, phase]} kills in {kind} {phase}"


def test_acknowledged_writes_survive_a_kill(world):
    dynamodb = world.dynamodb
    dynamodb.create_table(TableName="Acknowledged", **TABLE)
    written = 0
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        dynamodb.put_item(TableName="Acknowledged", Item={"pk": {"S": f"{written}"}})
        written += 1
    world.server.kill()
    world.start()
    dynamodb = world.dynamodb
    pages = dynamodb.get_paginator("scan").paginate(TableName="Acknowledged", ConsistentRead=True)
    assert {item["pk"]["S"] for page in pages for item in page["Items"]} == {str(n) for n in range(written)}
    assert dynamodb.describe_table(TableName="Acknowledged")["Table"]["ItemCount"] == written
