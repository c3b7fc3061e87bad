"""A disk that is really full: the whole server on a small tmpfs, in a mount namespace of its own. Jobs fail with the reason and leave
nothing open and nothing half, writes are refused or kept, and after the next start with room everything that was acknowledged is there
and jobs are whole. Skipped where namespaces may not be made."""

import base64
import gzip
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

sys.path.append(str(Path(__file__).resolve().parent.parent / "api"))
from dray_server import DrayServer
from dynamodb_fixtures import definition, table_arn, wait_for
from raw_dynamodb import raw

ACCOUNT, BUCKET = "111122223333", "full-disk-bucket"
MIB = 1 << 20
MINUTE = 60
NO_SPACE = "There is no space left on the server's disk"


class SmallDisk:
    """A tmpfs that only processes behind `launcher` see, and a file in it that takes room away."""

    def __init__(self, folder, mib):
        folder.mkdir()
        self.holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", f"mount -t tmpfs -o size={mib}m tmpfs '{folder}' && echo mounted && exec sleep infinity"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.is_mounted = self.holder.stdout.readline() == "mounted\n"
        self.launcher = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", str(self.holder.pid)]
        self.folder = Path(f"/proc/{self.holder.pid}/root{folder}")
        self.ballast = self.folder / "ballast"

    def free(self):
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def leave(self, size):
        """Takes all room but `size` bytes."""
        with open(self.ballast, "ab") as file:
            while (more := self.free() - size) > 0:
                file.write(bytes(min(more, MIB)))
                file.flush()

    def make_room(self):
        self.ballast.unlink()

    def remove(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@pytest.fixture
def disk(tmp_path):
    made = SmallDisk(tmp_path / "small", 256)
    if not made.is_mounted:
        made.remove()
        pytest.skip("namespaces may not be made here")
    yield made
    made.remove()


@pytest.fixture
def server(disk, tmp_path):
    server = DrayServer(tmp_path / "small", "--dev")
    server.launcher = disk.launcher
    server.credentials[ACCOUNT] = ACCOUNT, "any"
    yield server.start()
    if server.process is not None:
        server.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_full_disk_loses_nothing_that_was_acknowledged(disk, server, end):
    def clients():
        return server.client("dynamodb", ACCOUNT), server.client("s3", ACCOUNT)

    dynamodb, s3 = clients()
    s3.create_bucket(Bucket=BUCKET)
    dynamodb.create_table(TableName="Filling", **definition(pk="S"))
    dynamodb.update_continuous_backups(TableName="Filling", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    time.sleep(1)  # periods begin at whole seconds
    begin = int(time.time())
    items = {}

    def put(key):
        item = {"pk": {"S": key}, "bytes": {"B": os.urandom(100_000)}}
        dynamodb.put_item(TableName="Filling", Item=item)
        items[key] = item

    def export(**members):
        status, answer = raw(server, "ExportTableToPointInTime",
                             dict(TableArn=table_arn("Filling", ACCOUNT), S3Bucket=BUCKET, **members), ACCOUNT)
        assert status == 200, answer
        arn = answer["ExportDescription"]["ExportArn"]
        return wait_for(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")

    def images(done):
        def read(key):
            return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

        assert done["ExportStatus"] == "COMPLETED", done
        entries = read(json.loads(read(done["ExportManifest"]))["manifestFilesS3Key"]).splitlines()
        lines = [json.loads(line) for entry in entries for line in gzip.decompress(read(json.loads(entry)["dataFileS3Key"])).splitlines()]
        assert len(lines) == done["ItemCount"]
        return {line["pk"]["S"]: line["bytes"]["B"] for line in (line.get("Item") or line["NewImage"] for line in lines)}

    for number in range(150):
        put(f"before {number}")
    early = set(items)
    urllib.request.urlopen(urllib.request.Request(server.endpoint + "/_dray/dev/clock", method="POST",
                                                  data=json.dumps(dict(offset_seconds=20 * MINUTE)).encode())).read()
    increment = dict(ExportType="INCREMENTAL_EXPORT",
                     IncrementalExportSpecification=dict(ExportFromTime=begin, ExportToTime=begin + 16 * MINUTE))

    # Room for records, none for data files.
    disk.leave(4 * MIB)
    for members in ({}, increment):
        done = export(**members)
        assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "UNKNOWN"), done
        assert done["FailureMessage"] == NO_SPACE
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        assert not [key for key in keys if key.endswith("manifest-summary.json")]
        assert not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")

    # Not even for writes: they are refused, and none of those that were acknowledged is lost by a kill.
    disk.leave(0)
    refused = number = 0
    while refused < 10:  # the log's file has room of its own for a while
        disk.leave(0)
        number += 1
        assert number < 5000
        try:
            put(f"full {number}")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error
            refused += 1
    print("puts:", number, "refused:", refused)
    assert dynamodb.get_item(TableName="Filling", Key={"pk": {"S": "before 0"}}, ConsistentRead=True)["Item"] == items["before 0"]
    # What is there can be read. The engine's log cannot be written any more, with room or without, until the next start; unless a
    # flush had found no room before it: then the engine is on its way back already, and takes writes once it is there.
    disk.make_room()
    for number in range(30 if end == "stop" else 1):  # longer than the engine waits before it looks for room
        assert dynamodb.get_item(TableName="Filling", Key={"pk": {"S": "before 0"}}, ConsistentRead=True)["Item"] == items["before 0"]
        try:
            put(f"full with room {number}")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error
        time.sleep(0.2)
    server.kill() if end == "kill" else server.stop()
    server.start()
    dynamodb, s3 = clients()
    pages = dynamodb.get_paginator("scan").paginate(TableName="Filling", ConsistentRead=True)
    found = {item["pk"]["S"]: item["bytes"]["B"] for page in pages for item in page["Items"]}
    acknowledged = {key: item["bytes"]["B"] for key, item in items.items()}
    assert found.items() >= acknowledged.items()
    # What was refused may be there, as after any answer of 500, and nothing else.
    assert all(key.startswith("full ") for key in found.keys() - acknowledged.keys())
    put("afterwards")
    assert set(images(export())) == found.keys() | {"afterwards"}
    assert set(images(export(**increment))) == early
    assert not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
    assert server.stop() == 0


def test_imports_and_restores_that_find_the_disk_full_leave_no_table(disk, server):
    """From no room at all to room enough; what is left behind would make the last ones fail."""
    dynamodb, s3 = server.client("dynamodb", ACCOUNT), server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=BUCKET)
    dynamodb.create_table(TableName="Source", **definition(pk="S"))
    items = {}
    for number in range(200):
        item = {"pk": {"S": f"item {number}"}, "bytes": {"B": os.urandom(100_000)}}
        dynamodb.put_item(TableName="Source", Item=item)
        items[item["pk"]["S"]] = item["bytes"]["B"]
    backup = dynamodb.create_backup(TableName="Source", BackupName="all-of-it")["BackupDetails"]["BackupArn"]
    for part in range(4):
        lines = "".join(json.dumps(dict(Item=dict(pk=dict(S=key), bytes=dict(B=base64.b64encode(items[key]).decode())))) + "\n"
                        for key in sorted(items)[part::4])
        s3.put_object(Bucket=BUCKET, Key=f"in/{part}", Body=lines.encode())

    def imported(name):
        arn = dynamodb.import_table(
            ClientToken=name, S3BucketSource=dict(S3Bucket=BUCKET, S3KeyPrefix="in/"), InputFormat="DYNAMODB_JSON",
            TableCreationParameters=dict(TableName=name, **definition(pk="S")))["ImportTableDescription"]["ImportArn"]
        done = wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")
        if done["ImportStatus"] == "FAILED":
            assert (done["FailureCode"], done["FailureMessage"]) == ("UNKNOWN", NO_SPACE), done
        return done["ImportStatus"] == "COMPLETED"

    def restored(name):
        dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=backup)
        deadline = time.time() + 120
        while time.time() < deadline:
            try:
                if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE":
                    return True
            except dynamodb.exceptions.ResourceNotFoundException:
                return False
            time.sleep(0.05)
        raise AssertionError("the restore does not end")

    for job in (imported, restored):
        outcomes = []
        for room in (1, 6, 12, 18, 24, 60):
            disk.leave(room * MIB)
            name = f"{job.__name__}-{room}"
            outcomes.append(job(name))
            disk.make_room()
            tables = set(dynamodb.list_tables()["TableNames"])
            assert (name in tables) == outcomes[-1], outcomes
            if outcomes[-1]:
                pages = dynamodb.get_paginator("scan").paginate(TableName=name)
                assert {item["pk"]["S"]: item["bytes"]["B"] for page in pages for item in page["Items"]} == items
                dynamodb.delete_table(TableName=name)
        assert not outcomes[0] and outcomes[-1], outcomes
        print(job.__name__, outcomes)
    deadline = time.time() + 60  # removed in the background
    while leftovers := [found for folder in ("loads", "kv/bulk") for found in (disk.folder / folder).rglob("*") if found.is_file()]:
        assert time.time() < deadline, leftovers
        time.sleep(0.05)
    assert server.stop() == 0
