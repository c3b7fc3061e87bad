"""Encryption at rest: what clients see of it, and that the data folder holds nothing in clear."""

import hashlib
import json
import os
import secrets
import time

import pytest
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError

from dray_server import REGION, DrayServer

OWNER = "444455556666"
MIB = 1 << 20
MARKER = b"a sentence that nobody shall find in the data folder"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("sse"))
    started.start()
    started.create_account(OWNER)
    started.client("s3", OWNER).create_bucket(Bucket="vault")
    yield started
    assert started.stop() == 0


@pytest.fixture
def s3(server):
    return server.client("s3", OWNER)


def files_with(folder, text):
    """Of all files under the folder, those that hold the text."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    if text in file.read():
                        found.append(path)
    return found


def code_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


@pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "AES256"}])
@pytest.mark.parametrize("size", [0, 1, 4096, 4097, 65536, 65537, 3 * 65536 + 5])
def test_objects_are_encrypted_asked_or_not(s3, asked, size):
    body = secrets.token_bytes(size)
    put = s3.put_object(Bucket="vault", Key="k", Body=body, **asked)
    assert put["ServerSideEncryption"] == "AES256"
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket="vault", Key="k")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket="vault", Key="k")
    for answer in (got, head):
        assert answer["ServerSideEncryption"] == "AES256"
        assert answer["ContentLength"] == size and answer["ETag"] == put["ETag"]


def test_ranges_cross_chunks(s3):
    body = secrets.token_bytes(3 * 65536 + 100)
    s3.put_object(Bucket="vault", Key="ranges", Body=body)
    for first in (0, 1, 65535, 65536, 65537, 131072, 196607, 196608):
        for last in (first, first + 1, 65535, 65536, 131071, 131072, 196608, len(body) - 1):
            if last < first:
                continue
            got = s3.get_object(Bucket="vault", Key="ranges", Range=f"bytes={first}-{last}")
            assert got["Body"].read() == body[first:last + 1], (first, last)
            assert got["ContentRange"] == f"bytes {first}-{last}/{len(body)}"
    assert s3.get_object(Bucket="vault", Key="ranges", Range="bytes=-101")["Body"].read() == body[-101:]


@pytest.mark.parametrize("asked", [{}, {"ServerSideEncryption": "AES256"}])
def test_multipart_uploads_are_encrypted(s3, asked):
    parts = [secrets.token_bytes(5 * MIB + 3), secrets.token_bytes(5 * MIB), b"end"]
    upload = s3.create_multipart_upload(Bucket="vault", Key="parts", **asked)
    assert upload["ServerSideEncryption"] == "AES256"
    sent = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(Bucket="vault", Key="parts", UploadId=upload["UploadId"], PartNumber=number, Body=part)
        assert answer["ServerSideEncryption"] == "AES256"
        sent.append(dict(PartNumber=number, ETag=answer["ETag"]))
    done = s3.complete_multipart_upload(Bucket="vault", Key="parts", UploadId=upload["UploadId"],
                                        MultipartUpload=dict(Parts=sent))
    assert done["ServerSideEncryption"] == "AES256"
    md5s = b"".join(hashlib.md5(part).digest() for part in parts)
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    whole = b"".join(parts)
    assert s3.get_object(Bucket="vault", Key="parts")["Body"].read() == whole
    edge = len(parts[0])
    got = s3.get_object(Bucket="vault", Key="parts", Range=f"bytes={edge - 2}-{edge + 65540}")
    assert got["Body"].read() == whole[edge - 2:edge + 65541]


def test_other_encryption_is_refused_by_name(s3):
    for arguments in (dict(ServerSideEncryption="aws:kms"), dict(ServerSideEncryption="aws:kms", SSEKMSKeyId="k")):
        assert code_of(s3.put_object, Bucket="vault", Key="no", Body=b"x", **arguments) == "NotImplemented"
        assert code_of(s3.create_multipart_upload, Bucket="vault", Key="no", **arguments) == "NotImplemented"
    assert code_of(s3.head_object, Bucket="vault", Key="no") == "404"
    rule = dict(ApplyServerSideEncryptionByDefault=dict(SSEAlgorithm="aws:kms"))
    assert code_of(s3.put_bucket_encryption, Bucket="vault",
                   ServerSideEncryptionConfiguration=dict(Rules=[rule])) == "NotImplemented"


def test_the_default_encryption_of_a_bucket(s3):
    def rules():
        return s3.get_bucket_encryption(Bucket="vault")["ServerSideEncryptionConfiguration"]["Rules"]

    expected = [dict(ApplyServerSideEncryptionByDefault=dict(SSEAlgorithm="AES256"), BucketKeyEnabled=False)]
    assert rules() == expected
    s3.put_bucket_encryption(Bucket="vault", ServerSideEncryptionConfiguration=dict(Rules=expected))
    s3.delete_bucket_encryption(Bucket="vault")
    assert rules() == expected


def test_the_data_folder_holds_nothing_of_a_body_in_clear(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(OWNER)
    s3 = server.client("s3", OWNER)
    s3.create_bucket(Bucket="vault")
    for key, repeats in (("inline", 1), ("file", 1000), ("chunks", 4000)):
        s3.put_object(Bucket="vault", Key=key, Body=MARKER * repeats, Metadata=dict(text="metadata in clear"))
    upload = s3.create_multipart_upload(Bucket="vault", Key="open")
    s3.upload_part(Bucket="vault", Key="open", UploadId=upload["UploadId"], PartNumber=1, Body=MARKER * 1000)
    assert files_with(server.data, MARKER) == []
    assert files_with(server.data, b"metadata in clear")  # the search finds what is there
    assert server.stop() == 0
    assert files_with(server.data, MARKER) == []
    server.start()
    assert server.client("s3", OWNER).get_object(Bucket="vault", Key="chunks")["Body"].read() == MARKER * 4000
    assert server.stop() == 0


def test_a_folder_without_its_key_is_refused(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(OWNER)
    s3 = server.client("s3", OWNER)
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=MARKER)
    assert server.stop() == 0
    key = server.data / "keys" / "objects.key"
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_size == 32
    right = key.read_bytes()
    key.unlink()
    with pytest.raises(AssertionError, match="objects.key is missing"):
        server.start()
    assert not key.exists()
    key.write_bytes(bytes(32))
    with pytest.raises(AssertionError, match="is not the one that the object bodies were encrypted with"):
        server.start()
    key.write_bytes(bytes(31))
    with pytest.raises(AssertionError, match="a key has 32 bytes, this file has 31"):
        server.start()
    key.write_bytes(right)
    server.start()
    assert server.client("s3", OWNER).get_object(Bucket="vault", Key="k")["Body"].read() == MARKER
    assert server.stop() == 0


def test_a_changed_file_is_no_wrong_answer(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(OWNER)
    s3 = server.client("s3", OWNER)
    s3.create_bucket(Bucket="vault")
    body = secrets.token_bytes(200_000)
    s3.put_object(Bucket="vault", Key="k", Body=body)
    [path] = [path for path in (server.data / "objects").glob("*/*") if path.is_file()]
    stored = bytearray(path.read_bytes())
    stored[70_000] ^= 1
    path.write_bytes(stored)
    with pytest.raises((IncompleteReadError, ResponseStreamingError, ClientError, HTTPClientError)):
        s3.get_object(Bucket="vault", Key="k")["Body"].read()
    assert s3.get_object(Bucket="vault", Key="k", Range="bytes=0-65535")["Body"].read() == body[:65536]
    assert server.stop() == 0


def test_exports_are_encrypted_and_pass_a_policy_that_wants_it(server, s3):
    dynamodb = server.client("dynamodb", OWNER)
    dynamodb.create_table(TableName="Vaulted", BillingMode="PAY_PER_REQUEST",
                          KeySchema=[dict(AttributeName="p", KeyType="HASH")],
                          AttributeDefinitions=[dict(AttributeName="p", AttributeType="S")])
    dynamodb.update_continuous_backups(TableName="Vaulted", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    for n in range(20):
        dynamodb.put_item(TableName="Vaulted", Item={"p": {"S": str(n)}})
    s3.create_bucket(Bucket="exports")
    deny = dict(Effect="Deny", Principal="*", Action="s3:PutObject", Resource="arn:aws:s3:::exports/*")
    s3.put_bucket_policy(Bucket="exports", Policy=json.dumps(dict(Version="2012-10-17", Statement=[
        dict(deny, Condition=dict(Null={"s3:x-amz-server-side-encryption": "true"})),
        dict(deny, Condition=dict(StringNotEquals={"s3:x-amz-server-side-encryption": "AES256"}))])))
    assert code_of(s3.put_object, Bucket="exports", Key="k", Body=b"x") == "AccessDenied"
    s3.put_object(Bucket="exports", Key="k", Body=b"x", ServerSideEncryption="AES256")
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{OWNER}:table/Vaulted", S3Bucket="exports", S3Prefix="p",
        S3SseAlgorithm="AES256")["ExportDescription"]["ExportArn"]
    until = time.monotonic() + 60
    found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
    while found["ExportStatus"] == "IN_PROGRESS" and time.monotonic() < until:
        time.sleep(0.02)
        found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
    assert found["ExportStatus"] == "COMPLETED", found
    assert found["S3SseAlgorithm"] == "AES256"
    listed = s3.list_objects_v2(Bucket="exports", Prefix="p/")["Contents"]
    assert len(listed) >= 5
    for entry in listed:
        assert s3.head_object(Bucket="exports", Key=entry["Key"])["ServerSideEncryption"] == "AES256"
    kms = dict(TableArn=f"arn:aws:dynamodb:{REGION}:{OWNER}:table/Vaulted", S3Bucket="exports", S3SseAlgorithm="KMS")
    with pytest.raises(ClientError, match="S3SseAlgorithm KMS is not supported"):
        dynamodb.export_table_to_point_in_time(**kms)
