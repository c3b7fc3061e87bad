"""Exports of a running server, read by what we did not write: Debian's `aws s3 sync` fetches them, a reader of 20 lines gives back every
item, and check_export.py finds every rule of the layout kept, in both formats, with and without prefix, with empty partitions. DuckDB and
ion-js are in tests/js."""

import base64
import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

import check_export
from dray_server import REGION, DrayServer

OWNER = "111122223333"
HERE = Path(__file__).resolve().parent
DIGITS = "12345678901234567890123456789012345678"


def items():
    """A little of everything, in boto3's wire form, and rows enough for every partition."""
    numbers = ["0", "-1", "600", "-2000", "1.5", "0.000001", "0.0000001", DIGITS, f"-0.{DIGITS}", "0." + "0" * 129 + "1",
               "9" * 38 + "0" * 88]
    texts = ["", "two\nlines\t", "".join(map(chr, range(128))), "zażółć 日本語 🦑", "\u0080\u2028\ufeff", "quote \" backslash \\ slash /"]
    names = ["a.b", "has space", "null", "9lives", "it's", "$7", "$ion_1_0", "Item", "🦑", "x" * 300]
    blobs = [bytes(range(size)) for size in (0, 1, 2, 3, 255)]
    deep = {"SS": ["bottom"]}
    for _ in range(14):
        deep = {"L": [{"M": {"is even": deep}}]}
    special = [dict(numbers={"L": [{"N": n} for n in numbers]}, set={"NS": numbers}),
               dict(texts={"L": [{"S": t} for t in texts]}, set={"SS": texts}),
               dict(blobs={"L": [{"B": b} for b in blobs]}, set={"BS": blobs}), {name: {"N": "1"} for name in names},
               dict(names={"M": {name: {"S": name} for name in names}}),
               dict(deep=deep, yes={"BOOL": True}, no={"BOOL": False}, nothing={"NULL": True}), dict(list={"L": []}, map={"M": {}})]
    for index, attributes in enumerate(special):
        yield dict(attributes, pk={"S": f"special {index}"}, sk={"N": "0.5"})
    for index in range(500):
        yield dict(pk={"S": f"partition {index % 50}"}, sk={"N": str(index)}, text={"S": "x" * index})


def canonical(value):
    (type, content), = value.items()
    if type in ("N", "NS"):
        return [type, sorted(map(str, (Decimal(n) for n in ([content] if type == "N" else content))))]
    if type in ("SS", "BS"):
        return [type, sorted(content)]
    if type == "L":
        return [type, [canonical(member) for member in content]]
    if type == "M":
        return [type, {name: canonical(member) for name, member in sorted(content.items())}]
    return [type, content]


def by_key(all_items):
    found = {}
    for item in all_items:
        key = item["pk"]["S"], item["sk"]["N"]
        assert key not in found
        found[key] = canonical({"M": item})
    return found


def as_text(value):
    """What boto3 gives as bytes is base64 in an export."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: as_text(member) for name, member in value.items()}
    return [as_text(member) for member in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("readers"))
    started.start()
    started.create_account(OWNER)
    started.client("s3", OWNER).create_bucket(Bucket="reader-bucket")
    yield started
    assert started.stop() == 0


def make_table(server, name, rows, **types):
    dynamodb = server.client("dynamodb", OWNER)
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                          AttributeDefinitions=[dict(AttributeName=key, AttributeType=type) for key, type in types.items()],
                          KeySchema=[dict(AttributeName=key, KeyType=kind) for key, kind in zip(types, ("HASH", "RANGE"))])
    for at in range(0, len(rows), 25):
        dynamodb.batch_write_item(RequestItems={name: [dict(PutRequest=dict(Item=row)) for row in rows[at:at + 25]]})
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    return f"arn:aws:dynamodb:{REGION}:{OWNER}:table/{name}"


@pytest.fixture(scope="module")
def table(server):
    return make_table(server, "Everything", list(items()), pk="S", sk="N")


def exported(server, table, tree, **parameters):
    """Exports, waits, fetches the bucket with aws s3 sync: the finished description."""
    dynamodb = server.client("dynamodb", OWNER)
    arn = dynamodb.export_table_to_point_in_time(TableArn=table, S3Bucket="reader-bucket", **parameters)["ExportDescription"]["ExportArn"]
    while (done := dynamodb.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        time.sleep(0.05)
    assert done["ExportStatus"] == "COMPLETED", done
    server.aws(OWNER, "s3", "sync", "--no-progress", "s3://reader-bucket", tree)
    return done


def test_a_reader_of_20_lines_gives_back_every_item(server, table, tmp_path):
    assert len((HERE / "read_export.py").read_text().splitlines()) <= 20
    done = exported(server, table, tmp_path, S3Prefix="for/a stranger")
    read = subprocess.run([sys.executable, HERE / "read_export.py", tmp_path / done["ExportManifest"]], capture_output=True, text=True,
                          check=True)
    assert by_key(json.loads(read.stdout)) == by_key(as_text(list(items())))


@pytest.mark.parametrize("parameters", [
    dict(), dict(S3Prefix="plain"), dict(S3Prefix="slash/"), dict(S3Prefix="two/levels"), dict(S3SseAlgorithm="AES256"),
    dict(ExportFormat="ION"), dict(ExportFormat="ION", S3Prefix="ion"),
], ids=str)
def test_every_rule_of_the_layout_is_kept(server, table, tmp_path, parameters):
    done = exported(server, table, tmp_path, **parameters)
    found = check_export.check(tmp_path, parameters.get("S3Prefix", ""), done["ExportArn"].rsplit("/", 1)[1], dict(
        exportArn=done["ExportArn"], tableArn=table, tableId=done["TableId"], s3Bucket="reader-bucket", s3SseAlgorithm="AES256",
        itemCount=507, outputFormat=parameters.get("ExportFormat", "DYNAMODB_JSON"), billedSizeBytes=done["BilledSizeBytes"]),
        keys=("pk", "sk"))
    assert found["items"] == 507 and found["data_files"] >= 4


@pytest.mark.parametrize("format", ["DYNAMODB_JSON", "ION"])
@pytest.mark.parametrize("rows", [0, 1])
def test_empty_partitions_have_files_without_lines(server, tmp_path, rows, format):
    arn = make_table(server, f"Few{rows}{format}", [dict(pk={"S": "only"})][:rows], pk="S")
    done = exported(server, arn, tmp_path, ExportFormat=format)
    export_id = done["ExportArn"].rsplit("/", 1)[1]
    found = check_export.check(tmp_path, "", export_id, dict(itemCount=rows), keys=("pk",))
    assert found["data_files"] == 4 and found["objects"] == 9
    counts = [json.loads(line)["itemCount"]
              for line in (tmp_path / "AWSDynamoDB" / export_id / "manifest-files.json").read_text().splitlines()]
    assert sorted(counts) == [0, 0, 0, rows]


def test_etags_of_files_in_several_parts_are_those_of_multipart_uploads(server, tmp_path):
    rows = [dict(pk={"S": f"row {number}"}, bytes={"B": os.urandom(240_000)}) for number in range(200)]
    arn = make_table(server, "Large", rows, pk="S")
    done = exported(server, arn, tmp_path, S3Prefix="large")
    export_id = done["ExportArn"].rsplit("/", 1)[1]
    check_export.check(tmp_path, "large", export_id, dict(itemCount=200), keys=("pk",))
    files = [json.loads(line) for line in (tmp_path / f"large/AWSDynamoDB/{export_id}/manifest-files.json").read_text().splitlines()]
    assert any(int(file["etag"].rsplit("-", 1)[1]) > 1 for file in files), files
    s3 = server.client("s3", OWNER)
    for file in files:
        assert s3.head_object(Bucket="reader-bucket", Key=file["dataFileS3Key"])["ETag"] == f'"{file["etag"]}"'
