"""Imports of objects that are large, or of one line, or many, or full of the largest items: everything arrives, in bounded memory.
Small sizes by default; DRAY_BIG=1 takes those that the promises are about (10 GB, 50,000 objects: minutes, 12 GB of disk) and prints
seconds and peak memory."""

import gzip
import os
import pathlib
import sys
import time
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from dray_server import DrayServer
from dynamodb_fixtures import OWNER, definition

BIG = os.environ.get("DRAY_BIG") == "1"
BUCKET = "odd-inputs"
PEAK_MEGABYTES = 1000
MEMBER_BYTES = 64 << 20


@pytest.fixture()
def server(tmp_path):
    started = DrayServer(tmp_path, "--log-level", "warning")
    started.start()
    started.create_account(OWNER)
    started.client("s3", OWNER).create_bucket(Bucket=BUCKET)
    yield started
    started.stop()


def peak_megabytes(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def run_import(server, what, timeout=1800, indexes=(), **changes):
    """The description of an import of the whole bucket when it has ended; forgets earlier peaks of memory."""
    pathlib.Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    dynamodb = server.client("dynamodb", OWNER)
    name = f"odd-{uuid.uuid4().hex[:8]}"
    started = time.monotonic()
    arn = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET), **{"InputFormat": "DYNAMODB_JSON", **changes},
        TableCreationParameters=dict(TableName=name, **definition(pk="S")))["ImportTableDescription"]["ImportArn"]
    while (found := dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"])["ImportStatus"] == "IN_PROGRESS":
        assert time.monotonic() < started + timeout
        time.sleep(0.1)
    seconds, peak = time.monotonic() - started, peak_megabytes(server)
    print(f"{what}: {seconds:.1f} s, {found['ProcessedSizeBytes'] / seconds / 1e6:.0f} MB/s of text, peak RSS {peak:.0f} MB",
          file=sys.stderr)
    assert found["ImportStatus"] == "COMPLETED", found
    assert found["ErrorCount"] == 0 and found["ProcessedItemCount"] == found["ImportedItemCount"]
    assert peak < PEAK_MEGABYTES
    return found, dynamodb.describe_table(TableName=name)["Table"]


def put_packed(server, folder, key, texts):
    """One object of gzip members; one text is held at a time."""
    path = folder / "packed"
    with path.open("wb") as packed:
        for text in texts:
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            packed.write(packer.compress(text) + packer.flush())
    with path.open("rb") as packed:
        server.client("s3", OWNER).put_object(Bucket=BUCKET, Key=key, Body=packed)
    path.unlink()


def test_one_large_object_of_one_line(server, tmp_path):
    """Items glued to each other, no line feed anywhere."""
    total_bytes = 10_000_000_000 if BIG else 150_000_000
    sizes = dict(items=0, bytes=0)

    def texts():
        rest = bytes(range(97, 123)).decode() * 24
        while sizes["bytes"] < total_bytes:
            count = MEMBER_BYTES // 700
            text = "".join('{"Item":{"pk":{"S":"item-%012d"},"n":{"N":"%d"},"text":{"S":"%s"}}}' % (number, number, rest)
                           for number in range(sizes["items"], sizes["items"] + count)).encode()
            sizes["items"] += count
            sizes["bytes"] += len(text)
            yield text

    put_packed(server, tmp_path, "line.json.gz", texts())
    done, table = run_import(server, f"one line of {sizes['bytes'] / 1e9:.2f} GB", InputCompressionType="GZIP")
    assert (done["ProcessedItemCount"], done["ProcessedSizeBytes"]) == (sizes["items"], sizes["bytes"])
    assert table["ItemCount"] == sizes["items"]
    dynamodb = server.client("dynamodb", OWNER)
    for number in (0, sizes["items"] // 2, sizes["items"] - 1):
        item = dynamodb.get_item(TableName=table["TableName"], Key=dict(pk=dict(S=f"item-{number:012d}")))["Item"]
        assert item["n"] == dict(N=str(number))


def test_one_line_that_is_no_record_ends_where_that_is_known(server):
    """A string that never ends is not held: the object is refused."""
    server.client("s3", OWNER).put_object(Bucket=BUCKET, Key="endless", Body=b'{"Item":{"pk":{"S":"' + b"x" * (40 << 20))
    dynamodb = server.client("dynamodb", OWNER)
    arn = dynamodb.import_table(
        S3BucketSource=dict(S3Bucket=BUCKET), InputFormat="DYNAMODB_JSON",
        TableCreationParameters=dict(TableName="endless", **definition(pk="S")))["ImportTableDescription"]["ImportArn"]
    while (found := dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"])["ImportStatus"] == "IN_PROGRESS":
        time.sleep(0.05)
    assert (found["ImportStatus"], found["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (found["ProcessedItemCount"], found["ErrorCount"]) == (1, 1)
    assert peak_megabytes(server) < PEAK_MEGABYTES


@pytest.mark.parametrize("between", ["\n", ""])
def test_items_of_the_largest_size(server, tmp_path, between):
    count = 10_000 if BIG else 300
    size = 400 * 1024
    texts = (('{"Item":{"pk":{"S":"%06d"},"text":{"S":"%s"}}}' % (number, "x" * (size - 12))) + between for number in range(count))

    def some():
        while text := "".join(piece for _, piece in zip(range(100), texts)):
            yield text.encode()

    put_packed(server, tmp_path, "large", some())
    done, table = run_import(server, f"{count} items of 400 KB, {'on lines' if between else 'glued'}", InputCompressionType="GZIP")
    assert done["ImportedItemCount"] == table["ItemCount"] == count
    assert table["TableSizeBytes"] == count * size


def test_very_many_tiny_objects(server):
    count = 50_000 if BIG else 1500
    local = []

    def put(number):
        s3 = local.pop() if local else server.client("s3", OWNER)
        body = b'{"Item":{"pk":{"S":"%d"}}}\n' % number
        s3.put_object(Bucket=BUCKET, Key=f"tiny/{number:06d}.gz", Body=gzip.compress(body, 1))
        local.append(s3)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(count)))
    done, table = run_import(server, f"{count} tiny objects", InputCompressionType="GZIP")
    assert done["ImportedItemCount"] == table["ItemCount"] == count
