"""The S3 API through stock clients: Debian's boto3 and aws CLI."""

import base64
import hashlib
import io
import json
import os
import urllib.error
import urllib.request
import zlib

import boto3.s3.transfer
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from dray_server import DrayServer

OWNER, OTHER = "444455556666", "111122223333"
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("s3"))
    started.start()
    started.create_account(OWNER)
    started.create_account(OTHER)
    yield started
    assert started.stop() == 0


@pytest.fixture
def s3(server):
    return server.client("s3", OWNER)


@pytest.fixture
def bucket(s3, request):
    name = "b-" + hashlib.sha1(request.node.name.encode()).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name


def error_of(call, **arguments):
    """(status, code) of the error that the call ends in."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


# ---- buckets


def test_buckets_from_creation_to_deletion(server, s3, bucket):
    s3.create_bucket(Bucket=bucket)  # again: fine in us-east-1
    head = s3.head_bucket(Bucket=bucket)
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert bucket in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    other = server.client("s3", OTHER)
    assert bucket not in [entry["Name"] for entry in other.list_buckets()["Buckets"]]
    assert error_of(other.create_bucket, Bucket=bucket) == (409, "BucketAlreadyExists")
    assert error_of(other.head_bucket, Bucket=bucket) == (403, "403")
    assert error_of(s3.create_bucket, Bucket="x" * 64) == (400, "InvalidBucketName")
    elsewhere = dict(LocationConstraint="eu-west-1")
    assert error_of(s3.create_bucket, Bucket="elsewhere", CreateBucketConfiguration=elsewhere) == (
        400, "IllegalLocationConstraintException")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert error_of(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    assert error_of(s3.head_bucket, Bucket=bucket) == (404, "404")
    assert error_of(s3.list_objects_v2, Bucket=bucket) == (404, "NoSuchBucket")


# ---- objects


def test_objects_come_back_with_their_headers(s3, bucket):
    expires = "Thu, 01 Dec 2033 16:00:00 GMT"
    put = s3.put_object(Bucket=bucket, Key="a/b c+d~é", Body=b"hello", ContentType="text/plain", CacheControl="no-cache",
                        ContentDisposition="attachment", ContentEncoding="gzip", ContentLanguage="de", Expires=expires,
                        Metadata={"color": "blue"}, ServerSideEncryption="AES256")
    assert put["ETag"] == '"' + hashlib.md5(b"hello").hexdigest() + '"'
    assert put["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket=bucket, Key="a/b c+d~é")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"]) == ("text/plain", "no-cache", "attachment")
    assert (got["ContentEncoding"], got["ContentLanguage"], got["Metadata"]) == ("gzip", "de", {"color": "blue"})
    assert got["ContentLength"] == 5 and got["AcceptRanges"] == "bytes"
    head = s3.head_object(Bucket=bucket, Key="a/b c+d~é")
    assert head["ETag"] == put["ETag"] and head["LastModified"] == got["LastModified"]
    s3.delete_object(Bucket=bucket, Key="a/b c+d~é")
    assert error_of(s3.head_object, Bucket=bucket, Key="a/b c+d~é") == (404, "404")
    assert error_of(s3.get_object, Bucket=bucket, Key="a/b c+d~é") == (404, "NoSuchKey")
    s3.delete_object(Bucket=bucket, Key="a/b c+d~é")


@pytest.mark.parametrize("key", ["..", "../../../etc/passwd", "//", "/a//b/", "a/./b/../c", "%2e%2e", "a?b#c&d=e", "ключ/🌍", "+ +",
                                 "k" * 1024])
def test_keys_of_any_bytes_stay_what_they_are(server, s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    for folder, _, files in os.walk(server.data.parent):
        assert "passwd" not in files, folder


def test_sizes_around_the_inline_limit_survive_a_kill(server, s3, bucket):
    bodies = {str(size): os.urandom(size) for size in (0, 1, 4096, 4097, 300_000, 3 * MIB)}
    for key, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    server.kill()
    server.start()
    again = server.client("s3", OWNER)  # at another port
    for key, body in bodies.items():
        assert again.get_object(Bucket=bucket, Key=key)["Body"].read() == body


def test_ranges_and_conditions(server, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["ETag"]
    part = s3.get_object(Bucket=bucket, Key="k", Range="bytes=2-4")
    assert part["Body"].read() == b"234" and part["ContentRange"] == "bytes 2-4/10"
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=-3")["Body"].read() == b"789"
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=7-99")["Body"].read() == b"789"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-") == (416, "InvalidRange")
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == (304, "304")
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfModifiedSince=modified) == (304, "304")
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfMatch='"x"') == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"0123456789"
    assert s3.get_object(Bucket=bucket, Key="k", IfUnmodifiedSince=modified)["Body"].read() == b"0123456789"
    overridden = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="a/b", ResponseCacheControl="x")
    assert (overridden["ContentType"], overridden["CacheControl"]) == ("a/b", "x")


def test_checksums(s3, bucket):
    body = b"123456789"
    for algorithm, expected in [("CRC32", zlib.crc32(body).to_bytes(4, "big")), ("SHA1", hashlib.sha1(body).digest()),
                                ("SHA256", hashlib.sha256(body).digest())]:
        put = s3.put_object(Bucket=bucket, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
        name = "Checksum" + algorithm
        assert put[name] == base64.b64encode(expected).decode()
        assert s3.head_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")[name] == put[name]
        assert name not in s3.head_object(Bucket=bucket, Key=algorithm)
        assert s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")["Body"].read() == body
    wrong = base64.b64encode(b"\0" * 4).decode()
    assert error_of(s3.put_object, Bucket=bucket, Key="bad", Body=body, ChecksumCRC32=wrong) == (400, "BadDigest")
    assert error_of(s3.put_object, Bucket=bucket, Key="bad", Body=body, ContentMD5=base64.b64encode(b"\0" * 16).decode()) == (
        400, "BadDigest")
    assert error_of(s3.head_object, Bucket=bucket, Key="bad") == (404, "404")


def test_presigned_urls(server, s3, bucket):
    old = s3.generate_presigned_url("get_object", Params=dict(Bucket=bucket, Key="k"))  # of version 2, which AWS has given up
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(old, timeout=30)
    assert refused.value.code == 400 and b"AWS4-HMAC-SHA256" in refused.value.read()
    s3 = server.client("s3", OWNER, signature_version="s3v4")
    put_url = s3.generate_presigned_url("put_object", Params=dict(Bucket=bucket, Key="a b"), ExpiresIn=60)
    request = urllib.request.Request(put_url, data=b"by url", method="PUT")
    assert urllib.request.urlopen(request, timeout=30).status == 200
    get_url = s3.generate_presigned_url("get_object", ExpiresIn=60, Params=dict(
        Bucket=bucket, Key="a b", ResponseContentDisposition='attachment; filename="x"'))
    with urllib.request.urlopen(get_url, timeout=30) as answer:
        assert answer.read() == b"by url"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="x"'
    with pytest.raises(urllib.error.HTTPError) as spoilt:
        urllib.request.urlopen(get_url.replace("a%20b", "other"), timeout=30)
    assert spoilt.value.code == 403 and b"SignatureDoesNotMatch" in spoilt.value.read()


# ---- lists


def test_lists_page_through_folders(s3, bucket):
    keys = sorted([f"f{i % 7}/{i:03d}" for i in range(60)] + ["top 1", "top+2", "ключ", "a\x01b"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig=dict(PageSize=7))
    assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == keys
    pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig=dict(PageSize=7))
    assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == keys
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig=dict(PageSize=3)))
        assert [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])] == [f"f{i}/" for i in range(7)]
        assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == [k for k in keys if "/" not in k]
        assert all(len(p.get("Contents", [])) + len(p.get("CommonPrefixes", [])) == 3 for p in pages[:-1])
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="f3/", StartAfter="f3/020", FetchOwner=True)
    assert listed["KeyCount"] == len([k for k in keys if k.startswith("f3/") and k > "f3/020"])
    assert listed["Contents"][0]["Owner"]["ID"] and listed["Contents"][0]["StorageClass"] == "STANDARD"
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["IsTruncated"] is False
    assert error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="nonsense") == (400, "InvalidArgument")


def test_many_objects_are_deleted_at_once(s3, bucket):
    keys = [f"k<&>{i}" for i in range(50)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    done = s3.delete_objects(Bucket=bucket, Delete=dict(Objects=[dict(Key=key) for key in keys[:20]] + [dict(Key="absent")]))
    assert [entry["Key"] for entry in done["Deleted"]] == keys[:20] + ["absent"]
    done = s3.delete_objects(Bucket=bucket, Delete=dict(Quiet=True, Objects=[dict(Key=key) for key in keys[20:]]))
    assert "Deleted" not in done and "Errors" not in done
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


# ---- multipart


def test_multipart_uploads(s3, bucket):
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), b"end"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ContentType="a/b", Metadata={"m": "1"})["UploadId"]
    where = dict(Bucket=bucket, Key="k", UploadId=upload)
    done = [dict(PartNumber=i + 1, ETag=s3.upload_part(**where, PartNumber=i + 1, Body=part)["ETag"]) for i, part in enumerate(parts)]
    pages = s3.get_paginator("list_parts").paginate(**where, PaginationConfig=dict(PageSize=2))
    listed = [part for page in pages for part in page["Parts"]]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(i + 1, len(part)) for i, part in enumerate(parts)]
    assert [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    assert error_of(s3.complete_multipart_upload, **where, MultipartUpload=dict(Parts=done[::-1])) == (400, "InvalidPartOrder")
    assert error_of(s3.complete_multipart_upload, **where, MultipartUpload=dict(Parts=[done[2], dict(done[0], PartNumber=4)])) == (
        400, "InvalidPart")
    made = s3.complete_multipart_upload(**where, MultipartUpload=dict(Parts=done))
    expected = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert made["ETag"] == f'"{expected}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(parts) and got["ContentType"] == "a/b" and got["Metadata"] == {"m": "1"}
    assert error_of(s3.list_parts, **where) == (404, "NoSuchUpload")
    other = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    small = [dict(PartNumber=n, ETag=s3.upload_part(Bucket=bucket, Key="k", UploadId=other, PartNumber=n, Body=b"x")["ETag"])
             for n in (1, 2)]
    assert error_of(s3.complete_multipart_upload, Bucket=bucket, Key="k", UploadId=other, MultipartUpload=dict(Parts=small)) == (
        400, "EntityTooSmall")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=other)
    assert error_of(s3.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=other) == (404, "NoSuchUpload")


def test_managed_transfers(s3, bucket):
    body = os.urandom(21 * MIB)
    settings = boto3.s3.transfer.TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB, max_concurrency=4)
    for extra in ({}, dict(ChecksumAlgorithm="SHA256")):
        s3.upload_fileobj(io.BytesIO(body), bucket, "k", Config=settings, ExtraArgs=extra)
        target = io.BytesIO()
        s3.download_fileobj(bucket, "k", target, Config=settings)
        assert target.getvalue() == body


# ---- policies


def allow(bucket, principal, *actions, **more):
    resource = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = dict(Effect="Allow", Principal=principal, Action=list(actions), Resource=resource, **more)
    return json.dumps(dict(Version="2012-10-17", Statement=[statement]))


def test_policies_open_and_close_a_bucket(server, s3, bucket):
    other = server.client("s3", OTHER)
    anonymous = server.client("s3", OTHER, signature_version=UNSIGNED)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")
    assert error_of(other.get_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    policy = allow(bucket, {"AWS": OTHER}, "s3:GetObject", "s3:PutObject", "s3:GetBucketPolicy")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    other.put_object(Bucket=bucket, Key="theirs", Body=b"y")
    assert error_of(other.get_object, Bucket=bucket, Key="absent") == (403, "AccessDenied")  # may not list
    assert error_of(other.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    assert error_of(other.delete_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    assert error_of(other.get_bucket_policy, Bucket=bucket) == (405, "MethodNotAllowed")
    assert error_of(other.put_bucket_policy, Bucket=bucket, Policy=policy) == (403, "AccessDenied")
    assert error_of(anonymous.get_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    public = allow(bucket, "*", "s3:GetObject", "s3:ListBucket")
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=public) == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert anonymous.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert error_of(anonymous.get_object, Bucket=bucket, Key="absent") == (404, "NoSuchKey")
    s3.delete_bucket_policy(Bucket=bucket)
    assert error_of(anonymous.get_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    for broken in ("{}", "nonsense", allow("another", {"AWS": OTHER}, "s3:GetObject"), allow(bucket, {"AWS": OTHER}, "s3:Fly")):
        assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=broken) == (400, "MalformedPolicy")


def test_expected_owner_and_invented_headers(server, s3, bucket):
    other = server.client("s3", OTHER)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ExpectedBucketOwner=OWNER)
    assert error_of(s3.get_object, Bucket=bucket, Key="k", ExpectedBucketOwner=OTHER) == (403, "AccessDenied")
    via = dict(Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}})
    s3.put_bucket_policy(Bucket=bucket, Policy=allow(bucket, {"AWS": OTHER}, "s3:PutObject", "s3:ListBucket", **via))

    def invent(request, **_):
        for name in ("aws-CalledVia", "X-Amz-Called-Via", "x-amz-calledvia", "CalledVia", "x-amz-source-arn"):
            request.headers[name] = "dynamodb.amazonaws.com"

    other.meta.events.register("before-sign.s3.PutObject", invent)
    assert error_of(other.put_object, Bucket=bucket, Key="k", Body=b"y") == (403, "AccessDenied")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_what_is_missing_is_refused_by_name(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert error_of(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/k") == (501, "NotImplemented")
    assert error_of(s3.get_bucket_cors, Bucket=bucket) == (501, "NotImplemented")
    assert error_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=dict(Status="Enabled")) == (501, "NotImplemented")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Tagging="a=b") == (501, "NotImplemented")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", ServerSideEncryption="aws:kms") == (501, "NotImplemented")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", ACL="public-read") == (400, "AccessControlListNotSupported")
    s3.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")


# ---- the aws CLI


def test_the_aws_cli(server, tmp_path):
    tree = {"one.txt": b"1", "deep/er/two.bin": os.urandom(100_000), "große.bin": os.urandom(9 * MIB)}
    for name, body in tree.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(body)
    aws = lambda *arguments, **options: server.aws(OWNER, *arguments, **options)
    aws("s3", "mb", "s3://cli-bucket")
    assert "cli-bucket" in aws("s3", "ls").stdout
    aws("s3", "cp", tmp_path / "out/one.txt", "s3://cli-bucket/one.txt")
    synced = aws("s3", "sync", tmp_path / "out", "s3://cli-bucket/tree/").stdout
    assert synced.count("upload:") == 3
    assert aws("s3", "sync", tmp_path / "out", "s3://cli-bucket/tree/").stdout == ""
    listed = aws("s3", "ls", "s3://cli-bucket/tree/").stdout
    assert "PRE deep/" in listed and "große.bin" in listed
    assert len(aws("s3", "ls", "--recursive", "s3://cli-bucket").stdout.splitlines()) == 4
    aws("s3", "sync", "s3://cli-bucket/tree/", tmp_path / "back")
    assert {name: (tmp_path / "back" / name).read_bytes() for name in tree} == tree
    assert server.aws(OTHER, "s3", "cp", tmp_path / "out/one.txt", "s3://cli-bucket/x", check=False).returncode != 0
    assert aws("s3", "rb", "s3://cli-bucket", check=False).returncode != 0
    aws("s3", "rm", "--recursive", "s3://cli-bucket/tree/")
    aws("s3", "rb", "--force", "s3://cli-bucket")
    assert "cli-bucket" not in aws("s3", "ls").stdout
