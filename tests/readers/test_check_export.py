"""tools/check_export.py: it accepts the golden exports, full and incremental, and finds each rule that is broken on purpose."""

import base64
import gzip
import hashlib
import json
import shutil

import pytest

import check_export
import read_ion
from dray_server import ROOT

GOLDEN = ROOT / "tests/golden/format/export_layout"
FULL, ION = "01731672000123-1a2b3c4d", "01731672000789-9c0d1e2f"
BOTH_IMAGES, NEW_IMAGES, INCREMENTAL_ION = "01731679200000-0a1b2c3d", "01731682800000-4e5f6a7b", "01731686400000-8c9d0e1f"
PREFIX = "2024-Nov"


def keys_of(export_id):
    return ("pk",) if export_id in (BOTH_IMAGES, NEW_IMAGES, INCREMENTAL_ION) else ("pk", "sk")


@pytest.mark.parametrize("prefix, export_id", check_export.exports_in(GOLDEN))
def test_golden_exports_are_accepted(prefix, export_id):
    found = check_export.check(GOLDEN, prefix, export_id, {}, keys_of(export_id))
    assert found["items"] == (3 if keys_of(export_id) == ("pk",) else 8)


def test_both_formats_hold_the_same():
    plain = ROOT / "tests/golden/format"
    for ion, lines in (("full", "full"), ("incremental-new-and-old", "incremental-new-and-old")):
        read = [read_ion.read_line(line) for line in (plain / f"ion/{ion}.ion").read_text().split("\n")[:-1]]
        assert read == [json.loads(line) for line in (plain / f"dynamodb_json/{lines}.jsonl").read_text().split("\n")[:-1]]


class Copy:
    """A copy of the golden exports to break: whatever changes, checksums, ETags and counts are made right again."""

    def __init__(self, tree, export_id):
        self.tree, self.folder = tree, tree / PREFIX / "AWSDynamoDB" / export_id
        self.files = [json.loads(line) for line in (self.folder / "manifest-files.json").read_text().splitlines()]
        self.summary = json.loads((self.folder / "manifest-summary.json").read_text())

    def put_file(self, index, content):
        (self.tree / self.files[index]["dataFileS3Key"]).write_bytes(content)
        digest = hashlib.md5(content).digest()
        self.files[index] |= dict(md5Checksum=base64.b64encode(digest).decode(), etag=hashlib.md5(digest).hexdigest() + "-1")

    def edit(self, old, new):
        """Replaces a piece of the first data file that holds it."""
        for index, file in enumerate(self.files):
            text = gzip.decompress((self.tree / file["dataFileS3Key"]).read_bytes()).decode()
            if old in text:
                packed = gzip.compress(text.replace(old, new, 1).encode(), mtime=0)
                return self.put_file(index, packed[:8] + b"\x00\xff" + packed[10:])
        raise AssertionError(f"no data file has {old}")

    def write(self, stem, text):
        (self.folder / f"{stem}.json").write_text(text)
        (self.folder / f"{stem}.md5").write_text(base64.b64encode(hashlib.md5(text.encode()).digest()).decode())

    def finish(self):
        lines = lambda values: "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values)  # noqa: E731
        self.write("manifest-files", lines(self.files))
        self.write("manifest-summary", lines([self.summary]))


def name_of(file):
    return file["dataFileS3Key"].rsplit("/", 1)[1]


def rename(copy, name):
    path = copy.tree / copy.files[0]["dataFileS3Key"]
    copy.files[0]["dataFileS3Key"] = copy.files[0]["dataFileS3Key"].replace(path.name, name)
    path.rename(path.with_name(name))


def rebase(copy, prefix):
    copy.files[0]["dataFileS3Key"] = prefix + copy.files[0]["dataFileS3Key"].removeprefix(PREFIX)


def swap(members, one, other):
    """The same members with two in each other's place."""
    order = {one: other, other: one}
    return {order.get(name, name): members[order.get(name, name)] for name in members}


BREAKS = {
    "an object more": (FULL, lambda c: (c.folder / "extra").write_text(""), "unexpected objects"),
    "no _started": (FULL, lambda c: (c.folder / "_started").unlink(), "missing"),
    "_started with content": (FULL, lambda c: (c.folder / "_started").write_text("x"), "_started is not empty"),
    "a file that is not listed": (FULL, lambda c: c.files.pop(), "data files and manifest differ"),
    "a file listed twice": (FULL, lambda c: c.files.append(c.files[3]), "listed twice"),
    "a name of random characters": (FULL, lambda c: rename(c, "zzzzzzzzzzzzzzzzzzzzzzzzza.json.gz"), "not a version-3 UUID"),
    "stray bits in a name": (FULL, lambda c: rename(c, name_of(c.files[0]).replace("e.j", "f.j")), "stray bits"),
    "a name in upper case": (FULL, lambda c: rename(c, "A" * 26 + ".json.gz"), "not 26 base32 characters"),
    "another extension": (ION, lambda c: c.summary.update(outputFormat="DYNAMODB_JSON"), r"json\.gz"),
    "a gzip header with a time": (FULL, lambda c: c.put_file(0, gzip.compress(b"", mtime=1)), "gzip header"),
    "two gzip members": (FULL, lambda c: c.put_file(3, (c.tree / c.files[3]["dataFileS3Key"]).read_bytes() * 2), "gzip member"),
    "two items on one line": (FULL, lambda c: c.edit('"minimal"},"sk":{"N":"1"}}}\n', '"minimal"},"sk":{"N":"1"}}}'), "2 lines"),
    "no newline at the end": (FULL, lambda c: c.edit('"zero":{"N":"0"}}}\n', '"zero":{"N":"0"}}}'), "no newline at the end"),
    "another md5": (FULL, lambda c: c.files[0].update(md5Checksum=c.files[1]["md5Checksum"]), "md5Checksum differs"),
    "a plain ETag": (FULL, lambda c: c.files[0].update(etag=c.files[0]["etag"][:-2]), "not a multipart ETag"),
    "an ETag of more parts": (FULL, lambda c: c.files[0].update(etag=c.files[0]["etag"][:-1] + "2"), "etag differs"),
    "another ETag": (FULL, lambda c: c.files[0].update(etag=c.files[1]["etag"]), "etag differs"),
    "a slash before the key": (FULL, lambda c: rebase(c, "/" + PREFIX), "manifest-files.json: /"),
    "a key of another prefix": (FULL, lambda c: rebase(c, "2024-Dec"), "manifest-files.json: 2024-Dec"),
    "another count": (FULL, lambda c: c.files[0].update(itemCount=4), "3 lines, itemCount 4"),
    "another sum": (FULL, lambda c: c.summary.update(itemCount=9), "not the sum"),
    "files' members in another order": (FULL, lambda c: c.files.__setitem__(0, swap(c.files[0], "etag", "itemCount")),
                                        "manifest-files.json: keys"),
    "the summary's members in another order": (FULL, lambda c: c.__setattr__("summary", swap(c.summary, "s3Bucket", "tableId")),
                                               "manifest-summary.json: keys"),
    "version of the other kind": (FULL, lambda c: c.summary.update(version="2023-08-01"), "version"),
    "a time without decimals": (FULL, lambda c: c.summary.update(endTime="2024-11-15T12:05:06Z"), "three decimals"),
    "an end before the start": (FULL, lambda c: c.summary.update(endTime="2024-11-15T11:00:00.000Z"), "endTime before"),
    "a start of another time": (FULL, lambda c: c.summary.update(startTime="2024-11-15T12:00:00.124Z"), "not that of the export id"),
    "an ARN of another table": (FULL, lambda c: c.summary.update(tableArn=c.summary["tableArn"] + "2"), "exportArn"),
    "an empty prefix for none": (FULL, lambda c: c.summary.update(s3Prefix=""), "s3Prefix"),
    "a key without KMS": (FULL, lambda c: c.summary.update(s3SseKmsKeyId="key"), "s3SseKmsKeyId"),
    "a count as text": (FULL, lambda c: c.summary.update(itemCount="8"), "itemCount 8"),
    "an incremental type": (FULL, lambda c: c.summary.update(exportType="INCREMENTAL_EXPORT"), "exportType"),
    "a space between members": (FULL, lambda c: c.edit('"sk":{"N":"1"}', '"sk": {"N":"1"}'), "not compact"),
    "a line without Item": (FULL, lambda c: c.edit('{"Item":', '{"item":'), "not an Item"),
    "a number as a number": (FULL, lambda c: c.edit('{"N":"103"}', '{"N":103}'), "N 103"),
    "an exponent": (FULL, lambda c: c.edit('{"N":"600"}', '{"N":"6E2"}'), "N '6E2'"),
    "zeros at the end": (FULL, lambda c: c.edit('{"N":"1.5"}', '{"N":"1.50"}'), "N '1.50'"),
    "39 digits": (FULL, lambda c: c.edit('{"N":"103"}', f'{{"N":"{"1" * 39}"}}'), "N '111"),
    "minus zero": (FULL, lambda c: c.edit('{"N":"0"}', '{"N":"-0"}'), "N '-0'"),
    "base64 without padding": (FULL, lambda c: c.edit('"AAH+/w=="', '"AAH+/w"'), "B 'AAH"),
    "a boolean as text": (FULL, lambda c: c.edit('{"BOOL":true}', '{"BOOL":"true"}'), "BOOL 'true'"),
    "NULL false": (FULL, lambda c: c.edit('{"NULL":true}', '{"NULL":false}'), "NULL False"),
    "a set with a member twice": (FULL, lambda c: c.edit('["a","b","c"]', '["a","b","a"]'), "a member twice"),
    "an empty set": (FULL, lambda c: c.edit('["a","b","c"]', '[]'), "an empty set"),
    "a type that is none": (FULL, lambda c: c.edit('{"N":"103"}', '{"F":"103"}'), "F '103'"),
    "two types": (FULL, lambda c: c.edit('{"N":"103"}', '{"N":"103","S":"x"}'), "exactly one type"),
    "a name twice": (FULL, lambda c: c.edit('"dec":', '"int":'), "given twice"),
    "an escaped slash": (FULL, lambda c: c.edit("slash/", "slash\\/"), "escaped that need not be"),
    "escaped letters": (FULL, lambda c: c.edit("ż", "\\u017c"), "escaped that need not be"),
    "the sort key first": (FULL, lambda c: c.edit('"pk":{"S":"minimal"},"sk":{"N":"1"}', '"sk":{"N":"1"},"pk":{"S":"minimal"}'),
                           "not first"),
    "an item twice": (FULL, lambda c: c.edit('"minimal"},"sk":{"N":"1"}', '"strings"},"sk":{"N":"2"}'), "there twice"),
    "no version marker": (ION, lambda c: c.edit('$ion_1_0 {Item:{pk:"minimal"', '{Item:{pk:"minimal"'), "no \\$ion_1_0"),
    "an Ion integer": (ION, lambda c: c.edit("int:103.", "int:103"), "no decimal"),
    "an Ion decimal with zeros": (ION, lambda c: c.edit("hundreds:6d2", "hundreds:600."), "another form than 6d2"),
    "an Ion set without annotation": (ION, lambda c: c.edit("$dynamodb_SS::", "$dynamodb_XX::"), "no decimal"),
    "an Ion name without quotes": (ION, lambda c: c.edit("'has space'", "has space"), "no :"),
    "an Ion name in needless quotes": (ION, lambda c: c.edit("$dollar", "'$dollar'"), "quotes around"),
    "a file in a folder of its own": (BOTH_IMAGES, lambda c: (c.folder / "data").mkdir() or (c.folder / "data/x.json.gz").write_text(""),
                                      "unexpected objects"),
    "no view": (BOTH_IMAGES, lambda c: c.summary.pop("outputView"), "manifest-summary.json: keys"),
    "a view that is none": (BOTH_IMAGES, lambda c: c.summary.update(outputView="NEW_IMAGES"), "outputView"),
    "a window of 14 minutes": (BOTH_IMAGES, lambda c: c.summary.update(exportToTime="2024-11-15T12:44:00.000Z"), "the window"),
    "a window of 25 hours": (BOTH_IMAGES, lambda c: c.summary.update(exportFromTime="2024-11-14T12:30:00.000Z"), "the window"),
    "billed less than 10 MB": (BOTH_IMAGES, lambda c: c.summary.update(billedSizeBytes=9_999_999), "billedSizeBytes"),
    "old images where none belong": (BOTH_IMAGES, lambda c: c.summary.update(outputView="NEW_IMAGE"), "OldImage in a NEW_IMAGE"),
    "a change of nothing": (NEW_IMAGES, lambda c: c.summary.update(outputView="NEW_AND_OLD_IMAGES"), "no image"),
    "a time outside the window": (BOTH_IMAGES, lambda c: c.edit("1731675600123456", "1731679200123456"), "outside the window"),
    "a time in seconds": (BOTH_IMAGES, lambda c: c.edit("1731675600123456", "1731675600"), "WriteTimestampMicros"),
    "a time without type": (BOTH_IMAGES, lambda c: c.edit('{"N":"1731675600123456"}', '"1731675600123456"'), "WriteTimestampMicros"),
    "a record around it": (BOTH_IMAGES, lambda c: c.edit('"Metadata":', '"Record":'), "members"),
    "an image of another key": (BOTH_IMAGES, lambda c: c.edit('"NewImage":{"pk":{"S":"CUST#100"}', '"NewImage":{"pk":{"S":"X"}'),
                                "other keys"),
    "a key twice": (BOTH_IMAGES, lambda c: [c.edit("CUST#200", "CUST#100") for _ in range(3)], "there twice"),
    "Ion metadata before the keys": (
        INCREMENTAL_ION, lambda c: c.edit('Keys:{pk:"CUST#100"},Metadata:{WriteTimestampMicros:1731675600123456.}',
                                          'Metadata:{WriteTimestampMicros:1731675600123456.},Keys:{pk:"CUST#100"}'), "members"),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_what_is_broken_is_found(rule, tmp_path):
    export_id, do_break, message = BREAKS[rule]
    tree = shutil.copytree(GOLDEN, tmp_path / "bucket")
    copy = Copy(tree, export_id)
    copy.finish()
    check_export.check(tree, PREFIX, export_id, {}, keys_of(export_id))  # as good as before
    do_break(copy)
    copy.finish()
    with pytest.raises(check_export.LayoutError, match=message):
        check_export.check(tree, PREFIX, export_id, {}, keys_of(export_id))


@pytest.mark.parametrize("name, change, message", [
    ("manifest-summary.md5", lambda text: text + b"\n", "manifest-summary.md5 differs"),
    ("manifest-files.md5", lambda text: b"x" + text[1:], "manifest-files.md5 differs"),
    ("manifest-summary.json", lambda text: text.rstrip(), "manifest-summary.md5 differs"),
])
def test_checksum_files_are_compared(name, change, message, tmp_path):
    tree = shutil.copytree(GOLDEN, tmp_path / "bucket")
    path = tree / PREFIX / "AWSDynamoDB" / FULL / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(check_export.LayoutError, match=message):
        check_export.check(tree, PREFIX, FULL)


def test_parts_of_any_whole_number_of_mebibytes_make_an_etag():
    content = bytes(range(256)) * 4096 * 17  # 17 MiB
    for size in (5, 8, 16):
        digests = [hashlib.md5(content[at:at + (size << 20)]).digest() for at in range(0, len(content), size << 20)]
        check_export.check_etag("x", content, f"{hashlib.md5(b''.join(digests)).hexdigest()}-{len(digests)}")
    with pytest.raises(check_export.LayoutError):
        check_export.check_etag("x", content, "0" * 32 + "-3")


@pytest.mark.parametrize("text", ["1795440931310790.", "179544093131079d1"])
def test_an_ion_time_that_ends_in_a_zero(text):
    line = '$ion_1_0 {Record:{Keys:{pk:"a"},Metadata:{WriteTimestampMicros:%s}}}' % text
    assert read_ion.read_line(line)["Metadata"] == {"WriteTimestampMicros": {"N": "1795440931310790"}}
