#!/usr/bin/python3
"""Checks a downloaded export, full or incremental, against every rule of DynamoDB's export layout, byte by byte. Shares no code with
Dray: only the Python library. By hand: check_export.py FOLDER PREFIX EXPORT_ID [KEY_ATTRIBUTE ...], where FOLDER is the bucket's root."""

import base64
import datetime
import hashlib
import json
import re
import sys
import uuid
import zlib
from pathlib import Path

import read_ion

COMMON_KEYS = ["s3Bucket", "s3Prefix", "s3SseAlgorithm", "s3SseKmsKeyId", "manifestFilesS3Key", "billedSizeBytes", "itemCount",
               "outputFormat"]
FULL_KEYS = ["version", "exportArn", "startTime", "endTime", "tableArn", "tableId", "exportTime", *COMMON_KEYS]
INCREMENTAL_KEYS = ["version", "exportArn", "startTime", "endTime", "tableArn", "tableId", "exportFromTime", "exportToTime",
                    *COMMON_KEYS, "outputView", "exportType"]
FILE_KEYS = ["itemCount", "md5Checksum", "etag", "dataFileS3Key"]
CONTROLS = {"_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5"}
EXTENSIONS = {"DYNAMODB_JSON": "json.gz", "ION": "ion.gz"}
VIEWS = {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Plain notation: no exponent, no zero at the front or at the end, no minus before zero.
NUMBER = re.compile(r"0|-?(?!0$)(?:0|[1-9]\d*)(?:\.\d*[1-9])?")
ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]{3,255}")
SPACE_OUTSIDE_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"|(\s)')
# What JSON need not escape stands as it is.
NEEDLESS_ESCAPE = re.compile(rb'(?:^|[^\\])(?:\\\\)*\\(?:/|u(?!00[01]|007[fF]|[dD][89a-fA-F]|2028|2029))')
MINUTE, MICROS = 60, 1_000_000


class LayoutError(Exception):
    pass


def require(condition, message):
    if not condition:
        raise LayoutError(message)


def md5_base64(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def parse_json(text, where):
    def unique(pairs):
        require(len({name for name, _ in pairs}) == len(pairs), f"{where}: a name is given twice")
        return dict(pairs)
    try:
        return json.loads(text, object_pairs_hook=unique)
    except ValueError as error:
        raise LayoutError(f"{where}: {error}") from error


def compact_lines(content, where):
    """The parsed lines of a manifest."""
    lines = content.split(b"\n")
    require(lines.pop() == b"", f"{where}: no newline at the end")
    for line in lines:
        require(not any(found.group(1) for found in SPACE_OUTSIDE_TEXT.finditer(line)), f"{where}: not compact")
    return [parse_json(line, where) for line in lines]


def seconds_of(time, where):
    require(isinstance(time, str) and TIME.fullmatch(time), f"{where}: {time} is not a time with three decimals")
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


# ---- items

def is_base64(text):
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except ValueError:
        return False


def is_number(text):
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        return False
    digits = text.lstrip("-").replace(".", "").strip("0")
    return len(digits) <= 38 and len(text) <= 1 + 2 + 130 + 38


SCALARS = {"S": lambda value: isinstance(value, str), "N": is_number, "B": lambda value: isinstance(value, str) and is_base64(value)}


def check_attribute(value, where, depth=0):
    require(isinstance(value, dict) and len(value) == 1, f"{where}: not exactly one type")
    require(depth <= 32, f"{where}: nested more than 32 levels deep")
    (type, content), = value.items()
    if type in SCALARS:
        require(SCALARS[type](content), f"{where}: {type} {content!r}")
    elif type in ("BOOL", "NULL"):
        require(content is True or type == "BOOL" and content is False, f"{where}: {type} {content!r}")
    elif type in ("SS", "NS", "BS"):
        require(isinstance(content, list) and content, f"{where}: an empty set")
        require(len(set(content)) == len(content), f"{where}: a set with a member twice")
        require(all(SCALARS[type[0]](member) for member in content), f"{where}: {type} {content!r}")
    elif type == "L":
        require(isinstance(content, list), f"{where}: {type} {content!r}")
        for member in content:
            check_attribute(member, where, depth + 1)
    else:
        require(type == "M" and isinstance(content, dict), f"{where}: {type} {content!r}")
        for name, member in content.items():
            require(name, f"{where}: an empty name")
            check_attribute(member, where, depth + 1)


def check_item(item, keys, where):
    require(isinstance(item, dict) and item, f"{where}: not an item")
    for name, value in item.items():
        require(name, f"{where}: an empty name")
        check_attribute(value, where)
    if keys:
        require(list(item)[:len(keys)] == list(keys), f"{where}: key attributes are not first")


def check_change(record, summary, keys, where):
    """A line of an incremental export."""
    is_ion = summary["outputFormat"] == "ION"
    order = ["Keys", "Metadata"] if is_ion else ["Metadata", "Keys"]
    members = list(record)
    require(members == order + [name for name in ("OldImage", "NewImage") if name in record], f"{where}: members {members}")
    metadata = record["Metadata"]
    require(isinstance(metadata, dict) and list(metadata) == ["WriteTimestampMicros"], f"{where}: Metadata {metadata}")
    written = metadata["WriteTimestampMicros"]
    require(isinstance(written, dict) and list(written) == ["N"] and re.fullmatch(r"[1-9]\d{15}", written["N"]),
            f"{where}: WriteTimestampMicros {written}")
    from_time, to_time = (seconds_of(summary[name], name) * MICROS for name in ("exportFromTime", "exportToTime"))
    require(from_time <= int(written["N"]) < to_time, f"{where}: written outside the window")
    check_item(record["Keys"], keys, where)
    if keys:
        require(len(record["Keys"]) == len(keys), f"{where}: Keys {list(record['Keys'])}")
    for image in ("OldImage", "NewImage"):
        if image not in record:
            continue
        check_item(record[image], keys, where)
        require(record["Keys"].items() <= record[image].items(), f"{where}: {image} has other keys")
    if summary["outputView"] == "NEW_IMAGE":
        require("OldImage" not in record, f"{where}: OldImage in a NEW_IMAGE view")
    else:
        require("OldImage" in record or "NewImage" in record, f"{where}: no image, a change of nothing")


def parse_line(line, output_format, where):
    if output_format == "ION":
        try:
            return read_ion.read_line(line.decode())
        except ValueError as error:
            raise LayoutError(f"{where}: {error}") from error
    require(not any(found.group(1) for found in SPACE_OUTSIDE_TEXT.finditer(line)), f"{where}: not compact")
    require(not NEEDLESS_ESCAPE.search(line), f"{where}: a character is escaped that need not be")
    return parse_json(line, where)


# ---- files

def check_data_file_name(name, extension):
    found = re.fullmatch(r"([a-z2-7]{26})\." + re.escape(extension), name)
    require(found, f"{name}: not 26 base32 characters and .{extension}")
    digest = base64.b32decode(found.group(1).upper() + "======")
    require(base64.b32encode(digest).decode().lower().rstrip("=") == found.group(1), f"{name}: stray bits at the end")
    made = uuid.UUID(bytes=digest)
    require(made.version == 3 and made.variant == uuid.RFC_4122, f"{name}: not a version-3 UUID")


def check_etag(name, content, etag):
    """hex(MD5(the parts' binary MD5s))-parts. How large a part is the uploader knows: every whole number of MiB is tried."""
    found = re.fullmatch(r"([0-9a-f]{32})-([1-9]\d*)", etag)
    require(found, f"{name}: {etag} is not a multipart ETag")
    parts = int(found.group(2))
    sizes = [max(1, len(content))] if parts == 1 else [
        size << 20 for size in range(1, (len(content) >> 20) + 2) if -(-len(content) // (size << 20)) == parts]
    for size in sizes:
        digests = [hashlib.md5(content[at:at + size]).digest() for at in range(0, max(1, len(content)), size)]
        if hashlib.md5(b"".join(digests)).hexdigest() == found.group(1):
            return
    require(False, f"{name}: etag differs from the bytes")


def unpacked(name, content):
    require(content[:10] == bytes.fromhex("1f8b08000000000000ff"), f"{name}: gzip header {content[:10].hex()}")
    member = zlib.decompressobj(31)
    text = member.decompress(content)
    require(member.eof and not member.unused_data, f"{name}: not exactly one gzip member")
    return text


def check_data_file(path, entry, summary, keys, seen):
    content = path.read_bytes()
    require(md5_base64(content) == entry["md5Checksum"], f"{path.name}: md5Checksum differs")
    check_etag(path.name, content, entry["etag"])
    text = unpacked(path.name, content)
    lines = text.split(b"\n")
    require(lines.pop() == b"", f"{path.name}: no newline at the end")
    require(len(lines) == entry["itemCount"], f"{path.name}: {len(lines)} lines, itemCount {entry['itemCount']}")
    for number, line in enumerate(lines, 1):
        where = f"{path.name}: line {number}"
        record = parse_line(line, summary["outputFormat"], where)
        require(isinstance(record, dict), f"{where}: not a record")
        if "outputView" in summary:
            check_change(record, summary, keys, where)
            key = record["Keys"]
        else:
            require(list(record) == ["Item"], f"{where}: not an Item")
            check_item(record["Item"], keys, where)
            key = {name: record["Item"][name] for name in keys}
        if key:
            key = json.dumps(key, sort_keys=True)
            require(key not in seen, f"{where}: {key} is there twice")
            seen.add(key)
    return len(text), len(content)


# ---- manifests

def check_summary(summary, base, prefix, export_id):
    where = "manifest-summary.json"
    is_incremental = "exportFromTime" in summary
    allowed = (INCREMENTAL_KEYS,) if is_incremental else (FULL_KEYS, FULL_KEYS + ["exportType"])
    require(list(summary) in allowed, f"{where}: keys {list(summary)}")
    require(summary["version"] == ("2023-08-01" if is_incremental else "2020-06-30"), f"{where}: version {summary['version']}")
    require(ARN.fullmatch(summary["tableArn"]), f"{where}: tableArn {summary['tableArn']}")
    require(summary["exportArn"] == f"{summary['tableArn']}/export/{export_id}", f"{where}: exportArn {summary['exportArn']}")
    require(str(uuid.UUID(summary["tableId"])) == summary["tableId"], f"{where}: tableId {summary['tableId']}")
    start, end = (seconds_of(summary[name], f"{where}: {name}") for name in ("startTime", "endTime"))
    require(round(start * 1000) == int(export_id[:14]), f"{where}: startTime is not that of the export id")
    require(start <= end, f"{where}: endTime before startTime")
    if is_incremental:
        from_time, to_time = (seconds_of(summary[name], f"{where}: {name}") for name in ("exportFromTime", "exportToTime"))
        require(15 * MINUTE <= to_time - from_time <= 24 * 60 * MINUTE and to_time <= end, f"{where}: the window")
        require(summary["outputView"] in VIEWS, f"{where}: outputView {summary['outputView']}")
        require(summary["exportType"] == "INCREMENTAL_EXPORT", f"{where}: exportType {summary['exportType']}")
    else:
        require(seconds_of(summary["exportTime"], f"{where}: exportTime") <= end, f"{where}: exportTime in the future")
        require(summary.get("exportType", "FULL_EXPORT") == "FULL_EXPORT", f"{where}: exportType {summary.get('exportType')}")
    require(summary["s3Prefix"] == (prefix or None), f"{where}: s3Prefix {summary['s3Prefix']}")
    require(summary["s3SseAlgorithm"] in ("AES256", "KMS"), f"{where}: s3SseAlgorithm {summary['s3SseAlgorithm']}")
    key_id = summary["s3SseKmsKeyId"]
    require(key_id is None or isinstance(key_id, str) and summary["s3SseAlgorithm"] == "KMS", f"{where}: s3SseKmsKeyId {key_id}")
    require(summary["manifestFilesS3Key"] == f"{base}/manifest-files.json", f"{where}: manifestFilesS3Key")
    for name, least in (("billedSizeBytes", 10_000_000 if is_incremental else 0), ("itemCount", 0)):
        require(type(summary[name]) is int and summary[name] >= least, f"{where}: {name} {summary[name]}")
    require(summary["outputFormat"] in EXTENSIONS, f"{where}: outputFormat {summary['outputFormat']}")


def check_controls(folder):
    """The contents of the two manifests, compared with their checksums."""
    require((folder / "_started").stat().st_size == 0, "_started is not empty")
    contents = []
    for stem in ("manifest-files", "manifest-summary"):
        content = (folder / f"{stem}.json").read_bytes()
        require((folder / f"{stem}.md5").read_bytes() == md5_base64(content).encode(), f"{stem}.md5 differs")
        contents.append(compact_lines(content, f"{stem}.json"))
    return contents


def check(tree, prefix, export_id, expected=(), keys=()):
    """`tree` holds the bucket from its root on, `expected` members that the summary must have, `keys` the key attributes: with them it is
    checked that they come first and that no item is there twice. Returns counts; raises LayoutError."""
    require(re.fullmatch(r"\d{14}-[0-9a-f]{8}", export_id), f"{export_id} is not an export id")
    # One slash between prefix and AWSDynamoDB, whether the prefix ends in one or not.
    root = (prefix.removesuffix("/") + "/" if prefix else "") + "AWSDynamoDB"
    base = f"{root}/{export_id}"
    folder = tree / base
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    require(CONTROLS <= names, f"missing: {sorted(CONTROLS - names)}")
    entries, summaries = check_controls(folder)
    require(len(summaries) == 1, "manifest-summary.json: not one line")
    summary = summaries[0]
    check_summary(summary, base, prefix, export_id)
    for key, value in dict(expected).items():
        require(summary[key] == value, f"manifest-summary.json: {key} is {summary[key]}, expected {value}")

    # All incremental exports under a prefix share one folder: only the manifest tells whose a file is.
    is_incremental = "outputView" in summary
    data_folder = f"{root}/data/" if is_incremental else f"{base}/data/"
    data = names - CONTROLS
    require(all(name.startswith("data/") for name in data) and not (is_incremental and data), f"unexpected objects: {sorted(data)}")
    text_bytes = compressed_bytes = 0
    seen = set()
    for entry in entries:
        require(list(entry) == FILE_KEYS, f"manifest-files.json: keys {list(entry)}")
        require(type(entry["itemCount"]) is int and entry["itemCount"] >= 0, f"manifest-files.json: {entry['itemCount']}")
        key = entry["dataFileS3Key"]
        require(key.startswith(data_folder), f"manifest-files.json: {key}")
        check_data_file_name(key.removeprefix(data_folder), EXTENSIONS[summary["outputFormat"]])
        require((tree / key).is_file(), f"manifest-files.json: {key} is not there")
        text, compressed = check_data_file(tree / key, entry, summary, keys, seen)
        text_bytes += text
        compressed_bytes += compressed
    listed = {entry["dataFileS3Key"].removeprefix(base + "/") for entry in entries}
    require(len(entries) == len(listed), "manifest-files.json: a file is listed twice")
    if not is_incremental:
        require(listed == data, f"data files and manifest differ: {sorted(listed ^ data)}")
        require(entries, "manifest-files.json: not one data file")
    require(sum(entry["itemCount"] for entry in entries) == summary["itemCount"], "itemCount is not the sum of the files'")
    return dict(objects=len(CONTROLS) + len(entries), data_files=len(entries), items=summary["itemCount"], text_bytes=text_bytes,
                compressed_bytes=compressed_bytes)


def exports_in(tree):
    """(prefix, export id) of what stands under a bucket's root, in order."""
    for path in sorted(tree.rglob("manifest-summary.json")):
        root = path.parent.parent.parent.relative_to(tree).as_posix()
        yield "" if root == "." else root, path.parent.name


if __name__ == "__main__":
    print(check(Path(sys.argv[1]), sys.argv[2], sys.argv[3], {}, sys.argv[4:]))
