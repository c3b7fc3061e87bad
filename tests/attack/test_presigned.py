"""Presigned addresses: they are good for what was signed, for as long as was signed, and for nobody's additions."""

import time
import urllib.error
import urllib.request

import pytest

from wire import ACCOUNT, Request, amz_date, sha256


@pytest.fixture(scope="module", autouse=True)
def bucket(server):
    s3 = server.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="shared-bucket")
    s3.put_object(Bucket="shared-bucket", Key="key", Body=b"content", ContentType="text/plain")
    s3.put_object(Bucket="shared-bucket", Key="other", Body=b"other")


@pytest.fixture
def keys(server):
    return server.credentials[ACCOUNT]


def get(server, keys, expires=60, **more):
    return Request(server, "GET", "/shared-bucket/key", **more).presign(keys, expires)


def refused(answer, status=(400, 403)):
    assert answer.status in status and b"content" not in answer.body[:7], answer


def test_a_presigned_address_opens_its_object(server, keys):
    assert get(server, keys).send().body == b"content"
    s3 = server.client("s3", ACCOUNT, signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", Params=dict(Bucket="shared-bucket", Key="key"), ExpiresIn=5)
    assert urllib.request.urlopen(url).read() == b"content"


@pytest.mark.parametrize("name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
                                  "X-Amz-Signature"])
def test_each_parameter_counts(server, keys, name):
    request = get(server, keys)
    pairs = request.query.split("&")
    own = next(pair for pair in pairs if pair.startswith(name + "="))
    value = own.split("=", 1)[1]
    others = [pair for pair in pairs if pair != own]
    first, last = ("1" if value[0] == "0" else "0") + value[1:], value[:-1] + ("1" if value[-1] == "0" else "0")
    for changed in ([], [f"{name}="], [f"{name}={first}"], [f"{name}={last}"], [f"{name.lower()}={value}"], [name]):
        request.query = "&".join(others + changed)
        refused(request.send())
    if name != "X-Amz-Signature":  # which is no part of what is signed; the first one counts
        request.query = "&".join(pairs + [own])
        refused(request.send())
        request.query = "&".join([f"{name}={last}"] + pairs)
        refused(request.send())
    else:
        request.query = "&".join([f"{name}={last}"] + pairs)
        refused(request.send())


@pytest.mark.parametrize("added", ["response-content-type=text/html", "acl", "versionId=null", "X-Amz-Security-Token=x", "x=y",
                                   "partNumber=1", "x-id=PutObject", "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"])
def test_nothing_can_be_added(server, keys, added):
    for place in (lambda q: f"{q}&{added}", lambda q: f"{added}&{q}"):
        request = get(server, keys)
        request.query = place(request.query)
        refused(request.send())


@pytest.mark.parametrize("header, value", [("X-Amz-Acl", "public-read"), ("X-Amz-Meta-A", "b"), ("X-Amz-Security-Token", "t"),
                                           ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), ("X-Amz-Date", "20200101T000000Z"),
                                           ("X-Amz-Expected-Bucket-Owner", "000000000000")])
def test_no_amz_header_can_be_added(server, keys, header, value):
    refused(get(server, keys).add(header, value).send())


def test_another_object_method_or_host_is_not_opened(server, keys):
    request = get(server, keys)
    request.path = "/shared-bucket/other"
    refused(request.send())
    request.path = "/shared-bucket"
    refused(request.send())
    for method in ("PUT", "DELETE", "POST"):
        request = get(server, keys)
        request.method = method
        refused(request.send(), (400, 403, 405))
    refused(get(server, keys).set("Host", "shared-bucket.localhost").send())
    assert get(server, keys).send().body == b"content"


def test_it_ends(server, keys):
    request = get(server, keys, expires=2)
    assert request.send().status == 200
    time.sleep(3.2)
    answer = request.send()
    refused(answer)
    assert answer.code == "AccessDenied" and "expired" in answer.text
    refused(get(server, keys, expires=0, at=amz_date(-2)).send())
    refused(get(server, keys, expires=3600, at=amz_date(-3700)).send())
    assert get(server, keys, expires=604_800, at=amz_date(-604_000)).send().status == 200
    refused(get(server, keys, expires=604_800, at=amz_date(20 * 60)).send())  # of the future


@pytest.mark.parametrize("expires", ["604801", "-1", "1e9", "0x10", "9" * 30, "", " 5", "5 ", "NaN"])
def test_it_lives_no_longer_than_a_week(server, keys, expires):
    refused(get(server, keys, expires=expires).send())


def test_a_lifetime_is_needed_for_s3_and_short_elsewhere(server, keys):
    def forms(at):
        request = Request(server, "GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", service="sts", at=at).presign(keys)
        request.query = "&".join(pair for pair in request.query.split("&") if not pair.startswith(("X-Amz-Expires", "X-Amz-Signature")))
        request.query += "&X-Amz-Signature=" + request.signature(keys[1], ["host"], sha256(b""), request.query)
        return request

    assert forms(amz_date()).send().status == 200
    refused(forms(amz_date(-16 * 60)).send())


def test_the_host_has_to_be_signed(server, keys):
    request = Request(server, "GET", "/shared-bucket/key").set("X-Own", "1").presign(keys, signed=["x-own"])
    refused(request.send())


def test_a_presigned_upload_takes_what_was_signed(server, keys):
    upload = Request(server, "PUT", "/shared-bucket/uploaded", body=b"mine", headers={"X-Amz-Meta-Colour": "blue"})
    upload.presign(keys, signed=["host", "x-amz-meta-colour"])
    assert upload.send().status == 200
    refused(upload.set("X-Amz-Meta-Colour", "red").send())
    refused(upload.drop("X-Amz-Meta-Colour").send())
    stored = server.client("s3", ACCOUNT).head_object(Bucket="shared-bucket", Key="uploaded")
    assert stored["Metadata"] == {"colour": "blue"} and stored["ContentLength"] == 4
