"""ExportTableToPointInTime and its descriptions: checks in AWS's order and words, presence of members, tokens, lists."""

import base64
import datetime
import gzip
import hashlib
import json
import re
import time
import uuid

import pytest

from dray_server import REGION
from dynamodb_fixtures import OTHER, OWNER, dynamodb, make_table, refused, server, table_arn, unsupported, wait_for  # noqa: F401
from raw_dynamodb import raw, raw_refused


@pytest.fixture(scope="module")
def bucket(server):
    server.client("s3", OWNER).create_bucket(Bucket="export-bucket")
    return "export-bucket"


@pytest.fixture(scope="module")
def table(dynamodb):
    name = make_table(dynamodb, pk="S", sk="N")
    for number in range(20):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}})
    recovery(dynamodb, name, True)
    return name


def recovery(dynamodb, name, enabled):
    dynamodb.update_continuous_backups(TableName=name,
                                       PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=enabled))


def finished(dynamodb, arn):
    return wait_for(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")


def test_an_export_from_acceptance_to_completion(server, dynamodb, table, bucket):
    started = dynamodb.export_table_to_point_in_time(
        TableArn=table_arn(table), S3Bucket=bucket, S3Prefix="some/prefix", ClientToken="one")["ExportDescription"]
    arn = started["ExportArn"]
    assert arn.startswith(table_arn(table) + "/export/")
    milliseconds, suffix = arn.rsplit("/", 1)[1].split("-")
    assert len(milliseconds) == 14 and len(suffix) == 8
    assert abs(int(milliseconds) / 1000 - started["StartTime"].timestamp()) < 0.001
    assert started["ExportStatus"] == "IN_PROGRESS"
    assert started["ExportTime"] == started["StartTime"]
    assert started["S3SseAlgorithm"] == "AES256" and started["ExportFormat"] == "DYNAMODB_JSON"
    assert started["TableId"] == dynamodb.describe_table(TableName=table)["Table"]["TableId"]
    assert started["ClientToken"] == "one" and started["S3Prefix"] == "some/prefix"
    for absent in ("S3BucketOwner", "ExportType", "EndTime", "ExportManifest", "FailureCode", "BilledSizeBytes"):
        assert absent not in started
    done = finished(dynamodb, arn)
    assert done["ExportStatus"] == "COMPLETED", done
    assert done["ItemCount"] == 20 and done["BilledSizeBytes"] >= 0 and done["EndTime"] >= done["StartTime"]
    assert done["ExportManifest"] == f"some/prefix/AWSDynamoDB/{arn.rsplit('/', 1)[1]}/manifest-summary.json"
    assert "ExportType" not in done and "FailureCode" not in done
    assert server.client("s3", OWNER).head_object(Bucket=bucket, Key=done["ExportManifest"])
    # The same token gives the same export, also now; other parameters are a conflict.
    again = dynamodb.export_table_to_point_in_time(TableArn=table_arn(table), S3Bucket=bucket, S3Prefix="some/prefix",
                                                   ClientToken="one")["ExportDescription"]
    assert again == done
    refused(dynamodb.export_table_to_point_in_time, "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters", TableArn=table_arn(table), S3Bucket=bucket,
            S3Prefix="other", ClientToken="one")


def test_an_export_in_ion(server, dynamodb, table, bucket):
    arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn(table), S3Bucket=bucket, S3Prefix="ion",
                                                 ExportFormat="ION")["ExportDescription"]["ExportArn"]
    done = finished(dynamodb, arn)
    assert done["ExportStatus"] == "COMPLETED", done
    assert done["ExportFormat"] == "ION" and done["ItemCount"] == 20
    s3 = server.client("s3", OWNER)
    folder = f"ion/AWSDynamoDB/{arn.rsplit('/', 1)[1]}/"
    content = {listed["Key"][len(folder):]: s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
               for listed in s3.list_objects_v2(Bucket=bucket, Prefix="ion/")["Contents"]}
    data = {name: text for name, text in content.items() if name.startswith("data/")}
    assert set(content) - set(data) == {"_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json",
                                        "manifest-summary.md5"}
    summary = json.loads(content["manifest-summary.json"])
    assert summary["outputFormat"] == "ION" and summary["version"] == "2020-06-30" and summary["itemCount"] == 20
    lines = []
    for line in content["manifest-files.json"].splitlines():
        file = json.loads(line)
        body = data.pop(file["dataFileS3Key"][len(folder):])
        assert re.fullmatch(r"data/[a-z2-7]{26}\.ion\.gz", file["dataFileS3Key"][len(folder):])
        assert file["md5Checksum"] == base64.b64encode(hashlib.md5(body).digest()).decode()
        text = gzip.decompress(body).decode()
        assert text.count("\n") == file["itemCount"] and (text == "" or text.endswith("\n"))
        lines += text.splitlines()
    assert not data
    assert sorted(lines) == sorted(f'$ion_1_0 {{Item:{{pk:"p",sk:{"1d1" if number == 10 else f"{number}."}}}}}' for number in range(20))
    refused(dynamodb.export_table_to_point_in_time, "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters", TableArn=table_arn(table), S3Bucket=bucket,
            S3Prefix="ion", ClientToken=done["ClientToken"])


def test_given_members_are_echoed(server, table, bucket):
    status, answer = raw(server, "ExportTableToPointInTime", dict(
        TableArn=table_arn(table), S3Bucket=bucket, S3BucketOwner=OWNER, ExportType="FULL_EXPORT", SomethingNew=[1]))
    assert status == 200
    description = answer["ExportDescription"]
    assert description["S3BucketOwner"] == OWNER and description["ExportType"] == "FULL_EXPORT"
    assert description["DestinationType"] == "S3" and description["ClientToken"]


def test_an_export_of_an_earlier_second(server, dynamodb, bucket):
    name = make_table(dynamodb)
    recovery(dynamodb, name, True)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "before"}})
    time.sleep(1.1)
    moment = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(1.1)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "after"}})
    arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn(name), S3Bucket=bucket,
                                                 ExportTime=moment)["ExportDescription"]["ExportArn"]
    done = finished(dynamodb, arn)
    assert done["ItemCount"] == 1 and int(done["ExportTime"].timestamp()) == int(moment.timestamp())


@pytest.mark.parametrize("changes, message", [
    (dict(ExportFormat="XML"), "1 validation error detected: Value 'XML' at 'exportFormat' failed to satisfy constraint: Member "
                               "must satisfy enum value set: [DYNAMODB_JSON, ION]"),
    (dict(ExportFormat="CSV"), "1 validation error detected: Value 'CSV' at 'exportFormat' failed to satisfy constraint: Member "
                               "must satisfy enum value set: [DYNAMODB_JSON, ION]"),
    (dict(S3BucketOwner="12"), "1 validation error detected: Value '12' at 's3BucketOwner' failed to satisfy constraint: Member "
                               "must satisfy regular expression pattern: [0-9]{12}"),
    (dict(TableArn="name"), "One or more parameter values were invalid: tableArn is not a valid ARN"),
    (dict(TableArn=table_arn("some") + "/index/i"), "Invalid Request: Table ARN is invalid."),
    (dict(S3SseKmsKeyId="k"), "Invalid Request: KMS Key Id is not supported for this encryption type"),
    (dict(IncrementalExportSpecification={}), "Invalid Request: Export Type expected to be Incremental Export when incremental "
                                              "export specification is provided"),
    (dict(ExportType="INCREMENTAL_EXPORT"), "Invalid Request: Incremental Export Specification expected when export type is set as "
                                            "Incremental Export"),
    (dict(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=dict(ExportToTime=1)),
     "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"),
    (dict(S3SseAlgorithm="KMS"), unsupported("S3SseAlgorithm KMS")),
])
def test_wrong_requests_are_refused(server, table, bucket, changes, message):
    wanted = {"TableArn": table_arn(table), "S3Bucket": bucket, **changes}
    raw_refused(server, "ExportTableToPointInTime", wanted, "ValidationException", message)


def test_the_table_is_checked_before_the_token_and_recovery_before_the_time(dynamodb, bucket):
    export = dynamodb.export_table_to_point_in_time
    refused(export, "TableNotFoundException", f"Table not found: {table_arn('nowhere')}", TableArn=table_arn("nowhere"),
            S3Bucket=bucket)
    refused(export, "AccessDeniedException", "Access is denied", TableArn=table_arn("some", OTHER), S3Bucket=bucket)
    name = make_table(dynamodb)
    off = f"Point in time recovery is not enabled for table '{name}'"
    future = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    refused(export, "PointInTimeRecoveryUnavailableException", off, TableArn=table_arn(name), S3Bucket="no such bucket here"
            .replace(" ", "-"), ExportTime=future)
    recovery(dynamodb, name, True)
    refused(export, "InvalidExportTimeException", "Export Time is invalid", TableArn=table_arn(name), S3Bucket=bucket,
            ExportTime=future)
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    refused(export, "InvalidExportTimeException", "Export Time is invalid", TableArn=table_arn(name), S3Bucket=bucket,
            ExportTime=past)


def test_a_missing_bucket_is_found_by_the_job(server, dynamodb, table):
    arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn(table),
                                                 S3Bucket="missing-bucket")["ExportDescription"]["ExportArn"]
    done = finished(dynamodb, arn)
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert done["FailureMessage"].startswith("The specified bucket does not exist (Service: Amazon S3; Status Code: 404;")
    assert "EndTime" in done and "ExportManifest" not in done


def test_a_closed_bucket_fails_the_job_and_its_policy_is_not_quoted_to_others(server, dynamodb, table):
    server.client("s3", OTHER).create_bucket(Bucket="closed-bucket")
    arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn(table), S3Bucket="closed-bucket",
                                                 S3BucketOwner=OTHER)["ExportDescription"]["ExportArn"]
    done = finished(dynamodb, arn)
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied")
    # What the bucket's policy says is for its own account.
    status, answer = raw(server, "DescribeExport", dict(ExportArn=arn))
    assert status == 200 and "FailureDetail" not in answer["ExportDescription"]
    assert "Contents" not in server.client("s3", OTHER).list_objects_v2(Bucket="closed-bucket")


def test_descriptions_of_what_is_not_there(server, dynamodb, table):
    unknown = table_arn(table) + "/export/01693467621041-039fcf72"
    refused(dynamodb.describe_export, "ExportNotFoundException", f"Export not found: Export not found: {unknown}",
            ExportArn=unknown)
    refused(dynamodb.describe_export, "ExportNotFoundException", "Export not found: Invalid export arn",
            ExportArn=unknown.replace(REGION, "eu-west-3"))
    refused(dynamodb.describe_export, "ValidationException", "Invalid Export ARN", ExportArn=table_arn(table))
    refused(dynamodb.describe_export, "AccessDeniedException", "Access is denied", ExportArn=unknown.replace(OWNER, OTHER))


def test_lists_are_newest_first_and_end_with_the_table(server, dynamodb, bucket):
    name = make_table(dynamodb)
    recovery(dynamodb, name, True)
    arns = []
    for _ in range(12):
        started = dynamodb.export_table_to_point_in_time(TableArn=table_arn(name), S3Bucket=bucket, ClientToken=uuid.uuid4().hex)
        arns.append(started["ExportDescription"]["ExportArn"])
    assert len(set(arns)) == 12
    newest_first = sorted(arns, reverse=True)
    first = dynamodb.list_exports(TableArn=table_arn(name))
    assert [summary["ExportArn"] for summary in first["ExportSummaries"]] == newest_first[:10]
    rest = dynamodb.list_exports(TableArn=table_arn(name), NextToken=first["NextToken"])
    assert [summary["ExportArn"] for summary in rest["ExportSummaries"]] == newest_first[10:] and "NextToken" not in rest
    paged = dynamodb.list_exports(TableArn=table_arn(name), MaxResults=5)
    assert [summary["ExportArn"] for summary in paged["ExportSummaries"]] == newest_first[:5]
    assert {*newest_first} <= {summary["ExportArn"] for page in dynamodb.get_paginator("list_exports").paginate()
                               for summary in page["ExportSummaries"]} if dynamodb.can_paginate("list_exports") else True
    message = refused(dynamodb.list_exports, "ValidationException", NextToken="invented")
    assert message.startswith("Invalid Request: Provided nextToken is invalid: ")
    for arn in arns:
        assert finished(dynamodb, arn)["ExportStatus"] == "COMPLETED"
    _, summaries = raw(server, "ListExports", dict(TableArn=table_arn(name), MaxResults=1))
    assert summaries["ExportSummaries"][0] == dict(ExportArn=newest_first[0], ExportStatus="COMPLETED", ExportType="FULL_EXPORT")
    dynamodb.delete_table(TableName=name)
    assert dynamodb.list_exports(TableArn=table_arn(name))["ExportSummaries"] == []
    assert dynamodb.describe_export(ExportArn=arns[0])["ExportDescription"]["ExportStatus"] == "COMPLETED"
    # Of another account nothing is listed.
    assert server.client("dynamodb", OTHER).list_exports()["ExportSummaries"] == []


def test_a_table_that_is_deleted_meanwhile_is_exported_all_the_same(dynamodb, bucket):
    name = make_table(dynamodb)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    recovery(dynamodb, name, True)
    arn = dynamodb.export_table_to_point_in_time(TableArn=table_arn(name), S3Bucket=bucket)["ExportDescription"]["ExportArn"]
    dynamodb.delete_table(TableName=name)
    done = finished(dynamodb, arn)
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", 1)
