"""Exports and imports are shown for 90 days after their end, by the clock of --dev; their objects and tables stay."""

import json
import time
import urllib.request

from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition, refused, table_arn, wait_for

DAY = 86400


def test_jobs_are_forgotten_after_90_days(tmp_path):
    server = DrayServer(tmp_path, "--dev")
    server.start()
    server.credentials[OWNER] = (OWNER, "any")
    dynamodb, s3 = server.client("dynamodb", OWNER), server.client("s3", OWNER)
    s3.create_bucket(Bucket="kept-bucket")
    dynamodb.create_table(TableName="Kept", **definition(pk="S"))
    dynamodb.update_continuous_backups(TableName="Kept", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))

    def move(days):
        body = json.dumps(dict(offset_seconds=days * DAY)).encode()
        urllib.request.urlopen(urllib.request.Request(server.endpoint + "/_dray/dev/clock", data=body, method="POST")).read()

    def export(token):
        arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn("Kept"), S3Bucket="kept-bucket",
                                                     ClientToken=token)["ExportDescription"]["ExportArn"]
        return wait_for(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")

    def listed():
        return ([summary["ExportArn"] for summary in dynamodb.list_exports()["ExportSummaries"]],
                [summary["ImportArn"] for summary in dynamodb.list_imports()["ImportSummaryList"]])

    s3.put_object(Bucket="kept-bucket", Key="in/bad.json", Body='{"Item":{"other":{"S":"no key"}}}\n{"Item":{"pk":{"S":"a"}}}\n')
    imported = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket="kept-bucket", S3KeyPrefix="in/"), InputFormat="DYNAMODB_JSON", ClientToken="in",
        TableCreationParameters=dict(TableName="Imported", **definition(pk="S")))["ImportTableDescription"]["ImportArn"]
    wait_for(lambda: dynamodb.describe_import(ImportArn=imported)["ImportTableDescription"], "ImportStatus")
    first = export("a token")
    move(2)
    second = export("a token")  # it was valid for eight hours
    assert second["ExportArn"] != first["ExportArn"]
    move(89)
    time.sleep(11)  # a round of the garbage collector
    assert listed() == ([second["ExportArn"], first["ExportArn"]], [imported])
    move(91)
    until = time.monotonic() + 30
    while listed() != ([second["ExportArn"]], []):
        assert time.monotonic() < until, listed()
        time.sleep(0.2)
    refused(dynamodb.describe_export, "ExportNotFoundException", f"Export not found: Export not found: {first['ExportArn']}",
            ExportArn=first["ExportArn"])
    refused(dynamodb.describe_import, "ImportNotFoundException", ImportArn=imported)
    assert dynamodb.describe_export(ExportArn=second["ExportArn"])["ExportDescription"] == second
    # What they made stays.
    assert s3.head_object(Bucket="kept-bucket", Key=first["ExportManifest"])
    assert dynamodb.get_item(TableName="Imported", Key={"pk": {"S": "a"}})["Item"]
    assert server.stop() == 0
