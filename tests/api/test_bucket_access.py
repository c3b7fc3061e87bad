"""Who may reach a bucket: PutBucketPolicy's checks, Block Public Access of buckets and accounts, ownership of objects, ACLs, and
anonymous requests, through Debian's boto3 and aws CLI."""

import contextlib
import hashlib
import http.client
import http.server
import io
import json
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED

from dray_server import ROOT, REGION, DrayServer
from dynamodb_fixtures import definition, wait_for
from iam_fixtures import client_with, new_user, refused, statement

OWNER, OTHER, THIRD = "444455556666", "111122223333", "777788889999"
GOLDEN = ROOT / "tests/golden/policy"
ALL_ON = dict(BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=True)
ALL_OFF = dict.fromkeys(ALL_ON, False)
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("access"))
    started.start()
    for account in (OWNER, OTHER, THIRD):
        started.create_account(account)
    yield started
    assert started.stop() == 0


@pytest.fixture
def s3(server):
    return server.client("s3", OWNER)


@pytest.fixture
def other(server):
    return server.client("s3", OTHER)


@pytest.fixture
def anonymous(server):
    return server.client("s3", OWNER, signature_version=UNSIGNED)


@pytest.fixture
def bucket(s3, request):
    name = "b-" + hashlib.sha1(request.node.name.encode()).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name


def policy(bucket, *statements):
    return json.dumps(dict(Version="2012-10-17", Statement=[
        {"Effect": "Allow", "Resource": [f"arn:aws:s3:::{bucket}/*"], **s} for s in statements]))


def public(bucket):
    return policy(bucket, dict(Principal="*", Action=["s3:GetObject", "s3:PutObject"]))


def block(s3, bucket, **settings):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**ALL_OFF, **settings})


def own(s3, bucket, ownership):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=dict(Rules=[dict(ObjectOwnership=ownership)]))


def let_write(s3, bucket, account, *more):
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, dict(
        Principal={"AWS": account}, Action=["s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:AbortMultipartUpload"]), *more))


def id_of(client):
    return client.list_buckets()["Owner"]["ID"]


def read(client, bucket, key="k"):
    return client.get_object(Bucket=bucket, Key=key)["Body"].read()


# ---- PutBucketPolicy


@pytest.fixture(scope="module")
def policy_bucket(server):
    """A bucket named as the golden policies name it, that takes public ones."""
    s3 = server.client("s3", OWNER)
    s3.create_bucket(Bucket="bucket")
    s3.delete_public_access_block(Bucket="bucket")
    return s3


@pytest.mark.parametrize("path", sorted((GOLDEN / "documents/good").glob("*.json")), ids=lambda path: path.stem)
def test_policies_that_are_taken(policy_bucket, path):
    text = path.read_bytes().decode()
    done = policy_bucket.put_bucket_policy(Bucket="bucket", Policy=text)
    assert done["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert policy_bucket.get_bucket_policy(Bucket="bucket")["Policy"] == text


@pytest.mark.parametrize("path", sorted((GOLDEN / "documents/bad").glob("*.json")), ids=lambda path: path.stem)
def test_policies_that_are_refused(policy_bucket, path):
    wanted = path.with_suffix(".message").read_text().rstrip("\n")
    message = refused(policy_bucket.put_bucket_policy, "MalformedPolicy", 400, Bucket="bucket", Policy=path.read_bytes().decode())
    assert message == wanted


@pytest.mark.parametrize("section", ["principal", "not_principal", "action", "resource", "condition"])
def test_forms_of_policies(policy_bucket, section):
    rows = [row for row in json.loads((GOLDEN / "forms.json").read_text())[section] if row["kind"] == "resource"]
    assert rows
    for row in rows:
        request = dict(Bucket="bucket", Policy=json.dumps(row["document"]))
        if message := row["refused_with"] or row.get("put_refused_with"):
            assert refused(policy_bucket.put_bucket_policy, "MalformedPolicy", 400, **request) == message, row
        else:
            assert policy_bucket.put_bucket_policy(**request)["ResponseMetadata"]["HTTPStatusCode"] == 204, row


def test_the_size_of_a_policy_counts_in_bytes_with_its_white_space(s3, bucket):
    text = policy(bucket, dict(Sid="é", Principal={"AWS": OTHER}, Action="s3:GetObject"))
    fits = text + " " * (20480 - len(text.encode()))
    s3.put_bucket_policy(Bucket=bucket, Policy=fits)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == fits
    for longer in (fits + " ", fits + " " * 500_000):
        message = refused(s3.put_bucket_policy, "MalformedPolicy", 400, Bucket=bucket, Policy=longer)
        assert message == "Policy exceeds the maximum allowed document size."
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == fits


def test_a_policy_that_locks_its_caller_out_wants_a_confirmation(server, s3, bucket):
    arn = f"arn:aws:s3:::{bucket}"
    user = client_with(server, "s3", new_user(server.client("iam", OWNER), "locker", statement("s3:*", arn)))
    lock = json.dumps(dict(Version="2012-10-17", Statement=[dict(Effect="Deny", Principal="*", Action="s3:*BucketPolicy", Resource=arn)]))
    refused(user.put_bucket_policy, "AccessDenied", 403, "x-amz-confirm-remove-self-bucket-access", Bucket=bucket, Policy=lock)
    refused(s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket=bucket)
    user.put_bucket_policy(Bucket=bucket, Policy=lock, ConfirmRemoveSelfBucketAccess=True)
    for call in (user.get_bucket_policy, user.delete_bucket_policy):
        refused(call, "AccessDenied", 403, "with an explicit deny in a resource-based policy", Bucket=bucket)
    # The root user of the bucket's account may all three, whatever the policy says.
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == lock
    s3.put_bucket_policy(Bucket=bucket, Policy=lock)
    s3.delete_bucket_policy(Bucket=bucket)
    user.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, dict(Principal={"AWS": OTHER}, Action="s3:GetObject")))


# ---- Block Public Access


def test_new_buckets_are_closed_to_the_public(s3, bucket):
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == ALL_ON
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    message = refused(s3.put_bucket_policy, "AccessDenied", 403, Bucket=bucket, Policy=public(bucket))
    assert message == (f'User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:PutBucketPolicy on resource: '
                       f'"arn:aws:s3:::{bucket}" because public policies are blocked by the BlockPublicPolicy block public '
                       'access setting.')
    s3.delete_public_access_block(Bucket=bucket)
    refused(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict(IgnorePublicAcls=True))
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == {**ALL_OFF, "IgnorePublicAcls": True}


@pytest.mark.parametrize("condition, is_public", [
    ({}, True),
    ({"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}}, True),
    ({"StringEquals": {"aws:PrincipalAccount": OTHER}}, False),
    ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/r"}}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
    ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False),
])
def test_the_status_of_a_policy(s3, bucket, condition, is_public):
    refused(s3.get_bucket_policy_status, "NoSuchBucketPolicy", 404, Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    more = dict(Condition=condition) if condition else {}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, dict(Principal="*", Action="s3:GetObject", **more)))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == dict(IsPublic=is_public)


def fetch(server, path, method="GET", data=None):
    """An unsigned request of no SDK: (status, body)."""
    request = urllib.request.Request(server.endpoint + path, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_anonymous_requests_with_and_without_block_public_access(server, s3, anonymous, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert fetch(server, f"/{bucket}/k")[0] == 403
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    assert fetch(server, f"/{bucket}/k") == (200, b"x")
    assert fetch(server, f"/{bucket}/new", "PUT", b"from nobody")[0] == 200
    assert read(anonymous, bucket, "new") == read(s3, bucket, "new") == b"from nobody"
    assert fetch(server, f"/{bucket}/k", "DELETE")[0] == fetch(server, f"/{bucket}")[0] == 403
    # On again: the policy stays, and lets in nobody but the bucket's account.
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_ON)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == dict(IsPublic=True)
    assert fetch(server, f"/{bucket}/k")[0] == fetch(server, f"/{bucket}/new", "PUT", b"again")[0] == 403
    refused(anonymous.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    assert read(s3, bucket) == b"x"
    block(s3, bucket, BlockPublicPolicy=True)
    assert fetch(server, f"/{bucket}/k") == (200, b"x")  # a policy that is there is not blocked


def test_restricting_public_buckets_cuts_off_other_accounts_too(server, s3, other, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket=bucket)
    let_write(s3, bucket, OTHER)
    block(s3, bucket, RestrictPublicBuckets=True)
    assert read(other, bucket) == b"x"
    position = server.log_position()
    let_write(s3, bucket, OTHER, dict(Principal="*", Action="s3:GetObject"))
    assert refused(other.get_object, "AccessDenied", 403, Bucket=bucket, Key="k") == "Access Denied"
    assert refused(other.put_object, "AccessDenied", 403, Bucket=bucket, Key="k", Body=b"y") == "Access Denied"
    server.wait_for_log(position, "RestrictPublicBuckets")  # the audit says why
    user = client_with(server, "s3", new_user(server.client("iam", OWNER), "reader"))
    assert read(user, bucket) == b"x"
    block(s3, bucket)
    assert read(other, bucket) == b"x"


# ---- Block Public Access of accounts: the S3 Control API, whose clients call ACCOUNT.HOST


@contextlib.contextmanager
def resolving(names_to_loopback):
    """Names of hosts that end in one of these mean this machine, for Python's clients."""
    real = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        text = host.decode() if isinstance(host, bytes) else host
        return real("127.0.0.1" if any(text.endswith("." + name) for name in names_to_loopback) else host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        socket.getaddrinfo = real


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_settings_of_an_account_count_for_its_buckets(server, s3, anonymous, bucket, host):
    access_key, secret = server.credentials[OWNER]
    endpoint = server.endpoint.replace("127.0.0.1", host)
    control = boto3.session.Session().client(
        "s3control", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=access_key, aws_secret_access_key=secret)
    hosts = []
    control.meta.events.register("before-send.s3-control.*", lambda request, **_: hosts.append(request.headers["host"].decode()))
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert read(anonymous, bucket) == b"x"
    with resolving([host]):
        refused(control.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, AccountId=OWNER)
        settings = {**ALL_OFF, "RestrictPublicBuckets": True}
        control.put_public_access_block(AccountId=OWNER, PublicAccessBlockConfiguration=settings)
        assert control.get_public_access_block(AccountId=OWNER)["PublicAccessBlockConfiguration"] == settings
        refused(anonymous.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
        control.put_public_access_block(AccountId=OWNER, PublicAccessBlockConfiguration=dict(BlockPublicPolicy=True))
        assert read(anonymous, bucket) == b"x"
        refused(s3.put_bucket_policy, "AccessDenied", 403, "BlockPublicPolicy", Bucket=bucket, Policy=public(bucket))
        refused(control.get_public_access_block, "AccessDenied", 403, AccountId=OTHER)
        control.delete_public_access_block(AccountId=OWNER)
        refused(control.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, AccountId=OWNER)
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    assert set(hosts) == {f"{account}.{endpoint.removeprefix('http://')}" for account in (OWNER, OTHER)}


def test_settings_of_an_account_need_their_own_permission(server):
    iam = server.client("iam", OWNER)
    reader = client_with(server, "s3control", new_user(iam, "block-reader", statement("s3:GetAccountPublicAccessBlock")))
    nobody = client_with(server, "s3control", new_user(iam, "block-nobody", statement("s3:GetBucketPublicAccessBlock")))
    with resolving(["127.0.0.1"]):
        refused(reader.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404, AccountId=OWNER)
        refused(reader.put_public_access_block, "AccessDenied", 403, "s3:PutAccountPublicAccessBlock", AccountId=OWNER,
                PublicAccessBlockConfiguration=ALL_ON)
        refused(reader.delete_public_access_block, "AccessDenied", 403, AccountId=OWNER)
        refused(nobody.get_public_access_block, "AccessDenied", 403, "s3:GetAccountPublicAccessBlock", AccountId=OWNER)
        refused(reader.list_access_points, "NotImplemented", 501, AccountId=OWNER)


class Forwarder(http.server.BaseHTTPRequestHandler):
    """A proxy that takes every host for this machine: what a resolver would do for a client that is no Python of ours."""

    def forward(self):
        target = urllib.parse.urlsplit(self.path)
        self.server.hosts.append(self.headers["Host"])
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        onward = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "proxy-connection"}
        onward.request(self.command, target.path + ("?" + target.query if target.query else ""), body, headers)
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        onward.close()

    do_GET = do_PUT = do_DELETE = forward

    def log_message(self, *_):
        pass


def test_the_aws_cli_sets_block_public_access(server, bucket):
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forwarder)
    proxy.hosts = []
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        def aws(*arguments, **options):
            return server.aws(THIRD, *arguments, environment={"HTTP_PROXY": f"http://127.0.0.1:{proxy.server_port}"}, **options)

        control = ["--account-id", THIRD]
        missing = aws("s3control", "get-public-access-block", *control, check=False)
        assert "NoSuchPublicAccessBlockConfiguration" in missing.stderr
        aws("s3control", "put-public-access-block", *control, "--public-access-block-configuration",
            "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true")
        shown = json.loads(aws("s3control", "get-public-access-block", *control).stdout)
        assert shown["PublicAccessBlockConfiguration"] == ALL_ON
        aws("s3control", "delete-public-access-block", *control)
        assert set(proxy.hosts) == {f"{THIRD}.{server.endpoint.removeprefix('http://')}"}
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
    cli = lambda *arguments: server.aws(OWNER, "s3api", *arguments, "--bucket", bucket).stdout
    assert json.loads(cli("get-public-access-block"))["PublicAccessBlockConfiguration"] == ALL_ON
    cli("put-bucket-ownership-controls", "--ownership-controls", "Rules=[{ObjectOwnership=ObjectWriter}]")
    assert "ObjectWriter" in cli("get-bucket-ownership-controls")
    cli("delete-public-access-block")
    cli("put-bucket-acl", "--acl", "public-read")
    assert EVERYBODY in cli("get-bucket-acl")


# ---- ownership and ACLs


def test_the_writer_owns_its_objects_until_the_bucket_enforces_its_owner(server, s3, other, bucket):
    own(s3, bucket, "ObjectWriter")
    let_write(s3, bucket, OTHER)
    other.put_object(Bucket=bucket, Key="k", Body=b"theirs")
    s3.put_object(Bucket=bucket, Key="mine", Body=b"mine")
    assert refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key="k") == "Access Denied"
    refused(s3.head_object, "403", 403, Bucket=bucket, Key="k")
    refused(s3.get_object_acl, "AccessDenied", 403, Bucket=bucket, Key="k")
    assert read(other, bucket) == b"theirs"
    owners = {entry["Key"]: entry["Owner"]["ID"] for entry in s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"]}
    assert owners == {"k": id_of(other), "mine": id_of(s3)}
    owners = {entry["Key"]: entry["Owner"]["ID"] for entry in s3.list_objects(Bucket=bucket)["Contents"]}
    assert owners == {"k": id_of(other), "mine": id_of(s3)}
    # The bucket's policy allows nothing on it, and denies.
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, dict(Principal={"AWS": [OWNER, THIRD]}, Action="s3:GetObject")))
    refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    refused(server.client("s3", THIRD).get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    assert read(server.client("s3", THIRD), bucket, "mine") == b"mine"
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, dict(Effect="Deny", Principal="*", Action="s3:GetObject")))
    refused(other.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    s3.delete_bucket_policy(Bucket=bucket)
    # The owner hands it over by ACL, or the bucket takes it.
    acl = other.get_object_acl(Bucket=bucket, Key="k")
    assert acl["Owner"]["ID"] == id_of(other)
    assert [(grant["Grantee"]["Type"], grant["Grantee"]["ID"], grant["Permission"]) for grant in acl["Grants"]] == [
        ("CanonicalUser", id_of(other), "FULL_CONTROL")]
    other.put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-read")
    assert read(s3, bucket) == b"theirs"
    other.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    own(s3, bucket, "BucketOwnerEnforced")
    assert read(s3, bucket) == b"theirs"
    refused(other.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Owner"]["ID"] == id_of(s3)
    assert {entry["Owner"]["ID"] for entry in s3.list_objects(Bucket=bucket)["Contents"]} == {id_of(s3)}
    refused(s3.put_object_acl, "AccessControlListNotSupported", 400, "The bucket does not allow ACLs", Bucket=bucket, Key="k",
            ACL="private")
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    refused(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", 404, Bucket=bucket)
    refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    s3.delete_object(Bucket=bucket, Key="k")  # the bucket's owner always may


def test_a_bucket_that_prefers_its_owner_takes_what_is_handed_over(server, s3, other):
    s3.create_bucket(Bucket="preferring", ObjectOwnership="BucketOwnerPreferred")
    let_write(s3, "preferring", OTHER)
    other.put_object(Bucket="preferring", Key="k", Body=b"theirs", ACL="bucket-owner-full-control")
    assert read(s3, "preferring") == b"theirs"
    refused(s3.put_object_acl, "AccessDenied", 403, Bucket="preferring", Key="k", AccessControlPolicy=dict(
        Owner=dict(ID=id_of(other)), Grants=[]))
    other.upload_fileobj(io.BytesIO(b"y" * (9 << 20)), "preferring", "large",
                         ExtraArgs=dict(ACL="bucket-owner-full-control"))
    assert len(read(s3, "preferring", "large")) == 9 << 20
    other.put_object(Bucket="preferring", Key="kept", Body=b"theirs")
    refused(s3.get_object, "AccessDenied", 403, Bucket="preferring", Key="kept")
    owners = {entry["Key"]: entry["Owner"]["ID"] for entry in s3.list_objects(Bucket="preferring")["Contents"]}
    assert owners == {"k": id_of(s3), "large": id_of(s3), "kept": id_of(other)}


def test_an_enforcing_bucket_takes_no_acl_but_one(s3, other, bucket):
    let_write(s3, bucket, OTHER)
    for acl in ("private", "public-read", "authenticated-read", "bucket-owner-read"):
        refused(other.put_object, "AccessControlListNotSupported", 400, Bucket=bucket, Key="k", Body=b"x", ACL=acl)
        refused(other.create_multipart_upload, "AccessControlListNotSupported", 400, Bucket=bucket, Key="k", ACL=acl)
    refused(other.put_object, "AccessControlListNotSupported", 400, Bucket=bucket, Key="k", Body=b"x",
            GrantRead=f"id={id_of(other)}")
    other.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    other.put_object(Bucket=bucket, Key="k", Body=b"x", GrantFullControl=f'id="{id_of(s3)}"')
    refused(s3.put_bucket_acl, "AccessControlListNotSupported", 400, Bucket=bucket, ACL="private")
    shown = s3.get_bucket_acl(Bucket=bucket)
    assert shown["Owner"]["ID"] == id_of(s3) and [grant["Permission"] for grant in shown["Grants"]] == ["FULL_CONTROL"]


def test_enforcing_is_refused_while_others_have_grants(s3, other, bucket):
    own(s3, bucket, "BucketOwnerPreferred")
    s3.put_bucket_acl(Bucket=bucket, GrantWrite=f"id={id_of(other)}", GrantFullControl=f"id={id_of(s3)}")
    other.put_object(Bucket=bucket, Key="by-acl", Body=b"x")
    rules = dict(Rules=[dict(ObjectOwnership="BucketOwnerEnforced")])
    refused(s3.put_bucket_ownership_controls, "InvalidBucketAclWithObjectOwnership", 400, Bucket=bucket, OwnershipControls=rules)
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    refused(other.put_object, "AccessDenied", 403, Bucket=bucket, Key="by-acl", Body=b"x")


def test_public_acls_are_blocked_ignored_and_obeyed(server, s3, anonymous, bucket):
    own(s3, bucket, "ObjectWriter")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for call in (dict(ACL="public-read"), dict(GrantRead=f"uri={EVERYBODY}")):
        refused(s3.put_object_acl, "AccessDenied", 403, "BlockPublicAcls", Bucket=bucket, Key="k", **call)
        refused(s3.put_object, "AccessDenied", 403, "BlockPublicAcls", Bucket=bucket, Key="k", Body=b"y", **call)
        refused(s3.put_bucket_acl, "AccessDenied", 403, "BlockPublicAcls", Bucket=bucket, **call)
    block(s3, bucket, IgnorePublicAcls=True)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    refused(anonymous.get_object, "AccessDenied", 403, Bucket=bucket, Key="k")
    block(s3, bucket, BlockPublicAcls=True)
    assert read(anonymous, bucket) == b"x"
    grants = s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]
    assert [(grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants] == [
        (None, "FULL_CONTROL"), (EVERYBODY, "READ")]
    refused(s3.create_bucket, "InvalidBucketAclWithObjectOwnership", 400, Bucket="open-bucket", ACL="public-read")
    refused(s3.create_bucket, "InvalidBucketAclWithBlockPublicAccessError", 400, Bucket="open-bucket", ACL="public-read",
            ObjectOwnership="ObjectWriter")


def test_all_of_it_survives_a_kill(server, s3, other, bucket):
    own(s3, bucket, "ObjectWriter")
    let_write(s3, bucket, OTHER)
    other.put_object(Bucket=bucket, Key="k", Body=b"theirs", ACL="bucket-owner-read")
    upload = other.create_multipart_upload(Bucket=bucket, Key="u")["UploadId"]
    block(s3, bucket, BlockPublicAcls=True)
    server.kill()
    server.start()
    s3, other = server.client("s3", OWNER), server.client("s3", OTHER)  # at another port
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == {**ALL_OFF, "BlockPublicAcls": True}
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"] == id_of(other)
    assert read(s3, bucket) == b"theirs"
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]
    assert (listed["UploadId"], listed["Owner"]["ID"]) == (upload, id_of(other))
    part = other.upload_part(Bucket=bucket, Key="u", UploadId=upload, PartNumber=1, Body=b"part")
    assert other.list_parts(Bucket=bucket, Key="u", UploadId=upload)["Owner"]["ID"] == id_of(other)
    other.complete_multipart_upload(Bucket=bucket, Key="u", UploadId=upload,
                                    MultipartUpload=dict(Parts=[dict(PartNumber=1, ETag=part["ETag"])]))
    refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key="u")


# ---- exports of another account


def exported(server, bucket, **parameters):
    """The description of an export by OTHER into a bucket of OWNER, when it is over."""
    dynamodb = server.client("dynamodb", OTHER)
    if "Exported" not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(TableName="Exported", **definition(pk="S"))
        dynamodb.put_item(TableName="Exported", Item={"pk": {"S": "a"}})
        dynamodb.update_continuous_backups(TableName="Exported", PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    arn = dynamodb.export_table_to_point_in_time(
        TableArn=f"arn:aws:dynamodb:{REGION}:{OTHER}:table/Exported", S3Bucket=bucket, S3BucketOwner=OWNER,
        **parameters)["ExportDescription"]["ExportArn"]
    return wait_for(lambda: dynamodb.describe_export(ExportArn=arn)["ExportDescription"], "ExportStatus")


VIA = dict(Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "dynamodb.amazonaws.com"}})
EXPORTER = dict(Principal={"AWS": OTHER}, Action=["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"], **VIA)


def test_an_export_belongs_to_the_bucket_only_where_that_enforces_it(server, s3, bucket):
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, EXPORTER))
    own(s3, bucket, "ObjectWriter")
    done = exported(server, bucket)
    assert done["ExportStatus"] == "COMPLETED", done
    summary = done["ExportManifest"].replace("manifest-summary.json", "manifest-files.json")
    for key in (done["ExportManifest"], summary):
        refused(s3.get_object, "AccessDenied", 403, Bucket=bucket, Key=key)
    # Its account may, as the owner of the objects; the bucket's policy gave it no right to read.
    assert json.loads(read(server.client("s3", OTHER), bucket, done["ExportManifest"]))["itemCount"] == 1
    own(s3, bucket, "BucketOwnerEnforced")
    assert json.loads(read(s3, bucket, done["ExportManifest"]))["itemCount"] == 1
    refused(server.client("s3", OTHER).get_object, "AccessDenied", 403, Bucket=bucket, Key=done["ExportManifest"])


def test_an_export_into_a_public_bucket_is_cut_off(server, s3, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, EXPORTER, dict(Principal="*", Action="s3:GetObject")))
    block(s3, bucket, RestrictPublicBuckets=True)
    done = exported(server, bucket)
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3AccessDenied"), done
    block(s3, bucket)
    assert exported(server, bucket)["ExportStatus"] == "COMPLETED"
