"""Users, their keys and inline policies through the IAM API. Roles and temporary credentials: test_iam_roles.py."""

import json

import boto3
import pytest

from dray_server import DrayServer
from iam_fixtures import client_with, document, new_user, refused, statement

ACCOUNT = "111122223333"
OTHER = "444455556666"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("iam"))
    started.start()
    for account in (ACCOUNT, OTHER):
        started.create_account(account)
    yield started
    started.stop()


@pytest.fixture
def iam(server):
    return server.client("iam", ACCOUNT)


def test_a_user_lives_and_dies(iam):
    made = iam.create_user(UserName="Ann", Path="/team/", Tags=[{"Key": "color", "Value": "blue"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/Ann"
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    got = iam.get_user(UserName="Ann")["User"]
    assert got == made and got["Tags"] == [{"Key": "color", "Value": "blue"}]
    assert [user["UserName"] for user in iam.list_users(PathPrefix="/team/")["Users"]] == ["Ann"]
    refused(iam.create_user, "EntityAlreadyExists", 409, "User with name ANN already exists.", UserName="ANN")
    iam.update_user(UserName="Ann", NewUserName="Anna", NewPath="/")
    assert iam.get_user(UserName="Anna")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/Anna"
    refused(iam.get_user, "NoSuchEntity", 404, "The user with name Ann cannot be found.", UserName="Ann")
    iam.delete_user(UserName="Anna")
    refused(iam.delete_user, "NoSuchEntity", UserName="Anna")


def test_lists_come_in_pages(iam):
    for number in range(5):
        iam.create_user(UserName=f"page{number}", Path="/pages/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [user["UserName"] for page in pages for user in page["Users"]] == [f"page{number}" for number in range(5)]
    for number in range(5):
        iam.delete_user(UserName=f"page{number}")


def test_a_new_user_may_do_nothing_and_then_what_its_policy_says(server, iam):
    keys = new_user(iam, "Bob")
    sts, dynamodb = client_with(server, "sts", keys), client_with(server, "dynamodb", keys)
    who = sts.get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/Bob" and who["UserId"].startswith("AIDA")
    message = refused(dynamodb.list_tables, "AccessDeniedException", 400)
    assert message == (f"User: arn:aws:iam::{ACCOUNT}:user/Bob is not authorized to perform: dynamodb:ListTables on resource: "
                       f"{message.split('resource: ')[1].split(' ')[0]} because no identity-based policy allows the "
                       "dynamodb:ListTables action")
    refused(client_with(server, "s3", keys).list_buckets, "AccessDenied", 403)
    refused(client_with(server, "iam", keys).list_users, "AccessDenied", 403, "iam:ListUsers")

    iam.put_user_policy(UserName="Bob", PolicyName="tables", PolicyDocument=document(statement("dynamodb:List*")))
    assert dynamodb.list_tables()["TableNames"] == []
    refused(dynamodb.describe_limits, "AccessDeniedException")
    iam.put_user_policy(UserName="Bob", PolicyName="no", PolicyDocument=document(statement("dynamodb:*", effect="Deny")))
    refused(dynamodb.list_tables, "AccessDeniedException", text="with an explicit deny in an identity-based policy")
    iam.delete_user_policy(UserName="Bob", PolicyName="no")
    dynamodb.list_tables()
    iam.delete_user_policy(UserName="Bob", PolicyName="tables")
    refused(dynamodb.list_tables, "AccessDeniedException")


def test_buckets_know_users(server, iam):
    keys = new_user(iam, "writer", statement(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::users-bucket/${aws:username}/*"))
    root, user = server.client("s3", ACCOUNT), client_with(server, "s3", keys)
    root.create_bucket(Bucket="users-bucket")
    user.put_object(Bucket="users-bucket", Key="writer/a", Body=b"x")
    refused(user.put_object, "AccessDenied", 403, Bucket="users-bucket", Key="other/a", Body=b"x")
    # A bucket policy that names the user itself is enough within the account.
    root.put_bucket_policy(Bucket="users-bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/writer"}, "Action": "s3:PutObject",
         "Resource": "arn:aws:s3:::users-bucket/other/*"}]}))
    user.put_object(Bucket="users-bucket", Key="other/a", Body=b"x")
    # Across accounts it takes both.
    foreign = new_user(server.client("iam", OTHER), "writer")
    refused(client_with(server, "s3", foreign).put_object, "AccessDenied", 403, Bucket="users-bucket", Key="other/a", Body=b"x")


def test_keys_are_two_and_can_be_switched_off(server, iam):
    keys = new_user(iam, "keyed")
    second = iam.create_access_key(UserName="keyed")["AccessKey"]
    assert second["Status"] == "Active" and len(second["SecretAccessKey"]) == 40
    refused(iam.create_access_key, "LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2", UserName="keyed")
    listed = iam.list_access_keys(UserName="keyed")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [keys[0], second["AccessKeyId"]]
    assert "SecretAccessKey" not in listed[0]

    sts = client_with(server, "sts", keys)
    sts.get_caller_identity()
    iam.update_access_key(UserName="keyed", AccessKeyId=keys[0], Status="Inactive")
    refused(sts.get_caller_identity, "InvalidClientTokenId", 403)
    iam.update_access_key(UserName="keyed", AccessKeyId=keys[0], Status="Active")
    sts.get_caller_identity()
    refused(iam.delete_user, "DeleteConflict", 409, "must delete access keys first", UserName="keyed")
    iam.delete_access_key(UserName="keyed", AccessKeyId=keys[0])
    refused(sts.get_caller_identity, "InvalidClientTokenId", 403)
    refused(iam.delete_access_key, "NoSuchEntity", 404, UserName="keyed", AccessKeyId=keys[0])
    iam.delete_access_key(UserName="keyed", AccessKeyId=second["AccessKeyId"])
    iam.delete_user(UserName="keyed")


def test_a_user_may_be_allowed_to_see_to_itself(server, iam):
    keys = new_user(iam, "self", statement(["iam:*AccessKey*", "iam:GetUser"], f"arn:aws:iam::{ACCOUNT}:user/" + "${aws:username}"))
    own = client_with(server, "iam", keys)
    assert own.get_user()["User"]["UserName"] == "self"
    added = own.create_access_key()["AccessKey"]
    assert added["UserName"] == "self"
    assert len(own.list_access_keys()["AccessKeyMetadata"]) == 2
    own.update_access_key(AccessKeyId=added["AccessKeyId"], Status="Inactive")
    own.delete_access_key(AccessKeyId=added["AccessKeyId"])
    iam.create_user(UserName="another")
    refused(own.create_access_key, "AccessDenied", 403, f"user/another because no identity-based policy allows", UserName="another")


def test_root_is_its_own_user(iam):
    root = iam.get_user()["User"]
    assert root["Arn"] == f"arn:aws:iam::{ACCOUNT}:root" and root["UserId"] == ACCOUNT
    refused(iam.create_access_key, "ValidationError", 400, "Must specify userName")


def test_inline_policies_are_kept_as_they_came(iam):
    iam.create_user(UserName="policed")
    text = document(statement("s3:*")).replace(",", ",\n")
    iam.put_user_policy(UserName="policed", PolicyName="b", PolicyDocument=text)
    iam.put_user_policy(UserName="policed", PolicyName="a", PolicyDocument=document(statement("dynamodb:*")))
    assert iam.get_user_policy(UserName="policed", PolicyName="b")["PolicyDocument"] == json.loads(text)
    assert iam.list_user_policies(UserName="policed")["PolicyNames"] == ["a", "b"]
    first = iam.list_user_policies(UserName="policed", MaxItems=1)
    assert first["IsTruncated"] and iam.list_user_policies(UserName="policed", Marker=first["Marker"])["PolicyNames"] == ["b"]
    refused(iam.get_user_policy, "NoSuchEntity", 404, "The user policy with name c cannot be found.", UserName="policed",
            PolicyName="c")
    refused(iam.delete_user_policy, "NoSuchEntity", UserName="policed", PolicyName="c")
    refused(iam.delete_user, "DeleteConflict", 409, "must delete policies first", UserName="policed")


@pytest.mark.parametrize("text", ["", "[]", '{"Version":"2012-10-17"}', document(statement("s3:*", Principal="*")),
                                  document(statement("s3:*", effect="Maybe"))])
def test_a_document_that_is_no_policy_is_refused(iam, text):
    iam.create_user(UserName="malformed")
    try:
        refused(iam.put_user_policy, "MalformedPolicyDocument" if text else "ValidationError", 400, UserName="malformed",
                PolicyName="p", PolicyDocument=text or " " * 131073)
        assert iam.list_user_policies(UserName="malformed")["PolicyNames"] == []
    finally:
        iam.delete_user(UserName="malformed")


def test_inline_policies_of_a_user_are_limited_together(iam):
    iam.create_user(UserName="large")
    half = document(statement([f"s3:A{number:03}" for number in range(110)]))
    assert 1024 < len(half) < 2048
    iam.put_user_policy(UserName="large", PolicyName="one", PolicyDocument=half.replace(",", ",     "))  # blanks do not count
    refused(iam.put_user_policy, "LimitExceeded", 409, "Maximum policy size of 2048 bytes exceeded for user large", UserName="large",
            PolicyName="two", PolicyDocument=half)


def test_all_faults_of_a_request_are_told(iam):
    message = refused(iam.create_user, "ValidationError", 400, UserName="no blanks", Path="relative")
    assert message.startswith("2 validation errors detected: Value 'no blanks' at 'userName' failed to satisfy constraint: Member must "
                              "satisfy regular expression pattern: [\\w+=,.@-]+; Value 'relative' at 'path'")


def test_what_is_not_there_is_refused_by_name(iam):
    refused(iam.create_group, "InvalidAction", 400, "CreateGroup", GroupName="g")
    refused(iam.list_access_keys, "ValidationError", 400, "Marker is not supported", UserName="x", Marker="abc")


def test_accounts_do_not_see_each_other(server, iam):
    iam.create_user(UserName="private")
    refused(server.client("iam", OTHER).get_user, "NoSuchEntity", UserName="private")
    assert "private" not in [user["UserName"] for user in server.client("iam", OTHER).list_users()["Users"]]


def test_tags_are_policy_variables(server, iam):
    keys = new_user(iam, "tagged", statement("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
                    Tags=[{"Key": "team", "Value": "blue"}])
    s3 = client_with(server, "s3", keys)
    refused(s3.list_buckets, "AccessDenied")
    iam.tag_user(UserName="tagged", Tags=[{"Key": "team", "Value": "red"}])
    s3.list_buckets()
    assert iam.list_user_tags(UserName="tagged")["Tags"] == [{"Key": "team", "Value": "red"}]
    iam.untag_user(UserName="tagged", TagKeys=["Team"])
    refused(s3.list_buckets, "AccessDenied")


def test_the_command_line_does_the_same(server):
    server.aws(ACCOUNT, "iam", "create-user", "--user-name", "cli")
    made = json.loads(server.aws(ACCOUNT, "iam", "create-access-key", "--user-name", "cli").stdout)["AccessKey"]
    server.aws(ACCOUNT, "iam", "put-user-policy", "--user-name", "cli", "--policy-name", "p", "--policy-document",
               document(statement("dynamodb:ListTables")))
    got = json.loads(server.aws(ACCOUNT, "iam", "get-user-policy", "--user-name", "cli", "--policy-name", "p").stdout)
    assert got["PolicyDocument"]["Statement"][0]["Action"] == "dynamodb:ListTables"
    server.credentials["cli"] = made["AccessKeyId"], made["SecretAccessKey"]
    assert json.loads(server.aws("cli", "dynamodb", "list-tables").stdout)["TableNames"] == []
    assert server.aws("cli", "s3", "ls", check=False).returncode != 0


def test_users_and_keys_survive_a_restart_and_secrets_are_in_no_log(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    server.create_account(ACCOUNT)
    keys = new_user(server.client("iam", ACCOUNT), "lasting", statement("dynamodb:ListTables"))
    server.kill()
    server.start()
    try:
        client_with(server, "dynamodb", keys).list_tables()
        refused(client_with(server, "dynamodb", keys).describe_limits, "AccessDeniedException")
    finally:
        server.stop()
    assert not [line for line in server.log if keys[1] in line]
    for path in server.data.rglob("*"):
        assert not path.is_file() or keys[1].encode() not in path.read_bytes(), path


def test_dev_knows_the_keys_it_made(tmp_path):
    server = DrayServer(tmp_path, "--dev", "--in-memory")
    server.start()
    try:
        keys = new_user(client_with(server, "iam", (ACCOUNT, "x")), "dev", statement("dynamodb:ListTables"))
        sts = boto3.client("sts", endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=keys[0],
                           aws_secret_access_key="any")
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/dev"
        client_with(server, "dynamodb", keys).list_tables()
        refused(client_with(server, "dynamodb", keys).describe_limits, "AccessDeniedException")
    finally:
        server.stop()
