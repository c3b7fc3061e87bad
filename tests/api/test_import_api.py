"""ImportTable and its descriptions: checks in AWS's words, counters, outcomes, tokens, lists."""

import gzip
import json
import uuid

import pytest

from compressed_bodies import COMPRESS
from dynamodb_fixtures import (OTHER, OWNER, definition, dynamodb, make_table, refused, server, table_arn,  # noqa: F401
                               unsupported, wait_for)
from raw_dynamodb import raw, raw_refused


@pytest.fixture(scope="module")
def bucket(server):
    server.client("s3", OWNER).create_bucket(Bucket="import-bucket")
    return "import-bucket"


def put(server, bucket, key, items, compression="NONE"):
    text = "".join(json.dumps(dict(Item=item)) + "\n" for item in items).encode()
    server.client("s3", OWNER).put_object(Bucket=bucket, Key=key, Body=COMPRESS[compression](text))
    return len(text)


def request(bucket, prefix, name=None, **changes):
    return {"ClientToken": uuid.uuid4().hex, "S3BucketSource": dict(S3Bucket=bucket, S3KeyPrefix=prefix),
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": dict(TableName=name or f"i-{uuid.uuid4().hex[:12]}", **definition(pk="S")), **changes}


def finished(dynamodb, arn):
    return wait_for(lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"], "ImportStatus")


@pytest.mark.parametrize("compression", ["NONE", "GZIP", "ZSTD"])
def test_an_import_from_acceptance_to_completion(server, dynamodb, bucket, compression):
    items = [{"pk": {"S": f"item-{number}"}, "v": {"N": str(number)}} for number in range(50)]
    size = sum(put(server, bucket, f"{compression}/{part}", items[part::3], compression) for part in range(3))
    wanted = request(bucket, f"{compression}/", InputCompressionType=compression)
    name = wanted["TableCreationParameters"]["TableName"]
    started = dynamodb.import_table(**wanted)["ImportTableDescription"]
    arn = started["ImportArn"]
    assert arn.startswith(table_arn(name) + "/import/") and started["TableArn"] == table_arn(name)
    assert started["ImportStatus"] == "IN_PROGRESS" and started["ClientToken"] == wanted["ClientToken"]
    assert started["S3BucketSource"] == dict(S3BucketOwner=OWNER, S3Bucket=bucket, S3KeyPrefix=f"{compression}/")
    assert started["TableCreationParameters"] == wanted["TableCreationParameters"]
    assert started["InputCompressionType"] == compression and "InputFormatOptions" not in started
    assert started["CloudWatchLogGroupArn"] == f"arn:aws:logs:us-east-1:{OWNER}:log-group:/aws-dynamodb/imports:*"
    assert started["ProcessedItemCount"] == started["ImportedItemCount"] == started["ErrorCount"] == 0
    for absent in ("EndTime", "FailureCode", "FailureMessage", "ProcessedSizeBytes"):
        assert absent not in started
    done = finished(dynamodb, arn)
    assert done["ImportStatus"] == "COMPLETED", done
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (50, 50, 0)
    assert done["ProcessedSizeBytes"] == size and done["EndTime"] >= done["StartTime"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert (table["TableStatus"], table["ItemCount"], table["TableId"]) == ("ACTIVE", 50, done["TableId"])
    scanned = dynamodb.scan(TableName=name)["Items"]
    assert sorted(scanned, key=lambda item: int(item["v"]["N"])) == items


def test_the_indexes_of_an_imported_table_can_be_read_when_it_ends(server, dynamodb, bucket):
    put(server, bucket, "indexed/1", [{"pk": {"S": str(number)}, "g": {"S": "even" if number % 2 == 0 else "odd"}}
                                      for number in range(40)] + [{"pk": {"S": "without"}}, {"pk": {"S": "other"}, "g": {"N": "1"}}])
    wanted = request(bucket, "indexed/")
    parameters = wanted["TableCreationParameters"]
    parameters["AttributeDefinitions"] = parameters["AttributeDefinitions"] + [dict(AttributeName="g", AttributeType="S")]
    parameters["GlobalSecondaryIndexes"] = [dict(IndexName="by-g", KeySchema=[dict(AttributeName="g", KeyType="HASH")],
                                                 Projection=dict(ProjectionType="KEYS_ONLY"))]
    done = finished(dynamodb, dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"])
    # An item may lack the key of an index; one with a wrong type is refused, as PutItem refuses it.
    assert (done["FailureCode"], done["ImportedItemCount"], done["ErrorCount"]) == ("ItemValidationError", 41, 1), done
    assert done["TableCreationParameters"] == parameters
    name = parameters["TableName"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    index, = table["GlobalSecondaryIndexes"]
    assert (table["ItemCount"], index["IndexStatus"], index["ItemCount"]) == (41, "ACTIVE", 40)
    found = dynamodb.query(TableName=name, IndexName="by-g", KeyConditionExpression="g = :g",
                           ExpressionAttributeValues={":g": {"S": "odd"}})["Items"]
    assert sorted(int(item["pk"]["S"]) for item in found) == list(range(1, 40, 2))


def test_an_import_of_ion(server, dynamodb, bucket):
    lines = "".join(f'$ion_1_0 {{Item:{{pk:"item-{number}",v:{number}.}}}}\n' for number in range(20)).encode()
    listed = b"$ion_1_0 [\n  {Item:{pk:'item-20',v:0x14}}, // one\n  {Item:{pk:'''item-21''',v:2.1d1}},\n]\n"
    for key, body in dict(lines=lines, listed=listed).items():
        server.client("s3", OWNER).put_object(Bucket=bucket, Key=f"ion/{key}", Body=gzip.compress(body))
    wanted = request(bucket, "ion/", InputFormat="ION", InputCompressionType="GZIP")
    done = finished(dynamodb, dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"])
    assert (done["ImportStatus"], done["InputFormat"], done["ImportedItemCount"]) == ("COMPLETED", "ION", 22), done
    assert done["ProcessedSizeBytes"] == len(lines) + len(listed)
    scanned = dynamodb.scan(TableName=wanted["TableCreationParameters"]["TableName"])["Items"]
    assert sorted(scanned, key=lambda item: int(item["v"]["N"])) == [
        {"pk": {"S": f"item-{number}"}, "v": {"N": str(number)}} for number in range(22)]


def test_bad_items_are_counted_and_the_others_kept(server, dynamodb, bucket):
    put(server, bucket, "bad/1", [{"pk": {"S": "good"}}, {"other": {"S": "no key"}}, {"pk": {"N": "1"}}])
    done = finished(dynamodb, dynamodb.import_table(**request(bucket, "bad/"))["ImportTableDescription"]["ImportArn"])
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert done["FailureMessage"] == ("Some of the items failed validation checks and were not imported. Please check CloudWatch "
                                      "error logs for more details.")
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (3, 1, 2)
    name = done["TableArn"].rsplit("/", 1)[1]
    assert dynamodb.scan(TableName=name)["Items"] == [{"pk": {"S": "good"}}]


def test_nothing_to_import_makes_an_empty_table(dynamodb, bucket):
    done = finished(dynamodb, dynamodb.import_table(**request(bucket, "nothing/here/"))["ImportTableDescription"]["ImportArn"])
    assert (done["ImportStatus"], done["ProcessedItemCount"]) == ("COMPLETED", 0)
    assert dynamodb.describe_table(TableName=done["TableArn"])["Table"]["TableStatus"] == "ACTIVE"


def test_a_missing_bucket_leaves_no_table(dynamodb):
    done = finished(dynamodb, dynamodb.import_table(**request("missing-bucket", ""))["ImportTableDescription"]["ImportArn"])
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert done["ProcessedItemCount"] == 0
    refused(dynamodb.describe_table, "ResourceNotFoundException", TableName=done["TableArn"].rsplit("/", 1)[1])


def changed(bucket, **changes):
    wanted = request(bucket, "x/")
    parameters = changes.pop("parameters", None)
    if parameters:
        wanted["TableCreationParameters"] = {**wanted["TableCreationParameters"], **parameters}
    return {name: value for name, value in {**wanted, **changes}.items() if value is not None}


@pytest.mark.parametrize("changes, message", [
    (dict(ClientToken=None), "1 validation error detected: Value null at 'clientToken' failed to satisfy constraint: Member must "
                             "not be null"),
    (dict(ClientToken="a$"), "1 validation error detected: Value 'a$' at 'clientToken' failed to satisfy constraint: Member must "
                             "satisfy regular expression pattern: ^[^\\$]+$"),
    (dict(InputCompressionType="BZIP2"), "1 validation error detected: Value 'BZIP2' at 'inputCompressionType' failed to satisfy "
                                         "constraint: Member must satisfy enum value set: [ZSTD, NONE, GZIP]"),
    (dict(InputFormatOptions=dict(Csv=dict(Delimiter=","))),
     "Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON."),
    (dict(parameters=dict(BillingMode="PROVISIONED")),
     "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode "
     "is PROVISIONED"),
    (dict(parameters=dict(KeySchema=[dict(AttributeName="x", KeyType="HASH")])),
     "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x], "
     "AttributeDefinitions: [pk]"),
    (dict(parameters=dict(GlobalSecondaryIndexes=[])),
     "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
    (dict(parameters=dict(VectorIndexes=[])), unsupported("VectorIndexes")),
])
def test_wrong_requests_are_refused(server, bucket, changes, message):
    raw_refused(server, "ImportTable", changed(bucket, **changes), "ValidationException", message)


def test_names_and_tokens(server, dynamodb, bucket):
    put(server, bucket, "token/1", [{"pk": {"S": "a"}}])
    existing = make_table(dynamodb)
    refused(dynamodb.import_table, "ResourceInUseException", f"Table already exists: {existing}",
            **request(bucket, "token/", existing))
    wanted = request(bucket, "token/")
    arn = dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"]
    finished(dynamodb, arn)
    name = wanted["TableCreationParameters"]["TableName"]
    refused(dynamodb.import_table, "ResourceInUseException", **wanted)
    refused(dynamodb.import_table, "ImportConflictException",
            "Import conflict: Duplicate request detected with conflicting parameters",
            **request(bucket, "token/", ClientToken=wanted["ClientToken"]))
    dynamodb.delete_table(TableName=name)
    # The old record again, and no new table.
    assert dynamodb.import_table(**wanted)["ImportTableDescription"]["ImportArn"] == arn
    refused(dynamodb.describe_table, "ResourceNotFoundException", TableName=name)


def test_descriptions_of_what_is_not_there(dynamodb):
    unknown = table_arn("some-table") + "/import/01693467621041-039fcf72"
    refused(dynamodb.describe_import, "ImportNotFoundException", ImportArn=unknown)
    refused(dynamodb.describe_import, "ValidationException", "Invalid Import ARN", ImportArn=table_arn("some-table-of-some-name"))
    refused(dynamodb.describe_import, "AccessDeniedException", "Access is denied", ImportArn=unknown.replace(OWNER, OTHER))


def test_lists_are_newest_first_and_survive_the_table(server, dynamodb, bucket):
    name = f"i-{uuid.uuid4().hex[:12]}"
    arns = []
    for _ in range(3):
        arns.append(dynamodb.import_table(**request(bucket, "nothing/", name))["ImportTableDescription"]["ImportArn"])
        finished(dynamodb, arns[-1])
        dynamodb.delete_table(TableName=name)
    of_table = dynamodb.list_imports(TableArn=table_arn(name))["ImportSummaryList"]
    assert [summary["ImportArn"] for summary in of_table] == arns[::-1]
    first = dynamodb.list_imports(TableArn=table_arn(name), PageSize=2)
    assert [summary["ImportArn"] for summary in first["ImportSummaryList"]] == arns[:0:-1]
    assert len(first["NextToken"]) >= 112
    rest = dynamodb.list_imports(TableArn=table_arn(name), PageSize=2, NextToken=first["NextToken"])
    assert [summary["ImportArn"] for summary in rest["ImportSummaryList"]] == arns[:1] and "NextToken" not in rest
    summary = of_table[0]
    assert summary["ImportStatus"] == "COMPLETED" and summary["TableArn"] == table_arn(name)
    assert summary["S3BucketSource"]["S3BucketOwner"] == OWNER and summary["InputFormat"] == "DYNAMODB_JSON"
    raw_refused(server, "ListImports", dict(PageSize=26), "ValidationException")
    raw_refused(server, "ListImports", dict(NextToken="0" * 112), "ValidationException")
    assert raw(server, "ListImports", {}, OTHER) == (200, dict(ImportSummaryList=[]))
