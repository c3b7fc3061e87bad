#!/usr/bin/python3
"""Checks a downloaded full export against the rules of DynamoDB's export layout, byte by byte. Shares no
code with Dray: only the Python library. Also usable by hand: check_layout.py FOLDER PREFIX EXPORT_ID."""

import base64
import gzip
import hashlib
import json
import re
import sys
import uuid
from pathlib import Path

SUMMARY_KEYS = ["version", "exportArn", "startTime", "endTime", "tableArn", "tableId", "exportTime", "s3Bucket", "s3Prefix",
                "s3SseAlgorithm", "s3SseKmsKeyId", "manifestFilesS3Key", "billedSizeBytes", "itemCount", "outputFormat"]
FILE_KEYS = ["itemCount", "md5Checksum", "etag", "dataFileS3Key"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class LayoutError(Exception):
    pass


def require(condition, message):
    if not condition:
        raise LayoutError(message)


def md5_base64(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def check_data_file_name(name):
    found = re.fullmatch(r"([a-z2-7]{26})\.json\.gz", name)
    require(found, f"{name}: not 26 base32 characters and .json.gz")
    digest = uuid.UUID(bytes=base64.b32decode(found.group(1).upper() + "======"))
    require(digest.version == 3, f"{name}: not a version-3 UUID")


def check_data_file(path, entry):
    content = path.read_bytes()
    require(content[:10] == bytes.fromhex("1f8b08000000000000ff"), f"{path.name}: gzip header {content[:10].hex()}")
    require(md5_base64(content) == entry["md5Checksum"], f"{path.name}: md5Checksum differs")
    found = re.fullmatch(r"([0-9a-f]{32})-(\d+)", entry["etag"])
    require(found, f"{path.name}: {entry['etag']} is not a multipart ETag")
    if found.group(2) == "1":
        one = hashlib.md5(hashlib.md5(content).digest()).hexdigest()
        require(found.group(1) == one, f"{path.name}: etag differs from the bytes")
    text = gzip.decompress(content)
    lines = text.split(b"\n")
    require(lines.pop() == b"", f"{path.name}: no newline at the end")
    require(len(lines) == entry["itemCount"], f"{path.name}: {len(lines)} lines, itemCount {entry['itemCount']}")
    for number, line in enumerate(lines, 1):
        record = json.loads(line)
        require(list(record) == ["Item"] and isinstance(record["Item"], dict), f"{path.name}: line {number} is not an Item")
        require(line.startswith(b'{"Item":{"') and b'": ' not in line[:12], f"{path.name}: line {number} is not compact")
    return len(text), len(content)


def check(tree, prefix, export_id, expected):
    """`tree` holds the bucket from its root on. Returns counts; raises LayoutError."""
    require(re.fullmatch(r"\d{14}-[0-9a-f]{8}", export_id), f"{export_id} is not an export id")
    base = (prefix.rstrip("/") + "/" if prefix else "") + f"AWSDynamoDB/{export_id}"
    folder = tree / base
    controls = {"_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5"}
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    require(controls <= names, f"missing: {sorted(controls - names)}")
    data = {name for name in names if name.startswith("data/")}
    require(names == controls | data, f"unexpected objects: {sorted(names - controls - data)}")
    require((folder / "_started").stat().st_size == 0, "_started is not empty")

    for stem in ("manifest-files", "manifest-summary"):
        content = (folder / f"{stem}.json").read_bytes()
        require((folder / f"{stem}.md5").read_bytes() == md5_base64(content).encode(), f"{stem}.md5 differs")
        require(content.endswith(b"\n") and b": " not in content.split(b"\n")[0], f"{stem}.json: not compact lines")

    summary_text = (folder / "manifest-summary.json").read_text()
    require(summary_text.count("\n") == 1, "manifest-summary.json: not one line")
    summary = json.loads(summary_text)
    keys = list(summary)
    require(keys in (SUMMARY_KEYS, SUMMARY_KEYS + ["exportType"]), f"manifest-summary.json: keys {keys}")
    require(summary["version"] == "2020-06-30", "manifest-summary.json: version")
    for key in ("startTime", "endTime", "exportTime"):
        require(TIME.match(summary[key]), f"manifest-summary.json: {key} {summary[key]}")
    require(summary["manifestFilesS3Key"] == f"{base}/manifest-files.json", "manifest-summary.json: manifestFilesS3Key")
    require(summary["s3Prefix"] == (prefix or None), "manifest-summary.json: s3Prefix")
    for key, value in expected.items():
        require(summary[key] == value, f"manifest-summary.json: {key} is {summary[key]}, expected {value}")

    entries = [json.loads(line) for line in (folder / "manifest-files.json").read_text().splitlines()]
    text_bytes = compressed_bytes = 0
    for entry in entries:
        require(list(entry) == FILE_KEYS, f"manifest-files.json: keys {list(entry)}")
        key = entry["dataFileS3Key"]
        require(key.startswith(f"{base}/data/"), f"manifest-files.json: {key}")
        check_data_file_name(key.rsplit("/", 1)[1])
        text, compressed = check_data_file(tree / key, entry)
        text_bytes += text
        compressed_bytes += compressed
    listed = {entry["dataFileS3Key"].removeprefix(base + "/") for entry in entries}
    require(listed == data, f"data files and manifest differ: {sorted(listed ^ data)}")
    require(len(entries) == len(listed), "manifest-files.json: a file is listed twice")
    require(sum(entry["itemCount"] for entry in entries) == summary["itemCount"], "itemCount is not the sum of the files'")
    return dict(objects=len(names), data_files=len(data), text_bytes=text_bytes, compressed_bytes=compressed_bytes)


if __name__ == "__main__":
    print(check(Path(sys.argv[1]), sys.argv[2], sys.argv[3], {}))
