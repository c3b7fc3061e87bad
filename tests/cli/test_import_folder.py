"""`dray import` of files of this machine: exports brought by `aws s3 sync`, plain files; how they are staged, checked, resumed and taken
away again."""

import gzip
import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from command_fixtures import ITEMS, SOURCE, TARGET, arn_of, keys
from dray_server import ROOT, DrayServer
from faulty_proxy import operation, times, wait_until
from import_fixtures import KEY, exported, items_of, new_name  # noqa: F401

REAL = ROOT / "tests/golden/format/export_layout"
REAL_KEYS = ("--hash-key", "pk:S", "--range-key", "sk:N")
PART = 8 << 20


@pytest.fixture
def synced(server, exported, tmp_path):
    """The export as `aws s3 sync` brings it, with the schema beside it."""
    folder = tmp_path / "synced"
    server.aws(SOURCE, "s3", "sync", exported.url, folder)
    return folder


@pytest.fixture
def no_bucket_stays(buckets):
    def names():
        return {account: {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} for account, s3 in buckets.items()}
    before = names()
    yield
    assert names() == before


@pytest.fixture
def stage(buckets):
    """A bucket of SOURCE for staging, empty."""
    name = new_name()
    buckets[SOURCE].create_bucket(Bucket=name)
    return name


def lines_of(first, count, size=0):
    return b"".join(b'{"Item":{"pk":{"S":"%d"},"x":{"S":"%s"}}}\n' % (i, b"x" * size) for i in range(first, first + count))


def test_a_synced_export_loads_into_another_account_in_one_command(dray, server, dynamodb, synced, exported, no_bucket_stays):
    name = new_name()
    done = dray.run("import", synced, name, AWS_PROFILE="target")
    assert f":{TARGET}:table/{name}/import/" in arn_of(done)
    assert f" read (" in done.stdout and f"{ITEMS} records" in done.stdout and f"imported: {ITEMS} items" in done.stdout
    assert "applied: 1 tag" in done.stdout and f"DraySchema/{exported.id}.json" in done.stderr
    target = server.client("dynamodb", TARGET)
    assert items_of(target, name) == items_of(dynamodb, exported.table)
    assert [index["IndexName"] for index in target.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]] == ["by-n"]


def test_a_synced_export_loads_into_another_server(dray, tmp_path, dynamodb, synced, exported):
    server = DrayServer(tmp_path)
    server.start()
    try:
        server.create_account(SOURCE)
        key, secret = server.credentials[SOURCE]
        name = new_name()
        dray.run("import", synced, name, endpoint=server.endpoint, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
        assert items_of(server.client("dynamodb", SOURCE), name) == items_of(dynamodb, exported.table)
        assert server.client("s3", SOURCE).list_buckets()["Buckets"] == []
    finally:
        server.stop()


@pytest.mark.parametrize("below", ["AWSDynamoDB", "AWSDynamoDB/ID", "AWSDynamoDB/ID/data", "AWSDynamoDB/ID/manifest-files.json"])
def test_every_way_to_name_a_folder(dray, synced, exported, below):
    done = dray.run("import", synced / below.replace("ID", exported.id), new_name())
    assert f"imported: {ITEMS} items" in done.stdout and "keys and settings: " in done.stderr


def test_a_folder_that_holds_the_export_itself(dray, server, exported, tmp_path):
    server.aws(SOURCE, "s3", "sync", f"s3://own/{exported.root}", tmp_path / "flat")
    done = dray.run("import", tmp_path / "flat", new_name(), *KEY)
    assert f"imported: {ITEMS} items" in done.stdout and "verified: " in done.stdout


# ---- exports in the form that AWS gives them


@pytest.fixture
def real(tmp_path):
    shutil.copytree(REAL, tmp_path / "real")
    return tmp_path / "real"


def plain_items():
    """Of the golden exports, as boto3 gives them."""
    return [json.loads(line)["Item"] for line in (ROOT / "tests/golden/format/dynamodb_json/full.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("export", ["AWSDynamoDB/01731672000456-5e6f7a8b", "2024-Nov/AWSDynamoDB/01731672000123-1a2b3c4d",
                                    "2024-Nov/AWSDynamoDB/01731672000789-9c0d1e2f"])
def test_exports_of_aws(dray, dynamodb, real, export, no_bucket_stays):
    name = new_name()
    done = dray.run("import", real / export, name, *REAL_KEYS)
    items = plain_items()
    assert f"4 data files: 4 read" in done.stdout and f"imported: {len(items)} items of {len(items)} records" in done.stdout
    assert {item["pk"]["S"] for item in items_of(dynamodb, name)} == {item["pk"]["S"] for item in items}


def test_the_root_of_a_bucket_with_many_exports(dray, real):
    done = dray.run("import", real, new_name(), *REAL_KEYS, code=1)
    assert "there are 6 exports under " in done.stderr
    assert re.search(r"AWSDynamoDB/01731672000456-5e6f7a8b/  Catalog as of 2024-11-15T12:00:00\.456Z, 8 items", done.stderr)
    assert re.search(r"AWSDynamoDB/01731679200000-0a1b2c3d/  Catalog, changes from 2024-11-15T12:30:00\.[0-9]{3}Z to ", done.stderr)


def test_incremental_exports_are_refused_with_what_to_do(dray, real):
    done = dray.run("import", real / "2024-Nov/AWSDynamoDB/01731679200000-0a1b2c3d", new_name(), *REAL_KEYS, code=1)
    assert "is an incremental export: it holds changes" in done.stderr and "Import the full export that it follows" in done.stderr
    done = dray.run("import", real / "2024-Nov/AWSDynamoDB/data", new_name(), "--format", "dynamodb-json", *REAL_KEYS, code=1)
    assert "is the folder that incremental exports share" in done.stderr


# ---- what is not whole is not uploaded


@pytest.mark.parametrize("what, text", [("changed", "has the MD5 "), ("cut", "has the MD5 "), ("missing", " is missing"),
                                        ("summary", "is an export without manifest-summary.json"),
                                        ("manifest", "does not have the checksum in ")])
def test_what_is_not_whole_is_not_imported(dray, proxy, synced, exported, what, text, no_bucket_stays):
    root = synced / "AWSDynamoDB" / exported.id
    largest = max((root / "data").iterdir(), key=lambda path: path.stat().st_size)
    if what == "changed":
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 1
        largest.write_bytes(content)
    elif what == "cut":
        os.truncate(largest, largest.stat().st_size - 1)
    elif what == "missing":
        largest.unlink()
    elif what == "summary":
        (root / "manifest-summary.json").unlink()
    else:
        (root / "manifest-summary.md5").write_text("no")
    done = dray.run("import", synced, new_name(), endpoint=proxy.endpoint, code=3)
    assert text in done.stderr and (what in ("summary", "manifest") or f"{largest} " in done.stderr)
    assert [request[0] for request in proxy.requests] == ["POST"] and proxy.targets() == ["DescribeTable"]


def test_files_that_the_manifest_does_not_list_stay_here(dray, dynamodb, synced, exported):
    (synced / "AWSDynamoDB" / exported.id / "data" / "zz.json.gz").write_bytes(b"not of it")
    name = new_name()
    dray.run("import", synced, name)
    assert len(items_of(dynamodb, name)) == ITEMS


# ---- plain files


def test_a_folder_of_plain_files(dray, dynamodb, tmp_path, no_bucket_stays):
    folder = tmp_path / "files"
    (folder / "deep/er").mkdir(parents=True)
    (folder / "one.json").write_bytes(lines_of(0, 3))
    (folder / "deep/er/two").write_bytes(lines_of(3, 4))
    (folder / "empty").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"\0\1")
    name = new_name()
    done = dray.run("import", folder, name, "--format", "dynamodb-json", *KEY)
    assert "imported: 7 items of 7 records, 0 errors" in done.stdout and "1 files whose names begin with '.' are left out" in done.stderr
    assert len(items_of(dynamodb, name)) == 7


def test_one_file(dray, dynamodb, tmp_path, no_bucket_stays):
    file = tmp_path / "a file +%.gz"
    file.write_bytes(gzip.compress(lines_of(0, 5)))
    name = new_name()
    done = dray.run("import", file, name, "--format", "dynamodb-json", "--compression", "gzip", *KEY)
    assert "imported: 5 items" in done.stdout and len(items_of(dynamodb, name)) == 5


def test_files_of_csv(dray, dynamodb, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "a.csv.gz").write_bytes(gzip.compress(b"1\tx y\t7\n2\t\t8\n"))
    name = new_name()
    done = dray.run("import", folder, name, "--format", "csv", "--compression", "gzip", "--csv-delimiter", "tab",
                    "--csv-header", "pk,a b,n", "--hash-key", "pk:N")
    assert "imported: 2 items of 2 records, 0 errors" in done.stdout
    assert sorted(items_of(dynamodb, name), key=str) == sorted([
        {"pk": dict(N="1"), "a b": dict(S="x y"), "n": dict(S="7")}, {"pk": dict(N="2"), "n": dict(S="8")}], key=str)


def test_what_is_not_there(dray, tmp_path):
    assert "No such file or directory; a place is s3://" in dray.run("import", tmp_path / "no", new_name(), *KEY, code=1).stderr
    assert "there is nothing under " in dray.run("import", tmp_path, new_name(), *KEY, code=1).stderr


# ---- staging


def test_staging_goes_where_it_is_told_and_is_taken_away(dray, dynamodb, buckets, stage, synced):
    done = dray.run("import", synced, name := new_name(), "--staging", f"s3://{stage}/some/where")
    described = dynamodb.describe_import(ImportArn=arn_of(done))["ImportTableDescription"]
    assert described["S3BucketSource"] == dict(S3BucketOwner=SOURCE, S3Bucket=stage, S3KeyPrefix=f"some/where/{name}/")
    assert keys(buckets[SOURCE], stage) == []


def test_what_is_kept_is_not_uploaded_again(dray, dynamodb, buckets, stage, tmp_path, proxy):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "large").write_bytes(lines_of(0, 2 * PART // 500, 480))
    for i in range(3):
        (folder / f"small-{i}").write_bytes(lines_of(10 ** 6 * (i + 1), 100))
    flags = ("--format", "dynamodb-json", *KEY, "--staging", f"s3://{stage}/", "--keep-staging")
    name = new_name()
    done = dray.run("import", folder, name, *flags, endpoint=proxy.endpoint)
    assert f"staged: s3://{stage}/{name}/" in done.stdout and len(keys(buckets[SOURCE], stage)) == 4
    assert len([path for method, path, _, _ in proxy.requests if method == "PUT" and "partNumber=" in path]) >= 2
    dynamodb.delete_table(TableName=name)
    (folder / "small-1").write_bytes(lines_of(2 * 10 ** 6, 99))  # other bytes
    proxy.reset()
    done = dray.run("import", folder, name, *flags, endpoint=proxy.endpoint)
    assert "4 files at" in done.stderr and "3 of them were there already" in done.stderr
    assert [path.rsplit("/", 1)[1] for method, path, _, _ in proxy.requests if method == "PUT"] == ["small-1"]
    # Without --keep-staging they go away, those that were there, too.
    dynamodb.delete_table(TableName=name)
    dray.run("import", folder, name, *flags[:-1])
    assert keys(buckets[SOURCE], stage) == []


def test_foreign_objects_at_the_staging_place_are_neither_imported_nor_removed(dray, buckets, stage, synced):
    name = new_name()
    buckets[SOURCE].put_object(Bucket=stage, Key=f"p/{name}/theirs", Body=b"x")
    done = dray.run("import", synced, name, "--staging", f"s3://{stage}/p", code=1)
    assert f"1 objects under s3://{stage}/p/{name}/ are not of this import" in done.stderr
    assert f"s3://{stage}/p/{name}/theirs" in done.stderr
    assert keys(buckets[SOURCE], stage) == [f"p/{name}/theirs"]


@pytest.mark.parametrize("fault", [("status", 503), ("lose", None), ("slow", 1.5)], ids=["503", "lost", "slow"])
def test_uploads_are_tried_again_and_large_files_go_in_parts(dray, dynamodb, buckets, proxy, tmp_path, fault, no_bucket_stays):
    file = tmp_path / "large.json"
    count = 5 * PART // 1000 // 2
    file.write_bytes(lines_of(0, count, 960))
    assert 2 * PART < file.stat().st_size < 3 * PART

    def of(method, part):
        return lambda request: request[0] == method and part in request[1]

    proxy.faults = [times(1, of(*each), *fault) for each in (("PUT", "partNumber=1"), ("PUT", "partNumber=3"), ("POST", "uploads="),
                                                             ("POST", "uploadId="), ("POST", "delete="), ("DELETE", "/dray-import-"))]
    name = new_name()
    done = dray.run("import", file, name, "--format", "dynamodb-json", *KEY, "--request-timeout", 1, endpoint=proxy.endpoint)
    assert f"imported: {count} items of {count} records, 0 errors" in done.stdout
    assert dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] == count
    assert sorted(set(re.findall(r"partNumber=(\d)", " ".join(request[1] for request in proxy.requests)))) == ["1", "2", "3"]


def test_a_staging_that_fails_leaves_nothing_behind(dray, buckets, proxy, synced, stage):
    proxy.faults = [lambda request: ("status", 400) if request[0] == "PUT" and request[1].endswith(".gz") else None]
    done = dray.run("import", synced, new_name(), "--staging", f"s3://{stage}/x", endpoint=proxy.endpoint, code=1)
    assert "HTTP 400" in done.stderr and "ImportTable" not in proxy.targets() and keys(buckets[SOURCE], stage) == []


def test_what_cannot_be_removed_is_said(dray, buckets, proxy, synced, stage):
    proxy.faults = [lambda request: ("status", 403) if request[0] == "POST" and "delete=" in request[1] else None]
    name = new_name()
    done = dray.run("import", synced, name, "--staging", f"s3://{stage}/x", endpoint=proxy.endpoint, code=4)
    assert f"could not be removed: s3://{stage}: HTTP 403" in done.stderr
    assert f"by hand: aws s3 rm --recursive s3://{stage}/x/{name}/" in done.stderr and f"imported: {ITEMS} items" in done.stdout
    assert keys(buckets[SOURCE], stage)


def test_ctrl_c_while_uploading_takes_it_away(dray, dynamodb, buckets, proxy, tmp_path, no_bucket_stays):
    file = tmp_path / "large.json"
    file.write_bytes(lines_of(0, 3 * PART // 1000, 960))
    proxy.faults = [lambda request: ("slow", 20) if "partNumber=2" in request[1] else None]
    name = new_name()
    process = dray.start("import", file, name, "--format", "dynamodb-json", *KEY, endpoint=proxy.endpoint)
    wait_until(lambda: any("partNumber=2" in request[1] for request in proxy.requests))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted before the import was accepted" in err
    assert name not in dynamodb.list_tables()["TableNames"]


def test_ctrl_c_while_importing_leaves_what_the_server_reads(dray, dynamodb, buckets, proxy, stage, synced):
    proxy.faults = [lambda request: ("change", lambda body: body.replace(b"COMPLETED", b"IN_PROGRESS"))
                    if operation("DescribeImport")(request) else None]
    name = new_name()
    process = dray.start("import", synced, name, "--staging", f"s3://{stage}/", endpoint=proxy.endpoint)
    wait_until(lambda: "DescribeImport" in proxy.targets())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and f"aws s3 rm --recursive s3://{stage}/{name}/" in err and keys(buckets[SOURCE], stage)
    wait_until(lambda: dynamodb.describe_import(ImportArn=out.splitlines()[0])["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    assert len(items_of(dynamodb, name)) == ITEMS


def test_what_was_killed_goes_on_where_it_was(dray, dynamodb, buckets, proxy, stage, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for i in range(8):
        (folder / f"{i}").write_bytes(lines_of(1000 * i, 1000))
    (folder / "9-large").write_bytes(lines_of(10 ** 6, 2 * PART // 1000, 960))
    flags = ("--format", "dynamodb-json", *KEY, "--staging", f"s3://{stage}/")
    proxy.faults = [lambda request: ("slow", 20) if "partNumber=2" in request[1] else None]
    name = new_name()
    process = dray.start("import", folder, name, *flags, endpoint=proxy.endpoint)
    wait_until(lambda: any("partNumber=2" in request[1] for request in proxy.requests) and len(keys(buckets[SOURCE], stage)) == 8)
    process.kill()
    process.communicate()
    proxy.slow_until.set()
    done = dray.run("import", folder, name, *flags)
    assert "9 files at" in done.stderr and "8 of them were there already" in done.stderr
    assert f"imported: {8000 + 2 * PART // 1000} items" in done.stdout
    assert keys(buckets[SOURCE], stage) == [] and "Uploads" not in buckets[SOURCE].list_multipart_uploads(Bucket=stage)


def test_no_wait_keeps_what_is_staged(dray, dynamodb, buckets, stage, synced):
    done = dray.run("import", synced, new_name(), "--staging", f"s3://{stage}/", "--no-wait", "--keep-staging")
    wait_until(lambda: dynamodb.describe_import(ImportArn=arn_of(done))["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    assert keys(buckets[SOURCE], stage)


def test_a_dry_run_uploads_nothing(dray, proxy, synced, no_bucket_stays):
    done = dray.run("import", synced, new_name(), "--dry-run", endpoint=proxy.endpoint)
    assert f"would upload 4 files of {Path(synced).resolve()}/AWSDynamoDB/" in done.stdout and "would send ImportTable " in done.stdout
    assert proxy.targets() == ["DescribeTable"] and len(proxy.requests) == 1
