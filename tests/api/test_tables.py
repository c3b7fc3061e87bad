"""Tables come and go: definitions, their checks, names in pages, neutral settings, what is refused by name."""

import datetime

import pytest

from dynamodb_fixtures import OTHER, OWNER, definition, dynamodb, make_table, refused, server, table_arn, unsupported  # noqa: F401
from raw_dynamodb import raw


def test_a_table_from_creation_to_deletion(dynamodb):
    made = dynamodb.create_table(TableName="first", **definition(pk="S", sk="N"))["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    dynamodb.get_waiter("table_exists").wait(TableName="first")
    table = dynamodb.describe_table(TableName="first")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableArn"] == table_arn("first")
    assert table["TableId"] == made["TableId"]
    assert table["KeySchema"] == definition(pk="S", sk="N")["KeySchema"]
    assert table["AttributeDefinitions"] == definition(pk="S", sk="N")["AttributeDefinitions"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ItemCount"] == table["TableSizeBytes"] == 0
    age = datetime.datetime.now(datetime.timezone.utc) - table["CreationDateTime"]
    assert datetime.timedelta(seconds=-1) < age < datetime.timedelta(minutes=10)
    assert dynamodb.describe_table(TableName=table_arn("first"))["Table"] == table
    refused(dynamodb.create_table, "ResourceInUseException", "Table already exists: first", TableName="first",
            **definition(pk="S"))
    assert dynamodb.delete_table(TableName="first")["TableDescription"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName="first")
    refused(dynamodb.describe_table, "ResourceNotFoundException", "Requested resource not found: Table: first not found",
            TableName="first")
    refused(dynamodb.delete_table, "ResourceNotFoundException", TableName="first")
    # The name is free again, for another table.
    again = dynamodb.create_table(TableName="first", **definition(pk="N"))["TableDescription"]
    assert again["TableId"] != made["TableId"]


def test_counts_are_current(dynamodb):
    name = make_table(dynamodb, pk="S")
    for number in range(5):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(number)}})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (5, 15)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "0"}})
    assert dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] == 4


def test_names_are_listed_in_order_and_pages(server):
    mine = server.client("dynamodb", OTHER)
    names = [f"table-{number:02}" for number in range(7)]
    for name in reversed(names):
        mine.create_table(TableName=name, **definition(pk="S"))
    assert mine.list_tables()["TableNames"] == names
    first = mine.list_tables(Limit=3)
    assert first["TableNames"] == names[:3] and first["LastEvaluatedTableName"] == names[2]
    paged = mine.get_paginator("list_tables").paginate(PaginationConfig=dict(PageSize=3))
    assert [name for page in paged for name in page["TableNames"]] == names
    assert not set(names) & set(server.client("dynamodb", OWNER).list_tables()["TableNames"])


def test_neutral_settings_come_back(server, dynamodb):
    # Debian's boto3 does not know some of these members yet.
    status, _ = raw(server, "CreateTable", dict(
        TableName="neutral", **definition(pk="S"), TableClass="STANDARD_INFREQUENT_ACCESS", DeletionProtectionEnabled=True,
        Tags=[dict(Key="a", Value="b")], SSESpecification=dict(Enabled=False), OnDemandThroughput=dict(MaxReadRequestUnits=7)))
    assert status == 200
    table = raw(server, "DescribeTable", dict(TableName="neutral"))[1]["Table"]
    assert table["OnDemandThroughput"] == dict(MaxReadRequestUnits=7)
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["DeletionProtectionEnabled"] is True
    message = refused(dynamodb.delete_table, "ValidationException", TableName="neutral")
    assert "protected against deletion" in message


def test_provisioned_throughput_comes_back(dynamodb):
    wanted = {**definition(pk="S"), "BillingMode": "PROVISIONED",
              "ProvisionedThroughput": dict(ReadCapacityUnits=3, WriteCapacityUnits=4)}
    dynamodb.create_table(TableName="provisioned", **wanted)
    table = dynamodb.describe_table(TableName="provisioned")["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 4


@pytest.mark.parametrize("changes, message", [
    (dict(TableName=None), "The parameter 'TableName' is required but was not present in the request"),
    (dict(TableName="ab"), "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
                           "Member must have length greater than or equal to 3"),
    (dict(BillingMode="PROVISIONED"), "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
                                      "both be specified when BillingMode is PROVISIONED"),
    (dict(KeySchema=[dict(AttributeName="pk", KeyType="X")]),
     "1 validation error detected: Value 'X' at 'keySchema.1.member.keyType' failed to satisfy constraint: "
     "Member must satisfy enum value set: [HASH, RANGE]"),
    (dict(KeySchema=[dict(AttributeName="pk", KeyType="HASH"), dict(AttributeName="pk", KeyType="RANGE")]),
     "Invalid KeySchema: Some index key attribute have no definition"),
    (dict(GlobalSecondaryIndexes=[]), "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
    (dict(LocalSecondaryIndexes=[]), "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty"),
    (dict(StreamSpecification=dict(StreamEnabled=True)), unsupported("StreamSpecification")),
])
def test_wrong_definitions_are_refused(dynamodb, changes, message):
    wanted = {"TableName": "never", **definition(pk="S"), **changes}
    refused(dynamodb.create_table, "ValidationException", message,
            **{name: value for name, value in wanted.items() if value is not None})
    assert "never" not in dynamodb.list_tables()["TableNames"]


def test_other_accounts_have_their_own_names_and_no_access(server, dynamodb):
    name = make_table(dynamodb)
    other = server.client("dynamodb", OTHER)
    refused(other.describe_table, "ResourceNotFoundException", TableName=name)
    message = refused(other.describe_table, "AccessDeniedException", TableName=table_arn(name))
    assert f"arn:aws:iam::{OTHER}:root is not authorized to perform: dynamodb:DescribeTable" in message


def test_limits_and_endpoints(server, dynamodb):
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40000
    assert server.endpoint.endswith(dynamodb.describe_endpoints()["Endpoints"][0]["Address"])


def test_operations_that_are_not_there_yet_are_named(dynamodb):
    refused(dynamodb.transact_get_items, "UnknownOperationException", unsupported("TransactGetItems"), TransactItems=[])
