"""Exports that fail, as a client sees them: AWS's codes and texts, the full reason beside them for those who may see it, and what is left
in the bucket when a policy changes while a job runs."""

import json
import os
import re
import time

import pytest

from dray_server import DrayServer
from dynamodb_fixtures import OTHER, OWNER, definition, table_arn, wait_for
from raw_dynamodb import raw

SUFFIX = r" \(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: [0-9A-F]{16}; " \
         r"S3 Extended Request ID: [A-Za-z0-9+/=]+; Proxy: null\)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("failures"), "--export-file-mb", 1)
    started.start()
    started.create_account(OWNER)
    started.create_account(OTHER)
    dynamodb = started.client("dynamodb", OWNER)
    dynamodb.create_table(TableName="Failing", **definition(pk="S"))
    for batch in range(12):
        dynamodb.batch_write_item(RequestItems={"Failing": [
            dict(PutRequest=dict(Item={"pk": {"S": f"{batch} {n}"}, "v": {"B": os.urandom(200_000)}})) for n in range(25)]})
    dynamodb.update_continuous_backups(TableName="Failing", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    yield started
    assert started.stop() == 0


def make_bucket(server, account, name):
    s3 = server.client("s3", account)
    s3.create_bucket(Bucket=name)
    return s3


def policy(bucket, *statements):
    return json.dumps(dict(Version="2012-10-17", Statement=[
        dict(Principal="*", Resource=f"arn:aws:s3:::{bucket}/*", **statement) for statement in statements]))


def start(server, bucket, **parameters):
    return server.client("dynamodb", OWNER).export_table_to_point_in_time(
        TableArn=table_arn("Failing"), S3Bucket=bucket, **parameters)["ExportDescription"]["ExportArn"]


def failed(server, arn):
    """The raw description, with members of ours, of an export that must fail."""
    done = wait_for(lambda: raw(server, "DescribeExport", dict(ExportArn=arn))[1]["ExportDescription"], "ExportStatus")
    assert done["ExportStatus"] == "FAILED" and "EndTime" in done and "ExportManifest" not in done, done
    return done


def names_in(s3, bucket):
    return [listed["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for listed in page.get("Contents", [])]


def test_a_denial_in_the_own_bucket_is_told_in_full(server):
    s3 = make_bucket(server, OWNER, "own-bucket")
    s3.put_bucket_policy(Bucket="own-bucket", Policy=policy("own-bucket", dict(Sid="NoExports", Effect="Deny", Action="s3:PutObject")))
    arn = start(server, "own-bucket")
    done = failed(server, arn)
    assert done["FailureCode"] == "S3AccessDenied"
    key = f"AWSDynamoDB/{arn.rsplit('/', 1)[1]}/_started"
    assert re.fullmatch(re.escape(f'User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:PutObject on resource: '
                                  f'"arn:aws:s3:::own-bucket/{key}" with an explicit deny in a resource-based policy') + SUFFIX,
                        done["FailureMessage"]), done["FailureMessage"]
    assert "NoExports" in done["FailureDetail"] and key in done["FailureDetail"]
    assert names_in(s3, "own-bucket") == []


def test_a_denial_in_a_foreign_bucket_tells_nothing_of_its_policy(server):
    s3 = make_bucket(server, OTHER, "foreign-bucket")
    s3.put_bucket_policy(Bucket="foreign-bucket", Policy=policy("foreign-bucket", dict(Sid="Secret", Effect="Deny", Action="s3:*")))
    done = failed(server, start(server, "foreign-bucket", S3BucketOwner=OTHER))
    assert done["FailureCode"] == "S3AccessDenied" and re.fullmatch("Access Denied" + SUFFIX, done["FailureMessage"])
    assert "FailureDetail" not in done and "Secret" not in json.dumps(done)
    # S3BucketOwner left out means the caller's account.
    done = failed(server, start(server, "foreign-bucket"))
    assert done["FailureCode"] == "S3AccessDenied" and "S3BucketOwner" not in done


def test_a_policy_that_changes_while_an_export_runs_fails_it(server):
    s3 = make_bucket(server, OWNER, "changing-bucket")
    arn = start(server, "changing-bucket")
    while not any("/data/" in name for name in names_in(s3, "changing-bucket")):
        time.sleep(0.005)
    s3.put_bucket_policy(Bucket="changing-bucket", Policy=policy(
        "changing-bucket", dict(Effect="Deny", Action=["s3:PutObject", "s3:AbortMultipartUpload"])))
    done = failed(server, arn)
    assert done["FailureCode"] == "S3AccessDenied" and "s3:PutObject" in done["FailureMessage"]
    names = names_in(s3, "changing-bucket")
    assert names and not any("manifest" in name for name in names)  # as on AWS, files that were written stay
    left = s3.list_multipart_uploads(Bucket="changing-bucket").get("Uploads", [])
    for upload in left:
        assert f"{upload['Key']} (upload {upload['UploadId']}" in done["FailureDetail"]
    # Once the policy is gone, the next export is whole.
    s3.delete_bucket_policy(Bucket="changing-bucket")
    arn = start(server, "changing-bucket")
    done = wait_for(lambda: raw(server, "DescribeExport", dict(ExportArn=arn))[1]["ExportDescription"], "ExportStatus")
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", 300)
