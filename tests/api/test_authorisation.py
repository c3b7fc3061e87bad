"""Users, roles and other accounts at tables: fine-grained access as AWS's guide writes it, resource policies, what denials tell the caller
and what they tell the owner. Every operation by itself: src/api/dynamodb/authorisation_test.cc; the AWS SDK's own operations on resource
policies: tests/js/resource_policies.mjs."""

import json
import time

import boto3.dynamodb.types
import pytest

from dynamodb_fixtures import OTHER, OWNER, definition, dynamodb, make_table, refused, server, table_arn  # noqa: F401 (fixtures)
from iam_fixtures import client_with, document, new_user, statement, trust
from raw_dynamodb import raw, raw_refused

ITEM_ACTIONS = [f"dynamodb:{name}" for name in (
    "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")]


def table_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def share(server, table, *statements):
    """Puts the table's policy as its owner; the revision."""
    status, answer = raw(server, "PutResourcePolicy", {"ResourceArn": table_arn(table), "Policy": table_policy(*statements)})
    assert status == 200, answer
    return answer["RevisionId"]


def values(**attributes):
    return {name: boto3.dynamodb.types.TypeSerializer().serialize(value) for name, value in attributes.items()}


@pytest.fixture(scope="module")
def iam(server):
    return {account: server.client("iam", account) for account in (OWNER, OTHER)}


def test_players_reach_their_own_scores(server, dynamodb, iam):
    """The policy of the guide's first example: own items, some attributes, never all of an item."""
    table = make_table(dynamodb, UserId="S", GameTitle="S")
    policy = statement(ITEM_ACTIONS, table_arn(table), Condition={
        "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["${aws:username}"],
            "dynamodb:Attributes": ["UserId", "GameTitle", "Wins", "Losses"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                                 "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]}})
    ann = client_with(server, "dynamodb", new_user(iam[OWNER], "ann", policy))
    for player in ("ann", "bob"):
        dynamodb.put_item(TableName=table, Item=values(UserId=player, GameTitle="chess", Wins=1, Secret="s"))
    own, others = (values(UserId=player, GameTitle="chess") for player in ("ann", "bob"))
    names = dict(ProjectionExpression="#w, Losses", ExpressionAttributeNames={"#w": "Wins"})
    assert ann.get_item(TableName=table, Key=own, **names)["Item"] == values(Wins=1)
    ann.put_item(TableName=table, Item={**own, **values(Wins=2)})
    ann.update_item(TableName=table, Key=own, UpdateExpression="SET Wins = Wins + :one", ExpressionAttributeValues=values(**{":one": 1}),
                    ReturnValues="UPDATED_NEW")
    query = dict(KeyConditionExpression="UserId = :u", ExpressionAttributeValues=values(**{":u": "ann"}))
    assert ann.query(TableName=table, **query, **names)["Items"] == [values(Wins=3)]
    ann.batch_get_item(RequestItems={table: dict(Keys=[own], **names)})

    denied = lambda call, **arguments: refused(call, "AccessDeniedException", TableName=table, **arguments)
    text = denied(ann.get_item, Key=others, **names)
    assert text == (f"User: arn:aws:iam::{OWNER}:user/ann is not authorized to perform: dynamodb:GetItem on resource: {table_arn(table)} "
                    "because no identity-based policy allows the dynamodb:GetItem action")
    denied(ann.get_item, Key=own)
    denied(ann.get_item, Key=own, ProjectionExpression="Secret")
    denied(ann.get_item, Key=own, ProjectionExpression="#s.a[0]", ExpressionAttributeNames={"#s": "Secret"})
    denied(ann.query, **query)
    denied(ann.query, **query, Select="ALL_ATTRIBUTES")
    denied(ann.query, **query, **names, FilterExpression="attribute_exists(Secret)")
    denied(ann.put_item, Item={**own, **values(Secret="mine")})
    denied(ann.put_item, Item=own, ReturnValues="ALL_OLD")
    denied(ann.put_item, Item=own, ConditionExpression="attribute_not_exists(Secret)")
    denied(ann.delete_item, Key=others)
    denied(ann.scan)
    refused(ann.batch_get_item, "AccessDeniedException", RequestItems={table: dict(Keys=[own, others], **names)})
    refused(ann.batch_write_item, "AccessDeniedException",
            RequestItems={table: [dict(PutRequest=dict(Item=own)), dict(DeleteRequest=dict(Key=others))]})
    status, answer = raw(server, "GetItem", dict(TableName=table, Key=others))
    assert status == 200 and "Secret" in answer["Item"]  # nothing of this was written


def test_an_index_has_leading_keys_of_its_own(server, dynamodb, iam):
    table = f"scores-{time.time_ns()}"
    dynamodb.create_table(TableName=table, **{**definition(UserId="S"), "AttributeDefinitions": [
        dict(AttributeName=name, AttributeType="S") for name in ("UserId", "Team")]}, GlobalSecondaryIndexes=[dict(
            IndexName="ByTeam", KeySchema=[dict(AttributeName="Team", KeyType="HASH")], Projection=dict(ProjectionType="ALL"))])
    dynamodb.put_item(TableName=table, Item=values(UserId="u", Team="red"))
    red = client_with(server, "dynamodb", new_user(iam[OWNER], "red", statement("dynamodb:Query", table_arn(table) + "/index/*", Condition={
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "red"}, "StringEquals": {"dynamodb:Select": "ALL_PROJECTED_ATTRIBUTES"}})))
    team = lambda name, **more: dict(TableName=table, IndexName="ByTeam", KeyConditionExpression="Team = :t",
                                     ExpressionAttributeValues=values(**{":t": name}), **more)
    assert red.query(**team("red"))["Count"] == 1
    refused(red.query, "AccessDeniedException", **team("blue"))
    refused(red.query, "AccessDeniedException", **team("red", Select="COUNT"))
    text = refused(red.query, "AccessDeniedException", TableName=table, KeyConditionExpression="UserId = :u",
                   ExpressionAttributeValues=values(**{":u": "red"}))
    assert table_arn(table) + " because" in text


def test_another_account_needs_both_sides(server, dynamodb, iam):
    table = make_table(dynamodb)
    arn = table_arn(table)
    dynamodb.put_item(TableName=table, Item=values(pk="k", of="owner"))
    bob = client_with(server, "dynamodb", new_user(iam[OTHER], "bob", statement("dynamodb:*", arn)))
    eve = client_with(server, "dynamodb", new_user(iam[OTHER], "eve"))
    get = dict(TableName=arn, Key=values(pk="k"))
    nothing = "because no resource-based policy allows the dynamodb:GetItem action"
    assert refused(bob.get_item, "AccessDeniedException", **get).endswith(nothing)
    missing = dict(get, TableName=table_arn("not-there"))
    assert nothing not in refused(bob.get_item, "AccessDeniedException", **missing)  # bob's own policy is about the other table
    root = server.client("dynamodb", OTHER)
    assert refused(root.get_item, "AccessDeniedException", **missing).endswith(nothing)

    share(server, table, dict(Effect="Allow", Principal=dict(AWS=f"arn:aws:iam::{OTHER}:user/bob"),
                              Action=["dynamodb:GetItem", "dynamodb:Query"], Resource=arn))
    assert bob.get_item(**get)["Item"]["of"] == {"S": "owner"}
    assert refused(eve.get_item, "AccessDeniedException", **get).endswith(nothing.replace("resource-based", "identity-based"))
    assert refused(root.get_item, "AccessDeniedException", **get).endswith(nothing)
    refused(bob.put_item, "AccessDeniedException", TableName=arn, Item=values(pk="k"))
    # Neither exports nor what AWS leaves to the owner, whatever the policy says.
    share(server, table, dict(Effect="Allow", Principal=dict(AWS=OTHER), Action="dynamodb:*", Resource="*"))
    refused(bob.export_table_to_point_in_time, "AccessDeniedException", "Access is denied", TableArn=arn, S3Bucket="bucket")
    refused(bob.describe_continuous_backups, "ValidationException",
            "This action is only supported by accounts that match the resource owner’s account.", TableName=arn)
    bob.put_item(TableName=arn, Item=values(pk="new"))
    assert dynamodb.scan(TableName=table)["Count"] == 2

    # The caller learns which side it was, the owner's log everything.
    share(server, table, dict(Effect="Allow", Principal=dict(AWS=OTHER), Action="dynamodb:*", Resource=arn), dict(
        Sid="OnlyInTheOffice", Effect="Deny", Principal="*", Action="dynamodb:GetItem", Resource=arn,
        Condition=dict(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"})))
    position = server.log_position()
    text = refused(bob.get_item, "AccessDeniedException", **get)
    assert text == (f"User: arn:aws:iam::{OTHER}:user/bob is not authorized to perform: dynamodb:GetItem on resource: {arn} "
                    "with an explicit deny in a resource-based policy")
    line = json.loads(server.wait_for_log(position, "OnlyInTheOffice"))
    assert (line["resource"], line["operation"]) == (arn, "GetItem") and f"{OTHER}:user/bob" in json.dumps(line)
    assert "resource policy" in line["detail"] and "OnlyInTheOffice" not in text


def test_roles_of_the_account_and_their_sessions(server, dynamodb, iam):
    """Within an account a policy that names the role suffices; the session's policy still limits it."""
    table = make_table(dynamodb)
    arn = table_arn(table)
    iam[OWNER].create_role(RoleName="Reader", AssumeRolePolicyDocument=trust(OWNER))
    ann = new_user(iam[OWNER], "assumes", statement("sts:AssumeRole"))

    def assume(**more):
        session = client_with(server, "sts", ann).assume_role(
            RoleArn=f"arn:aws:iam::{OWNER}:role/Reader", RoleSessionName="reading", **more)["Credentials"]
        return client_with(server, "dynamodb", [session[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")])

    reader = assume()
    refused(reader.scan, "AccessDeniedException", TableName=table)
    share(server, table, dict(Effect="Allow", Principal=dict(AWS=f"arn:aws:iam::{OWNER}:role/Reader"), Action="dynamodb:Scan",
                              Resource=arn))
    assert reader.scan(TableName=table)["Count"] == 0
    limited = assume(Policy=document(statement("dynamodb:GetItem")))
    assert refused(limited.scan, "AccessDeniedException", TableName=table).endswith(
        "because no session policy allows the dynamodb:Scan action")
    refused(reader.get_item, "AccessDeniedException", TableName=table, Key=values(pk="k"))


def test_tags_decide(server, dynamodb, iam):
    red, blue = make_table(dynamodb), make_table(dynamodb)
    for table, team in ((red, "red"), (blue, "blue")):
        dynamodb.tag_resource(ResourceArn=table_arn(table), Tags=[dict(Key="team", Value=team)])
    iam[OWNER].create_user(UserName="tagged", Tags=[dict(Key="team", Value="red")])
    member = client_with(server, "dynamodb", new_user_keys(iam[OWNER], "tagged", statement(
        ["dynamodb:Scan", "dynamodb:TagResource"], Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"},
                                                             "ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}})))
    member.scan(TableName=red)
    refused(member.scan, "AccessDeniedException", TableName=blue)
    member.tag_resource(ResourceArn=table_arn(red), Tags=[dict(Key="cost", Value="1")])
    refused(member.tag_resource, "AccessDeniedException", ResourceArn=table_arn(red), Tags=[dict(Key="team", Value="blue")])


def new_user_keys(iam, name, *statements):
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_policies_survive_a_restart_and_go_with_the_table(server, dynamodb):
    table = make_table(dynamodb)
    arn = table_arn(table)
    revision = share(server, table, dict(Effect="Allow", Principal=dict(AWS=OTHER), Action="dynamodb:Scan", Resource=arn))
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=dict(PointInTimeRecoveryEnabled=True))
    server.kill()
    server.start()
    owner, other = (server.client("dynamodb", account) for account in (OWNER, OTHER))
    other.scan(TableName=arn)
    status, answer = raw(server, "GetResourcePolicy", dict(ResourceArn=arn))
    assert status == 200 and answer["RevisionId"] == revision
    assert json.loads(answer["Policy"])["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    # A restored table has none, as the table of that name that comes after it.
    restored = f"{table}-restored"
    owner.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=restored, UseLatestRestorableTime=True)
    owner.get_waiter("table_exists").wait(TableName=restored, WaiterConfig=dict(Delay=1, MaxAttempts=60))
    raw_refused(server, "GetResourcePolicy", dict(ResourceArn=table_arn(restored)), "PolicyNotFoundException")
    owner.delete_table(TableName=table)
    raw_refused(server, "GetResourcePolicy", dict(ResourceArn=arn), "ResourceNotFoundException",
                f"Requested resource not found: Table: {table} not found")
    owner.create_table(TableName=table, **definition(pk="S"))
    refused(other.scan, "AccessDeniedException", TableName=arn)
