"""Imports of CSV: golden files in every compression, delimiters and header lists, types of key and index columns, and what becomes of
files that are not as they should be."""

import concurrent.futures
import csv
import gzip
import io
import json
import pathlib
import random
import uuid

import pytest

from compressed_bodies import COMPRESS
from dynamodb_fixtures import OWNER, definition, dynamodb, server, wait_for  # noqa: F401
from raw_dynamodb import raw, raw_refused

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "format" / "csv"


@pytest.fixture(scope="module")
def bucket(server):
    server.client("s3", OWNER).create_bucket(Bucket="csv-bucket")
    return "csv-bucket"


def request(bucket, prefix, options=None, keys=None, **changes):
    parameters = dict(TableName=f"c-{uuid.uuid4().hex[:12]}", **(keys or definition(pk="S")))
    wanted = {"ClientToken": uuid.uuid4().hex, "S3BucketSource": dict(S3Bucket=bucket, S3KeyPrefix=prefix), "InputFormat": "CSV",
              "TableCreationParameters": parameters, **changes}
    if options is not None:
        wanted["InputFormatOptions"] = dict(Csv=options)
    return wanted


def put_all(server, bucket, bodies):
    """`bodies`: by key."""
    client = server.client("s3", OWNER)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=bucket, Key=key, Body=bodies[key]), bodies))


@pytest.fixture
def load(server, dynamodb, bucket):
    """Imports objects, given as text or bytes, and returns the description, the items by their keys and what the log says of bad ones."""

    def run(*bodies, compression="NONE", **more):
        prefix = uuid.uuid4().hex + "/"
        bodies = [body.encode() if isinstance(body, str) else body for body in bodies]
        size = sum(map(len, bodies))
        put_all(server, bucket, {f"{prefix}{number}.csv": COMPRESS[compression](body) for number, body in enumerate(bodies)})
        wanted = request(bucket, prefix, InputCompressionType=compression, **more)
        arn = dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"]
        done = wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")
        assert done["ProcessedItemCount"] == done["ImportedItemCount"] + done["ErrorCount"]
        assert done["ImportStatus"] == ("FAILED" if done["ErrorCount"] else "COMPLETED"), done
        assert done.get("FailureCode") == ("ItemValidationError" if done["ErrorCount"] else None)
        if not done["ErrorCount"]:
            assert done["ProcessedSizeBytes"] == size
        items = []
        for page in dynamodb.get_paginator("scan").paginate(TableName=wanted["TableCreationParameters"]["TableName"]):
            items += page["Items"]
        return done, items

    return run


def counts(done):
    return done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]


def by_key(items):
    return sorted(items, key=lambda item: json.dumps(item["pk"]))


@pytest.mark.parametrize("compression", COMPRESS)
def test_the_golden_files(load, compression):
    expected = [json.loads(line)["Item"] for line in (GOLDEN / "expected-basic.jsonl").read_text().splitlines()]
    done, items = load((GOLDEN / "basic.csv").read_bytes(), keys=definition(pk="S", sk="N"), compression=compression)
    assert counts(done) == (2, 2, 0) and by_key(items) == expected and "InputFormatOptions" not in done
    done, items = load((GOLDEN / "quoted.csv").read_bytes(), compression=compression)
    assert counts(done) == (2, 2, 0)
    assert by_key(items) == [{"pk": {"S": '"123"'}, "value": {"S": 'Women\'s Full "Length" Dress'}},
                             {"pk": {"S": "x"}, "value": {"S": "a, b"}}]
    options = dict(Delimiter=";", HeaderList=["pk", "title", "year"])
    done, items = load((GOLDEN / "headerlist-semicolon.csv").read_bytes(), options=options, compression=compression)
    assert counts(done) == (2, 2, 0) and done["InputFormatOptions"] == dict(Csv=options)
    assert by_key(items) == [{"pk": {"S": "A"}, "title": {"S": "first"}, "year": {"S": "1973"}},
                             {"pk": {"S": "B"}, "title": {"S": "second"}, "year": {"S": "1999"}}]
    done, items = load((GOLDEN / "unescaped-quote-fails.csv").read_bytes(), compression=compression)
    assert counts(done) == (1, 0, 1) and items == []


@pytest.mark.parametrize("delimiter", [None, ",", ";", ":", "|", "\t", " "])
def test_every_delimiter_with_what_pythons_writer_makes(load, delimiter):
    rows = [[f"key-{number}", "a, b; c: d|e\tf g", 'say "hi"', "two\r\nlines", "Größe 日本 😀", "", "\\", f"{number}"]
            for number in range(300)]
    names = ["pk", "delimiters", "quotes", "lines", "text", "nothing", "backslash", "number"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter or ",")
    writer.writerows([names] + rows)
    done, items = load(text.getvalue(), options=None if delimiter is None else dict(Delimiter=delimiter))
    assert counts(done) == (300, 300, 0)
    assert by_key(items) == by_key({name: {"S": value} for name, value in zip(names, row) if value} for row in rows)


def test_each_object_has_its_header_in_its_own_order(load):
    done, items = load("pk,a\r\nx,1\r\n", "\ufeffa,b,pk\n2,3,y", "pk\n", "")
    assert counts(done) == (2, 2, 0)
    assert by_key(items) == [{"pk": {"S": "x"}, "a": {"S": "1"}}, {"pk": {"S": "y"}, "a": {"S": "2"}, "b": {"S": "3"}}]


def test_columns_that_are_keys_of_the_table_or_an_index_have_their_types(load, dynamodb):
    keys = definition(pk="B", sk="N")
    keys["AttributeDefinitions"] += [dict(AttributeName="g", AttributeType="N"), dict(AttributeName="h", AttributeType="S")]
    keys["GlobalSecondaryIndexes"] = [dict(IndexName="by-g", Projection=dict(ProjectionType="ALL"),
                                           KeySchema=[dict(AttributeName="g", KeyType="HASH"), dict(AttributeName="h", KeyType="RANGE")])]
    done, items = load("pk,sk,g,h,n\nAAH+/w==,12345678901234567890123456789012345678,1.50,x,7\nAQ==,-2e3,,y,\nAQ==,1,one,y,\nA,1,1,y,\n",
                       keys=keys)
    assert counts(done) == (4, 2, 2)
    assert by_key(item | {"pk": item["pk"]["B"].hex()} for item in items) == [
        {"pk": "0001feff", "sk": {"N": "12345678901234567890123456789012345678"}, "g": {"N": "1.5"}, "h": {"S": "x"}, "n": {"S": "7"}},
        {"pk": "01", "sk": {"N": "-2000"}, "h": {"S": "y"}}]
    found = dynamodb.query(TableName=done["TableArn"].rsplit("/", 1)[1], IndexName="by-g", KeyConditionExpression="g = :g",
                           ExpressionAttributeValues={":g": {"N": "1.5"}})
    assert [item["sk"]["N"] for item in found["Items"]] == ["12345678901234567890123456789012345678"]


@pytest.mark.parametrize("body, expected, kept", [
    ("pk,v\nx\ny,1,2\nz,3\n", (3, 1, 2), "z"),  # ragged
    ("pk,v\n,1\n\"\",2\nz,3\n", (3, 1, 2), "z"),  # no key
    ("PK,v\nx,1\ny,2\n", (2, 0, 2), ""),  # the key in another case: every row counts
    ("pk,v\nx,1\ry,2\nz,3\n", (2, 1, 1), "z"),
    (b"pk,v\nx,\xfc\nz,3\n", (2, 1, 1), "z"),
    ("pk,v\nx," + "v" * 409_600 + "\nz,3\n", (2, 1, 1), "z"),
    ("pk,v\nz,1\nx,a\"b\ny,3\n", (2, 1, 1), "z"),  # a stray quote ends the object
    ("pk,v\nz,1\nx,\"2\ny,3\n", (2, 1, 1), "z"),
    ("pk,pk\nx,1\n", (1, 0, 1), ""),
    ("pk,\nx,1\n", (1, 0, 1), ""),
    ("pk,v\rx,1\r", (1, 0, 1), ""),
    ("pk,v\nx,1\n".encode("utf-16"), (1, 0, 1), ""),
    (gzip.compress(b"pk,v\nx,1\n"), (1, 0, 1), ""),
])
def test_what_is_not_as_it_should_be_is_counted(load, body, expected, kept):
    done, items = load(body)
    assert counts(done) == expected
    assert "".join(item["pk"]["S"] for item in items) == kept


def test_a_bad_object_does_not_spoil_the_others(load):
    done, items = load("pk,v\nx,a\"b\ny,2\n", "pk,v\nz,1\n", "pk,v\nu,1\nw,\n")
    assert counts(done) == (4, 3, 1) and "".join(item["pk"]["S"] for item in by_key(items)) == "uwz"


def test_a_file_cut_at_every_byte_keeps_the_rows_before_the_cut(load):
    whole = "pk,v\r\n{0}a,1\r\n{0}b,\"say \"\"x, y\"\"\nz\"\n\n{0}c,é\n"
    bodies, kept = [], set()
    for cut in range(len(whole.format(1000).encode()) + 1):
        text = whole.format(1000 + cut).encode()[:cut]
        bodies.append(text)
        kept |= {f"{1000 + cut}{row}" for row, end in (("a", b"a,1\r\n"), ("b", b'\nz"\n'), ("c", "é".encode())) if end in text}
    done, items = load(*bodies)
    found = {item["pk"]["S"]: item for item in items}
    assert kept <= set(found)
    # What is more was cut in its last column.
    values = dict(a="1", b='say "x, y"\nz', c="é")
    assert all(values[key[-1]].startswith(item.get("v", {}).get("S", "")) for key, item in found.items())
    assert done["ErrorCount"] > 20


def test_gzip_with_one_wrong_byte_loses_nothing_silently(server, dynamodb, bucket):
    prefix = uuid.uuid4().hex + "/"
    size = len(gzip.compress(b"pk,v\n1000a,first\n1000b,\"second, here\"\n1000c,third\n", mtime=0))
    bodies = {}
    for at in range(size):
        body = bytearray(gzip.compress(b"pk,v\n%da,first\n%db,\"second, here\"\n%dc,third\n" % ((1000 + at,) * 3), mtime=0))
        body[at % len(body)] ^= 0x55
        bodies[f"{prefix}{at}"] = bytes(body)
    put_all(server, bucket, bodies)
    wanted = request(bucket, prefix, InputCompressionType="GZIP")
    arn = dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"]
    done = wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")
    assert done["ProcessedItemCount"] == done["ImportedItemCount"] + done["ErrorCount"]
    scanned = dynamodb.scan(TableName=wanted["TableCreationParameters"]["TableName"])["Items"]
    found = {item["pk"]["S"]: item.get("v", {}).get("S") for item in scanned}
    rows = dict(a="first", b="second, here", c="third")
    damaged = [at for at in range(size) if any(found.get(f"{1000 + at}{row}") != value for row, value in rows.items())]
    assert len(damaged) > size / 2 and done["ErrorCount"] >= len(damaged)


def test_a_header_list_makes_the_first_line_data(load):
    done, items = load("pk,sk\nx,1\ny,1,2\n", options=dict(HeaderList=["pk", "sk"]))
    assert counts(done) == (3, 2, 1) and by_key(items) == [{"pk": {"S": "pk"}, "sk": {"S": "sk"}}, {"pk": {"S": "x"}, "sk": {"S": "1"}}]


def test_many_rows(load):
    generator = random.Random(5)
    rows = [(f"key-{number}", "".join(generator.choices("ab,\"\n é", k=generator.randrange(200)))) for number in range(20_000)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("pk", "v")] + rows)
    done, items = load(text.getvalue(), compression="GZIP")
    assert counts(done) == (20_000, 20_000, 0)
    assert {item["pk"]["S"]: item.get("v", {}).get("S", "") for item in items} == dict(rows)


@pytest.mark.parametrize("options, message", [
    (dict(Delimiter=";;"),
     "2 validation errors detected: Value ';;' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy "
     "regular expression pattern: [,;:|\t ]; Value ';;' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must "
     "have length less than or equal to 1"),
    (dict(Delimiter="#"),
     "1 validation error detected: Value '#' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy "
     "regular expression pattern: [,;:|\t ]"),
    (dict(HeaderList=[]), None),
    (dict(HeaderList=["pk", ""]), None),
    (dict(HeaderList=["pk", "a,b"]), None),
    (dict(HeaderList=["pk"] + ["c" * number for number in range(1, 256)]), None),
    (dict(HeaderList=["pk", "v", "pk"]), "Invalid Request: HeaderList names the column \"pk\" twice, again as column 3"),
])
def test_wrong_options_are_refused(server, bucket, options, message):
    raw_refused(server, "ImportTable", request(bucket, "x/", options), "ValidationException", *([message] if message else []))


def test_options_that_say_nothing(server, bucket, load):
    for options in ({}, dict(Delimiter=None, HeaderList=None)):
        status, answer = raw(server, "ImportTable", request(bucket, "nothing/", options))
        assert status == 200 and answer["ImportTableDescription"]["InputFormat"] == "CSV", answer
