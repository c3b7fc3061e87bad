"""Temporary credentials: a key, a secret and a token that belong together, for their time, for no more than was granted."""

import json

import pytest

from iam_fixtures import client_with, document, new_user, statement, trust
from wire import ACCOUNT, OTHER, Request, encoded

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def list_tables(server):
    return Request(server, "POST", body=b"{}", service="dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})


def list_buckets(server):
    return Request(server, "GET", "/")


def identity(server):
    return Request(server, "POST", body=b"Action=GetCallerIdentity&Version=2011-06-15", service="sts", headers=FORM)


def list_roles(server):
    return Request(server, "POST", body=b"Action=ListRoles&Version=2010-05-08", service="iam", headers=FORM)


every_api = pytest.mark.parametrize("make", [list_tables, list_buckets, identity, list_roles], ids=lambda make: make.__name__)


@pytest.fixture(scope="module")
def role(server):
    iam = server.client("iam", ACCOUNT)
    arn = iam.create_role(RoleName="tested", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["Arn"]
    iam.put_role_policy(RoleName="tested", PolicyName="all", PolicyDocument=document(statement("*")))
    return arn


@pytest.fixture(scope="module")
def assumer(server):
    return new_user(server.client("iam", ACCOUNT), "assumer", statement("sts:AssumeRole"))


def assume(server, keys, role, **more):
    made = client_with(server, "sts", keys).assume_role(RoleArn=role, RoleSessionName="session", **more)["Credentials"]
    return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]


@pytest.fixture(scope="module")
def session(server, assumer, role):
    return assume(server, assumer, role)


@pytest.fixture(scope="module")
def another(server, assumer, role):
    return assume(server, assumer, role)


def refused(answer):
    assert answer.status in (400, 403), answer
    assert answer.code in {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken",
                           "SignatureDoesNotMatch", "InvalidSignatureException", "ExpiredToken", "ExpiredTokenException",
                           "IncompleteSignature",
                           "IncompleteSignatureException", "AccessDenied", "AuthorizationHeaderMalformed"}, answer


@every_api
def test_the_three_together_are_taken(server, session, make):
    answer = make(server).sign(session).send()
    assert answer.status == 200, answer


@every_api
def test_a_token_is_needed(server, session, make):
    refused(make(server).sign(session[:2]).send())


@every_api
def test_a_token_is_of_its_key(server, session, another, make):
    long_term = server.credentials[ACCOUNT]
    for keys in ((session[0], session[1], another[2]), (another[0], session[1], session[2]), (session[0], another[1], session[2]),
                 (*long_term, session[2]), (long_term[0], session[1], session[2]), (session[0], long_term[1], session[2])):
        refused(make(server).sign(keys).send())


@every_api
def test_a_token_that_was_altered_is_none(server, session, make):
    token = session[2]
    middle = len(token) // 2
    for other in (token[:-1], token + "A", token[1:], token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1:],
                  token.swapcase(), token[::-1], token + token, "x", "A" * 5000, token + "=", " " + token[:-1]):
        refused(make(server).sign((*session[:2], other)).send())


@every_api
def test_a_token_is_signed_with_the_request(server, session, another, make):
    swapped = make(server).sign(session)
    refused(swapped.set("X-Amz-Security-Token", another[2]).send())
    dropped = make(server).sign(session)
    refused(dropped.drop("X-Amz-Security-Token").send())
    doubled = make(server).sign(session)
    refused(doubled.add("X-Amz-Security-Token", session[2]).send())
    unsigned = make(server).sign(session[:2])
    refused(unsigned.add("X-Amz-Security-Token", session[2]).send())


def test_a_presigned_address_holds_its_token(server, session, another):
    def presigned():
        return Request(server, "GET", "/").presign(session)

    assert presigned().send().status == 200
    own = f"X-Amz-Security-Token={encoded(session[2])}"
    for other in ("", f"X-Amz-Security-Token={encoded(another[2])}", own + "&" + own, own + "A"):
        request = presigned()
        request.query = request.query.replace(own, other)
        refused(request.send())
    request = presigned()
    request.query = request.query.replace("&" + own, "")
    refused(request.add("X-Amz-Security-Token", session[2]).send())


def test_a_session_is_no_more_than_its_policy_whoever_signs(server, assumer, role):
    narrow = assume(server, assumer, role, Policy=document(statement("dynamodb:ListTables")), DurationSeconds=900)
    assert list_tables(server).sign(narrow).send().status == 200
    assert list_buckets(server).sign(narrow).send().code == "AccessDenied"
    # Nor does it hand on what it does not have: a session of a session asks the role it names.
    answer = Request(server, "POST", body=f"Action=AssumeRole&Version=2011-06-15&RoleArn={encoded(role)}&RoleSessionName=name".encode(),
                     service="sts", headers=FORM).sign(narrow).send()
    assert answer.status == 403 and answer.code == "AccessDenied"
    answer = Request(server, "POST", body=b"Action=GetSessionToken&Version=2011-06-15", service="sts", headers=FORM).sign(narrow)
    answer = answer.send()
    assert answer.code == "AccessDenied", answer


@pytest.mark.parametrize("added", ["Policy=", "DurationSeconds=43201", "DurationSeconds=899", "DurationSeconds=-1", "DurationSeconds=1e9",
                                   "RoleSessionName=a%2Fb", "RoleSessionName=a%0Ab", "RoleSessionName=" + "a" * 65, "RoleSessionName=a%3Ab",
                                   "ExternalId=x%0A", "PrincipalArn=arn:aws:iam::111122223333:root",
                                   "Tags.member.1.Key=aws%3APrincipalAccount"
                                   "&Tags.member.1.Value=x", "SourceAccount=444455556666"])
def test_odd_requests_for_sessions_are_refused(server, assumer, role, added):
    name = added.split("=")[0]
    fields = {"RoleArn": encoded(role), "RoleSessionName": "name"}
    fields.pop(name, None)
    body = "Action=AssumeRole&Version=2011-06-15&" + "&".join(f"{key}={value}" for key, value in fields.items()) + "&" + added
    answer = Request(server, "POST", body=body.encode(), service="sts", headers=FORM).sign(assumer).send()
    assert answer.status == 400, answer


def test_the_same_request_without_oddities_is_taken(server, assumer, role):
    body = f"Action=AssumeRole&Version=2011-06-15&RoleArn={encoded(role)}&RoleSessionName=name"
    assert Request(server, "POST", body=body.encode(), service="sts", headers=FORM).sign(assumer).send().status == 200


@pytest.mark.parametrize("arn", ["arn:aws:iam::111122223333:role/tested/../other", "arn:aws:iam::111122223333:user/assumer", "tested",
                                 "arn:aws:iam::444455556666:role/tested", "arn:aws:iam::111122223333:role/", "arn:aws:iam:::role/tested",
                                 "arn:aws:iam::111122223333:role/tested\n", "arn:aws:iam::111122223333:role/te*"])
def test_only_the_named_role_is_assumed(server, assumer, arn):
    body = f"Action=AssumeRole&Version=2011-06-15&RoleArn={encoded(arn)}&RoleSessionName=name"
    answer = Request(server, "POST", body=body.encode(), service="sts", headers=FORM).sign(assumer).send()
    assert answer.status in (400, 403), answer


def test_a_session_ends_with_its_role_and_its_rights_with_their_policies(server, assumer):
    iam = server.client("iam", ACCOUNT)
    arn = iam.create_role(RoleName="short-lived", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["Arn"]
    iam.put_role_policy(RoleName="short-lived", PolicyName="all", PolicyDocument=document(statement("*")))
    keys = assume(server, assumer, arn)
    assert list_buckets(server).sign(keys).send().status == 200
    iam.put_role_policy(RoleName="short-lived", PolicyName="all", PolicyDocument=document(statement("*", effect="Deny")))
    assert list_buckets(server).sign(keys).send().code == "AccessDenied"
    iam.delete_role_policy(RoleName="short-lived", PolicyName="all")
    assert list_buckets(server).sign(keys).send().code == "AccessDenied"
    iam.delete_role(RoleName="short-lived")
    # A role that has the name again is another one.
    iam.create_role(RoleName="short-lived", AssumeRolePolicyDocument=trust(ACCOUNT))
    iam.put_role_policy(RoleName="short-lived", PolicyName="all", PolicyDocument=document(statement("*")))
    refused(list_buckets(server).sign(keys).send())


def test_keys_end_when_they_are_deleted_or_inactive(server):
    iam = server.client("iam", ACCOUNT)
    keys = new_user(iam, "leaver", statement("*"))
    assert list_buckets(server).sign(keys).send().status == 200
    iam.update_access_key(UserName="leaver", AccessKeyId=keys[0], Status="Inactive")
    refused(list_buckets(server).sign(keys).send())
    iam.update_access_key(UserName="leaver", AccessKeyId=keys[0], Status="Active")
    assert list_buckets(server).sign(keys).send().status == 200
    iam.delete_access_key(UserName="leaver", AccessKeyId=keys[0])
    refused(list_buckets(server).sign(keys).send())


def test_another_accounts_session_is_a_stranger(server, session):
    other = server.client("s3", OTHER)
    other.create_bucket(Bucket="strangers-bucket")
    other.put_object(Bucket="strangers-bucket", Key="key", Body=b"x")
    assert Request(server, "GET", "/strangers-bucket/key").sign(session).send().code == "AccessDenied"
    server.client("dynamodb", OTHER).create_table(
        TableName="theirs", BillingMode="PAY_PER_REQUEST", KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")])
    body = json.dumps({"TableName": f"arn:aws:dynamodb:us-east-1:{OTHER}:table/theirs", "Key": {"pk": {"S": "x"}}}).encode()
    request = Request(server, "POST", body=body, service="dynamodb", headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"})
    answer = request.sign(session).send()
    assert answer.code == "AccessDeniedException", answer
