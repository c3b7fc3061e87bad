"""What the tests of identities share: clients with keys of users and roles, and documents."""

import json

import boto3
import botocore.config
import botocore.exceptions
import pytest

REGION = "us-east-1"


def client_with(server, service, keys, region=REGION, **config):
    """A boto3 client for (access key, secret) or (access key, secret, token)."""
    token = keys[2] if len(keys) > 2 else None
    return boto3.session.Session().client(
        service, endpoint_url=server.endpoint, region_name=region, aws_access_key_id=keys[0], aws_secret_access_key=keys[1],
        aws_session_token=token,
        config=botocore.config.Config(retries=dict(total_max_attempts=1), s3=dict(addressing_style="path"), **config))


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, **more):
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole", "sts:TagSession"], **more})


def new_user(iam, name, *statements, **settings):
    """(access key, secret) of a new user with an inline policy of these statements."""
    iam.create_user(UserName=name, **settings)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def refused(call, code, status=None, text=None, **parameters):
    """The message of the error that `call` ends with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    if status:
        assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    if text:
        assert text in error["Error"]["Message"], error
    return error["Error"]["Message"]
