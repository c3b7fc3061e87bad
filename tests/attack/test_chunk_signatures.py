"""Bodies in aws-chunked framing: each chunk is signed, in its place, under its length; what is wrong is not stored."""

import hashlib

import pytest

from wire import ACCOUNT, EMPTY_HASH, Request, mac, sha256, signing_key

BODY = [b"a" * 8192, b"b" * 8192, b"tail"]


@pytest.fixture(scope="module", autouse=True)
def bucket(server):
    server.client("s3", ACCOUNT).create_bucket(Bucket="chunked-bucket")


class Upload:
    """A PUT whose chunks can be changed before they are framed."""

    def __init__(self, server, key, parts=BODY, payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD", **headers):
        self.server, self.keys = server, server.credentials[ACCOUNT]
        decoded = str(headers.pop("decoded", sum(map(len, parts))))
        self.request = Request(server, "PUT", f"/chunked-bucket/{key}", headers={
            "X-Amz-Content-Sha256": payload, "X-Amz-Decoded-Content-Length": decoded, "Content-Encoding": "aws-chunked", **headers})
        self.request.sign(self.keys)
        self.seed = self.request.get("Authorization").rsplit("=", 1)[1]
        self.key = signing_key(self.keys[1], self.request.scope)
        self.chunks = self.signed(parts)

    def signed(self, parts):
        chunks, previous = [], self.seed
        for data in [*parts, b""]:
            to_sign = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", self.request.at, self.request.scope, previous, EMPTY_HASH, sha256(data)])
            previous = mac(self.key, to_sign).hex()
            chunks.append([b"%x" % len(data), previous.encode(), data])
        return chunks

    def send(self, ending=b"\r\n"):
        self.request.body = b"".join(size + b";chunk-signature=" + signature + b"\r\n" + data + (b"\r\n" if data else b"")
                                     for size, signature, data in self.chunks) + ending
        return self.request.send()


def stored(server, key):
    listed = server.client("s3", ACCOUNT).list_objects_v2(Bucket="chunked-bucket", Prefix=key)
    return "Contents" in listed


def refused(server, upload, key, status=(400, 403)):
    answer = upload.send()
    assert answer.status in status, answer
    assert not stored(server, key)


def test_what_was_signed_is_stored(server):
    assert Upload(server, "good").send().status == 200
    got = server.client("s3", ACCOUNT).get_object(Bucket="chunked-bucket", Key="good")["Body"].read()
    assert hashlib.md5(got).hexdigest() == hashlib.md5(b"".join(BODY)).hexdigest()


def swap(chunks):
    chunks[0], chunks[1] = chunks[1], chunks[0]


def replay(chunks):
    chunks[1] = list(chunks[0])


def change_data(chunks):
    chunks[1][2] = b"c" + chunks[1][2][1:]


def change_signature(chunks):
    chunks[1][1] = b"0" * 64


def shorten_signature(chunks):
    chunks[1][1] = chunks[1][1][:-1]


def drop_signature(chunks):
    chunks[1][1] = b""


def drop_middle(chunks):
    del chunks[1]


def drop_last(chunks):
    del chunks[-1]


def cut_end(chunks):
    del chunks[2:]


def change_final(chunks):
    chunks[-1][1] = b"f" * 64


def other_case(chunks):
    chunks[0][1] = chunks[0][1].upper()


def larger_size(chunks):
    chunks[1][0] = b"2001"


def smaller_size(chunks):
    chunks[1][0] = b"1fff"


def huge_size(chunks):
    chunks[1][0] = b"ffffffffffffffffff"


def wrapping_size(chunks):
    chunks[1][0] = b"10000000000002000"


def negative_size(chunks):
    chunks[1][0] = b"-2000"


def signed_size(chunks):
    chunks[1][0] = b"+2000"


def size_of_words(chunks):
    chunks[1][0] = b"0x2000"


def no_size(chunks):
    chunks[1][0] = b""


@pytest.mark.parametrize("change", [swap, replay, change_data, change_signature, shorten_signature, drop_signature, drop_middle, drop_last,
                                    cut_end, change_final, other_case, larger_size, smaller_size, huge_size, wrapping_size, negative_size,
                                    signed_size, size_of_words, no_size], ids=lambda change: change.__name__)
def test_whatever_was_changed_is_not_stored(server, change):
    upload = Upload(server, change.__name__)
    change(upload.chunks)
    refused(server, upload, change.__name__)


def test_bytes_behind_the_last_chunk_are_refused(server):
    refused(server, Upload(server, "behind"), "behind-none", status=(200,))
    upload = Upload(server, "more")
    answer = upload.send(ending=b"\r\nPUT /chunked-bucket/smuggled HTTP/1.1\r\n\r\n")
    assert answer.status in (400, 403) and not stored(server, "more") and not stored(server, "smuggled")


@pytest.mark.parametrize("decoded", ["0", "16387", "16389", "-1", "1e4", "99999999999999999999", "x"])
def test_the_decoded_length_counts(server, decoded):
    refused(server, Upload(server, "length", decoded=decoded), "length")


def test_chunks_of_one_upload_are_not_anothers(server):
    first, second = Upload(server, "first"), Upload(server, "second")
    second.chunks = first.chunks
    refused(server, second, "second")


def test_a_signed_payload_cannot_become_an_unsigned_one(server):
    for other in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD", sha256(b"")):
        upload = Upload(server, "downgraded")
        upload.request.set("X-Amz-Content-Sha256", other)
        refused(server, upload, "downgraded")


def test_a_trailer_that_was_announced_has_to_come(server):
    upload = Upload(server, "trailer", payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", **{"X-Amz-Trailer": "x-amz-checksum-crc32"})
    refused(server, upload, "trailer")
    wrong = Upload(server, "wrong", payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", **{"X-Amz-Trailer": "x-amz-checksum-crc32"})
    wrong.request.body = b"4\r\ntail\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    answer = wrong.request.send()
    assert answer.status == 400 and not stored(server, "wrong")


def test_an_endless_chunk_header_is_refused(server):
    upload = Upload(server, "endless")
    upload.chunks[0][1] += b"0" * 100_000
    refused(server, upload, "endless")
