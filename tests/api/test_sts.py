"""AWS Security Token Service. Users, roles and their rights: test_iam_*.py."""

import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import pytest

from dray_server import DrayServer

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("sts"))
    started.start()
    started.create_account(ACCOUNT)
    yield started
    started.stop()


def test_a_root_user_is_its_account(server):
    who = server.client("sts", ACCOUNT).get_caller_identity()
    assert (who["Account"], who["UserId"], who["Arn"]) == (ACCOUNT, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert len(who["ResponseMetadata"]["RequestId"]) == 36


def test_the_command_line_knows_who_it_is(server):
    said = server.aws(ACCOUNT, "sts", "get-caller-identity", "--query", "Arn", "--output", "text").stdout
    assert said.strip() == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_presigned_url_tells_who_signed_it(server):
    url = server.client("sts", ACCOUNT).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert f"<Account>{ACCOUNT}</Account>" in answer.read().decode()


@pytest.mark.parametrize("region, expected", [("us-east-1", 200), ("eu-west-1", 403)])
def test_the_scope_is_of_the_global_region_or_the_servers(server, region, expected):
    key, secret = server.credentials[ACCOUNT]
    client = boto3.client("sts", endpoint_url=server.endpoint, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret)
    if expected == 200:
        client.get_caller_identity()
        return
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("key, secret, code", [("AKIAUNKNOWN", None, "InvalidClientTokenId"), (None, "wrong", "SignatureDoesNotMatch")])
def test_wrong_credentials_are_refused(server, key, secret, code):
    right = server.credentials[ACCOUNT]
    client = boto3.client("sts", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=key or right[0],
                          aws_secret_access_key=secret or right[1])
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_unsigned_form_is_refused_in_the_words_of_the_api(server):
    request = urllib.request.Request(server.endpoint, data=b"Action=GetCallerIdentity&Version=2011-06-15")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in refused.value.read()


def test_an_operation_that_is_not_there_is_named(server):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        server.client("sts", ACCOUNT).get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert refused.value.response["Error"]["Code"] == "InvalidAction"
    assert "GetAccessKeyInfo for version 2011-06-15" in refused.value.response["Error"]["Message"]


def test_dev_takes_any_signature(tmp_path):
    server = DrayServer(tmp_path, "--dev", "--in-memory")
    server.start()
    try:
        for key, account in (("444455556666", "444455556666"), ("anything", "000000000000")):
            client = boto3.client("sts", endpoint_url=server.endpoint, region_name="eu-west-1", aws_access_key_id=key,
                                  aws_secret_access_key="x")
            assert client.get_caller_identity()["Account"] == account
    finally:
        server.stop()
