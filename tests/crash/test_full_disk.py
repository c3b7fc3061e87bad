"""A disk that is really full: the whole server on a small tmpfs, in a mount namespace of its own. Exports fail with the reason and leave
nothing open, writes are refused or kept, and after the next start with room everything that was acknowledged is there and exports
are whole. Skipped where namespaces may not be made."""

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


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_full_disk_loses_nothing_that_was_acknowledged(disk, tmp_path, end):
    server = DrayServer(tmp_path / "small", "--dev")
    server.launcher = disk.launcher
    server.credentials[ACCOUNT] = ACCOUNT, "any"
    server.start()

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
        assert "no space left" in done["FailureMessage"].lower()
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
    # What is there can be read; the engine's log cannot be written any more, with room or without, until the next start.
    disk.make_room()
    for _ in range(30 if end == "stop" else 1):  # longer than the engine waits before it would look for room
        assert dynamodb.get_item(TableName="Filling", Key={"pk": {"S": "before 0"}}, ConsistentRead=True)["Item"] == items["before 0"]
        with pytest.raises(ClientError):
            put("full and refused")
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
