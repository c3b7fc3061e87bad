"""What `dray serve` may be told about exports: how often calls may come, how many may be in progress, how large a data file gets."""

import gzip
import json
import time

import pytest
from botocore.exceptions import ClientError

import check_export
from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition, refused, table_arn, wait_for


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*flags):
        server = DrayServer(tmp_path, *flags)
        server.start()
        started.append(server)
        server.create_account(OWNER)
        dynamodb = server.client("dynamodb", OWNER)
        server.client("s3", OWNER).create_bucket(Bucket="limits-bucket")
        dynamodb.create_table(TableName="Limits", **definition(pk="S"))
        dynamodb.update_continuous_backups(TableName="Limits", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
        return server, dynamodb

    yield start
    for server in started:
        assert server.stop() == 0


def calls_admitted(call, count, **arguments):
    """How many of so many calls are not throttled; the others must be, in AWS's words."""
    admitted = 0
    for _ in range(count):
        try:
            call(**arguments)
            admitted += 1
        except ClientError as error:
            if error.response["Error"]["Code"] == "ThrottlingException":
                assert error.response["Error"]["Message"] == "Rate exceeded"
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
            else:
                admitted += 1
    return admitted


def test_calls_that_come_too_fast_are_throttled_on_wish(start):
    server, dynamodb = start("--throttle")
    # Also those that are refused for another reason count.
    assert 20 <= calls_admitted(dynamodb.export_table_to_point_in_time, 60, TableArn=table_arn("Nowhere"),
                                S3Bucket="limits-bucket") < 60
    time.sleep(2.1)
    export = dynamodb.export_table_to_point_in_time(TableArn=table_arn("Limits"), S3Bucket="limits-bucket")["ExportDescription"]
    assert 12 <= calls_admitted(dynamodb.describe_export, 100, ExportArn=export["ExportArn"]) < 100
    assert 10 <= calls_admitted(dynamodb.describe_continuous_backups, 100, TableName="Limits") < 100
    assert calls_admitted(dynamodb.get_item, 100, TableName="Limits", Key={"pk": {"S": "a"}}) == 100
    time.sleep(1.1)
    assert dynamodb.describe_export(ExportArn=export["ExportArn"])


def test_nothing_is_throttled_by_default(start):
    server, dynamodb = start()
    assert calls_admitted(dynamodb.describe_continuous_backups, 100, TableName="Limits") == 100


def test_more_exports_than_the_quota_are_refused(start):
    server, dynamodb = start("--exports-max", 1)
    # Large enough to be in progress still when the next request comes.
    for batch in range(8):
        dynamodb.batch_write_item(RequestItems={"Limits": [
            dict(PutRequest=dict(Item={"pk": {"S": f"{batch} {n}"}, "v": {"S": "x" * 390_000}})) for n in range(25)]})
    export = dict(TableArn=table_arn("Limits"), S3Bucket="limits-bucket")
    first = dynamodb.export_table_to_point_in_time(**export)["ExportDescription"]["ExportArn"]
    message = refused(dynamodb.export_table_to_point_in_time, "LimitExceededException", **export)
    assert message == "Too many exports are in progress: at most 1 may run at the same time"
    done = wait_for(lambda: dynamodb.describe_export(ExportArn=first)["ExportDescription"], "ExportStatus")
    assert done["ExportStatus"] == "COMPLETED"
    second = dynamodb.export_table_to_point_in_time(**export)["ExportDescription"]["ExportArn"]
    assert wait_for(lambda: dynamodb.describe_export(ExportArn=second)["ExportDescription"], "ExportStatus")["ItemCount"] == 200


def test_data_files_have_the_size_that_was_wished(start, tmp_path):
    server, dynamodb = start("--export-file-mb", 1)
    for batch in range(8):
        dynamodb.batch_write_item(RequestItems={"Limits": [
            dict(PutRequest=dict(Item={"pk": {"S": f"{batch} {n}"}, "v": {"S": "x" * 100_000}})) for n in range(25)]})
    export = dynamodb.export_table_to_point_in_time(TableArn=table_arn("Limits"),
                                                    S3Bucket="limits-bucket")["ExportDescription"]["ExportArn"]
    assert wait_for(lambda: dynamodb.describe_export(ExportArn=export)["ExportDescription"], "ExportStatus")["ItemCount"] == 200
    server.aws(OWNER, "s3", "sync", "--no-progress", "s3://limits-bucket", tmp_path / "bucket")
    export_id = export.rsplit("/", 1)[1]
    found = check_export.check(tmp_path / "bucket", "", export_id, dict(itemCount=200), keys=("pk",))
    assert 20 <= found["data_files"] <= 30  # 20 MB of text
    for line in (tmp_path / f"bucket/AWSDynamoDB/{export_id}/manifest-files.json").read_text().splitlines():
        text = gzip.decompress((tmp_path / "bucket" / json.loads(line)["dataFileS3Key"]).read_bytes())
        assert len(text) < 1.5 * (1 << 20)
