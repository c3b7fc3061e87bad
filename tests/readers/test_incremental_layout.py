"""Incremental exports of a running server keep every rule of their layout, in both formats and both views; all under one prefix share one
folder of data files."""

import json
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import check_export
from dray_server import DrayServer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))
from dynamodb_fixtures import OWNER, definition, table_arn, wait_for  # noqa: E402
from raw_dynamodb import raw  # noqa: E402


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    """(server, first second, last second) of a period in which items were put, changed, deleted, and put and deleted."""
    server = DrayServer(tmp_path_factory.mktemp("incremental"), "--dev")
    server.start()
    server.credentials[OWNER] = (OWNER, "any")
    dynamodb = server.client("dynamodb", OWNER)
    server.client("s3", OWNER).create_bucket(Bucket="incremental-bucket")
    dynamodb.create_table(TableName="Changing", **definition(pk="S", sk="N"))
    dynamodb.update_continuous_backups(TableName="Changing", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))

    def put(*names):
        for name in names:
            dynamodb.put_item(TableName="Changing", Item={"pk": {"S": name}, "sk": {"N": "1.5"}, "at": {"N": str(time.time_ns())},
                                                          "text": {"S": "zażółć \n\" 🦑"}, "tags": {"SS": ["a", "b"]}})

    def delete(*names):
        for name in names:
            dynamodb.delete_item(TableName="Changing", Key={"pk": {"S": name}, "sk": {"N": "1.5"}})

    def move(minutes):
        body = json.dumps(dict(offset_seconds=60 * minutes)).encode()
        urllib.request.urlopen(urllib.request.Request(server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    put("kept", "changed", "deleted", "put again")
    move(5)
    first = int(time.time()) + 5 * 60
    time.sleep(1.1)
    put("new", "changed", "short")
    put("changed")
    delete("deleted", "short", "put again")
    put("put again")
    move(25)
    yield server, first, int(time.time()) + 24 * 60
    assert server.stop() == 0


@pytest.mark.parametrize("view", ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])
@pytest.mark.parametrize("format", ["DYNAMODB_JSON", "ION"])
def test_every_rule_is_kept(changes, format, view, tmp_path):
    server, first, last = changes
    status, answer = raw(server, "ExportTableToPointInTime", dict(
        TableArn=table_arn("Changing"), S3Bucket="incremental-bucket", S3Prefix="chain", ExportType="INCREMENTAL_EXPORT",
        ExportFormat=format, IncrementalExportSpecification=dict(ExportFromTime=first, ExportToTime=last, ExportViewType=view)))
    assert status == 200, answer
    arn = answer["ExportDescription"]["ExportArn"]
    done = wait_for(lambda: raw(server, "DescribeExport", dict(ExportArn=arn))[1]["ExportDescription"], "ExportStatus")
    assert done["ExportStatus"] == "COMPLETED", done
    server.aws(OWNER, "s3", "sync", "--no-progress", "s3://incremental-bucket", tmp_path)
    found = check_export.check(tmp_path, "chain", arn.rsplit("/", 1)[1], dict(
        exportArn=arn, tableArn=table_arn("Changing"), itemCount=4, outputFormat=format, outputView=view), keys=("pk", "sk"))
    assert found["items"] == 4
    assert {path.parent for path in tmp_path.rglob("*.gz")} == {tmp_path / "chain/AWSDynamoDB/data"}
