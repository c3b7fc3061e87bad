"""Data folders of released formats are opened by this version, and everything is there: see tests/golden/data_folder/README.md."""

import configparser
import os
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

from dray_server import ROOT, DrayServer, REGION

ACCOUNT = "111122223333"
PRESENT_FORMAT = 2
GOLDEN = ROOT / "tests/golden/data_folder"
TABLE = dict(TableName="Golden", BillingMode="PAY_PER_REQUEST",
             KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="sk", KeyType="RANGE")],
             AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S"), dict(AttributeName="sk", AttributeType="N")])
ITEMS = [{"pk": {"S": f"p{n % 3}"}, "sk": {"N": str(n)}, "all": {"M": {
    "s": {"S": "żółw"}, "n": {"N": "-1.5"}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True}, "z": {"NULL": True},
    "l": {"L": [{"SS": ["a", "b"]}, {"NS": ["1", "2"]}, {"BS": [b"x"]}]}}}} for n in range(10)]


def finished_export(dynamodb, arn):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        if found["ExportStatus"] != "IN_PROGRESS":
            return found
        time.sleep(0.02)
    raise AssertionError("the export did not end")


def write_golden(folder, path):
    server = DrayServer(folder)
    server.start()
    server.create_account(ACCOUNT)
    dynamodb, s3 = server.client("dynamodb", ACCOUNT), server.client("s3", ACCOUNT)
    dynamodb.create_table(**TABLE)
    dynamodb.update_continuous_backups(TableName="Golden", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    for item in ITEMS:
        dynamodb.put_item(TableName="Golden", Item={**item, "all": {"S": "an older value"}})
        dynamodb.put_item(TableName="Golden", Item=item)
    s3.create_bucket(Bucket="golden-bucket")
    s3.put_object(Bucket="golden-bucket", Key="small", Body=b"in the index")
    s3.put_object(Bucket="golden-bucket", Key="large", Body=b"in a file" * 2000, Metadata={"kept": "yes"})
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Golden", S3Bucket="golden-bucket")["ExportDescription"]["ExportArn"]
    assert finished_export(dynamodb, arn)["ExportStatus"] == "COMPLETED"
    assert server.stop() == 0
    with tarfile.open(path, "w:gz") as archive:
        archive.add(server.data, "data", filter=lambda entry: None if entry.name.endswith((".sock", "/LOCK")) else entry)


@pytest.mark.parametrize("number", [1, PRESENT_FORMAT])
def test_a_folder_of_a_released_format_is_opened_with_everything_in_it(tmp_path, number):
    path = GOLDEN / f"format-{number}.tar.gz"
    if os.environ.get("UPDATE_GOLDEN") == "1" and number == PRESENT_FORMAT:
        write_golden(tmp_path / "made", path)
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path)
    server = DrayServer(tmp_path)
    server.start()
    assert (server.data / "FORMAT").read_text().startswith(f"dray-data-format {PRESENT_FORMAT}\n")
    profiles = configparser.ConfigParser()
    profiles.read(server.data / "credentials")
    keys = profiles[ACCOUNT]
    server.credentials[ACCOUNT] = keys["aws_access_key_id"], keys["aws_secret_access_key"]
    dynamodb, s3 = server.client("dynamodb", ACCOUNT), server.client("s3", ACCOUNT)
    assert sorted(dynamodb.scan(TableName="Golden")["Items"], key=lambda item: int(item["sk"]["N"])) == ITEMS
    assert dynamodb.describe_table(TableName="Golden")["Table"]["ItemCount"] == len(ITEMS)
    backups = dynamodb.describe_continuous_backups(TableName="Golden")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert s3.get_object(Bucket="golden-bucket", Key="small")["Body"].read() == b"in the index"
    if number == 1:  # older than these settings, the bucket goes on as it was: nothing blocks public access
        with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
            s3.get_public_access_block(Bucket="golden-bucket")
    else:
        block = s3.get_public_access_block(Bucket="golden-bucket")["PublicAccessBlockConfiguration"]
        assert len(block) == 4 and all(block.values())
    controls = s3.get_bucket_ownership_controls(Bucket="golden-bucket")["OwnershipControls"]
    assert controls == dict(Rules=[dict(ObjectOwnership="BucketOwnerEnforced")])
    large = s3.get_object(Bucket="golden-bucket", Key="large")
    assert large["Body"].read() == b"in a file" * 2000 and large["Metadata"] == {"kept": "yes"}
    exports = dynamodb.list_exports()["ExportSummaries"]
    assert [found["ExportStatus"] for found in exports] == ["COMPLETED"]
    # And it goes on from there: a new export, with a time behind all stored ones.
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Golden", S3Bucket="golden-bucket")["ExportDescription"]["ExportArn"]
    assert finished_export(dynamodb, arn)["ItemCount"] == len(ITEMS)
    assert server.stop() == 0
