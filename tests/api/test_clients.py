"""Debian's boto3, by its resource, and Debian's aws CLI as applications and people use them: values of the language, conditions built of
Attr and Key, shorthand on the command line."""

import json
from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

from dray_server import REGION
from dynamodb_fixtures import OWNER, server  # noqa: F401

# ---- boto3's resource


@pytest.fixture(scope="module")
def resource(server):  # noqa: F811
    access_key, secret = server.credentials[OWNER]
    return boto3.session.Session().resource("dynamodb", endpoint_url=server.endpoint, region_name=REGION, aws_access_key_id=access_key,
                                            aws_secret_access_key=secret)


@pytest.fixture(scope="module")
def music(resource):
    """A table that the resource made, waited for and filled by its batch writer."""
    table = resource.create_table(
        TableName="Music", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dict(AttributeName=name, AttributeType=kind)
                              for name, kind in dict(Artist="S", Song="S", Genre="S", Year="N").items()],
        KeySchema=[dict(AttributeName="Artist", KeyType="HASH"), dict(AttributeName="Song", KeyType="RANGE")],
        LocalSecondaryIndexes=[dict(IndexName="ByYear", Projection=dict(ProjectionType="ALL"), KeySchema=[
            dict(AttributeName="Artist", KeyType="HASH"), dict(AttributeName="Year", KeyType="RANGE")])],
        GlobalSecondaryIndexes=[dict(IndexName="ByGenre", Projection=dict(ProjectionType="INCLUDE", NonKeyAttributes=["Price"]), KeySchema=[
            dict(AttributeName="Genre", KeyType="HASH"), dict(AttributeName="Year", KeyType="RANGE")])])
    table.wait_until_exists()
    with table.batch_writer(overwrite_by_pkeys=["Artist", "Song"]) as batch:
        for artist in ("Ada", "Bach"):
            for number in range(40):
                batch.put_item(Item=song(artist, number))
            batch.put_item(Item=song(artist, 0))  # once more: the writer drops the first
    return table


def song(artist, number):
    return dict(Artist=artist, Song=f"s{number:02d}", Year=1990 + number, Price=Decimal(f"{number}.5"), Tags={"x", f"t{number % 4}"},
                Genre=("rock", "jazz", "folk")[number % 3], Info=dict(Length=number * 10, Parts=[number, "b"]))


def songs(found):
    return [int(one["Song"][1:]) for one in found["Items"]]


def test_resource_knows_the_table(resource, music):
    music.reload()
    assert music.table_status == "ACTIVE"
    assert music.item_count == 80
    assert {index["IndexName"] for index in music.global_secondary_indexes} == {"ByGenre"}
    assert "Music" in [table.name for table in resource.tables.all()]


def test_values_of_python_come_back(music):
    item = dict(Artist="Types", Song="all", Number=Decimal("12345678901234567890.123456789"), Zero=0, Bytes=b"\0\xff", Flag=False,
                Nothing=None, List=[1, [dict(a=b"x")]], Strings={"a", "b"}, Numbers={1, Decimal("2.5")}, Binaries={b"1", b"2"}, Empty="")
    music.put_item(Item=item)
    found = music.get_item(Key=dict(Artist="Types", Song="all"), ConsistentRead=True)["Item"]
    assert isinstance(found["Bytes"], Binary) and isinstance(found["Number"], Decimal)
    assert found == item
    projected = music.get_item(Key=dict(Artist="Types", Song="all"), ProjectionExpression="#l[1][0].a, Flag",
                               ExpressionAttributeNames={"#l": "List"})["Item"]
    assert projected == dict(List=[[dict(a=b"x")]], Flag=False)
    music.delete_item(Key=dict(Artist="Types", Song="all"))


def test_query_with_key_conditions(music):
    ada = Key("Artist").eq("Ada")
    assert songs(music.query(KeyConditionExpression=ada & Key("Song").begins_with("s1"))) == list(range(10, 20))
    assert songs(music.query(KeyConditionExpression=ada & Key("Song").between("s05", "s07"), ScanIndexForward=False)) == [7, 6, 5]
    assert songs(music.query(KeyConditionExpression=ada & Key("Song").lt("s02"))) == [0, 1]
    assert songs(music.query(IndexName="ByYear", KeyConditionExpression=ada & Key("Year").gte(2027), ConsistentRead=True)) == [37, 38, 39]
    by_genre = music.query(IndexName="ByGenre", KeyConditionExpression=Key("Genre").eq("jazz") & Key("Year").lte(1994))
    assert sorted((one["Artist"], int(one["Year"])) for one in by_genre["Items"]) == [
        ("Ada", 1991), ("Ada", 1994), ("Bach", 1991), ("Bach", 1994)]
    assert set(by_genre["Items"][0]) == {"Artist", "Song", "Genre", "Year", "Price"}


@pytest.mark.parametrize("condition, expected", [
    (Attr("Price").gt(Decimal("37.5")), [38, 39]),
    (Attr("Year").between(1992, 1994) & ~Attr("Genre").eq("folk"), [3, 4]),
    (Attr("Tags").contains("t3") & Attr("Info.Length").lt(80), [3, 7]),
    (Attr("Year").is_in([1991, 2023, 1]), [1, 33]),
    (Attr("Info.Parts[0]").eq(12) | Attr("Genre").begins_with("nothing"), [12]),
    (Attr("Missing").not_exists() & Attr("Tags").size().eq(2) & Attr("Year").ne(1990) & Attr("Year").lte(1991), [1]),
    (Attr("Info").attribute_type("M") & Attr("Info.Parts").exists() & Attr("Price").gte(39), [39]),
])
def test_filters_built_of_attributes(music, condition, expected):
    assert songs(music.query(KeyConditionExpression=Key("Artist").eq("Bach"), FilterExpression=condition)) == expected
    assert sorted(songs(music.scan(FilterExpression=Attr("Artist").eq("Bach") & condition))) == expected


def test_pages_of_a_table(music):
    seen, arguments = [], dict(KeyConditionExpression=Key("Artist").eq("Ada"), Limit=7)
    while True:
        page = music.query(**arguments)
        seen += songs(page)
        if "LastEvaluatedKey" not in page:
            break
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert seen == list(range(40))
    paginator = music.meta.client.get_paginator("scan")
    pages = list(paginator.paginate(TableName="Music", FilterExpression=Attr("Genre").eq("rock"), PaginationConfig=dict(PageSize=9)))
    assert len(pages) >= 9 and sum(len(page["Items"]) for page in pages) == 28


def test_updates(music):
    key = dict(Artist="Ada", Song="update")
    music.put_item(Item=dict(key, Count=1, Tags={"a", "b"}, Log=["x"]), ConditionExpression=Attr("Artist").not_exists())
    changed = music.update_item(
        Key=key, UpdateExpression="SET #c = #c + :n, #l = list_append(:y, #l), Since = if_not_exists(Since, :s) ADD Tags :t REMOVE Nothing",
        ConditionExpression=Attr("Count").lt(5) & Attr("Tags").contains("a"), ExpressionAttributeNames={"#c": "Count", "#l": "Log"},
        ExpressionAttributeValues={":n": Decimal("1.5"), ":y": ["y"], ":s": 2026, ":t": {"c"}}, ReturnValues="ALL_NEW")["Attributes"]
    assert changed == dict(key, Count=Decimal("2.5"), Tags={"a", "b", "c"}, Log=["y", "x"], Since=2026)
    with pytest.raises(music.meta.client.exceptions.ConditionalCheckFailedException):
        music.update_item(Key=key, UpdateExpression="DELETE Tags :t", ConditionExpression=Attr("Count").gte(5),
                          ExpressionAttributeValues={":t": {"a"}})
    with pytest.raises(ClientError) as refused:
        music.put_item(Item=key, ConditionExpression=Attr("Artist").not_exists())
    assert refused.value.response["Error"] == dict(Code="ConditionalCheckFailedException", Message="The conditional request failed")
    old = music.delete_item(Key=key, ConditionExpression=Key("Song").eq("update") & Attr("Log[0]").eq("y"), ReturnValues="ALL_OLD")
    assert old["Attributes"] == changed
    assert "Item" not in music.get_item(Key=key)


def test_batches_across_tables(resource, music):
    found = resource.batch_get_item(RequestItems=dict(Music=dict(
        Keys=[dict(Artist="Ada", Song="s01"), dict(Artist="Ada", Song="s02"), dict(Artist="Ada", Song="none")],
        ProjectionExpression="Song, Info.#l", ExpressionAttributeNames={"#l": "Length"})))["Responses"]["Music"]
    assert sorted(found, key=lambda one: one["Song"]) == [dict(Song="s01", Info=dict(Length=10)), dict(Song="s02", Info=dict(Length=20))]


# ---- the aws CLI


@pytest.fixture(scope="module")
def cli(server):  # noqa: F811
    def run(*arguments, check=True):
        done = server.aws(OWNER, "dynamodb", *arguments, check=check)
        if not check:
            return done
        return json.loads(done.stdout) if done.stdout.strip() else None
    return run


@pytest.fixture(scope="module")
def shop(cli):
    """A table that the command line made, with an index in shorthand."""
    cli("create-table", "--table-name", "shop", "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=id,AttributeType=S", "AttributeName=kind,AttributeType=S",
        "AttributeName=price,AttributeType=N",
        "--key-schema", "AttributeName=id,KeyType=HASH", "--global-secondary-indexes",
        "IndexName=by-kind,Projection={ProjectionType=ALL},"
        "KeySchema=[{AttributeName=kind,KeyType=HASH},{AttributeName=price,KeyType=RANGE}]")
    cli("wait", "table-exists", "--table-name", "shop")
    items = [dict(id=dict(S=f"i{number:02d}"), kind=dict(S="book" if number % 2 else "pen"), price=dict(N=str(number)), stock=dict(N="5"))
             for number in range(12)]
    cli("put-item", "--table-name", "shop", "--item", json.dumps(items[0]))
    cli("batch-write-item", "--request-items", json.dumps(dict(shop=[dict(PutRequest=dict(Item=item)) for item in items[1:]])))
    return "shop"


def ids(found):
    return [one["id"]["S"] for one in found["Items"]]


def test_cli_updates_an_item(cli, shop):
    changed = cli("update-item", "--table-name", shop, "--key", '{"id":{"S":"i01"}}', "--update-expression",
                  "SET stock = stock - :n, #s.#w = :w", "--condition-expression", "stock >= :n AND attribute_not_exists(sold)",
                  "--expression-attribute-names", '{"#s":"shelf","#w":"where"}', "--expression-attribute-values",
                  '{":n":{"N":"2"},":w":{"S":"left"}}', check=False)
    assert changed.returncode == 254
    assert "The document path provided in the update expression is invalid for update" in changed.stderr
    changed = cli("update-item", "--table-name", shop, "--key", '{"id":{"S":"i01"}}', "--update-expression", "SET stock = stock - :n",
                  "--condition-expression", "stock >= :n AND attribute_not_exists(sold)",
                  "--expression-attribute-values", '{":n":{"N":"2"}}',
                  "--return-values", "UPDATED_NEW", "--return-consumed-capacity", "INDEXES")
    assert changed["Attributes"] == dict(stock=dict(N="3"))
    assert changed["ConsumedCapacity"]["Table"]["CapacityUnits"] == 1.0
    failed = cli("update-item", "--table-name", shop, "--key", '{"id":{"S":"i01"}}', "--update-expression", "SET stock = stock - :n",
                 "--condition-expression", "stock >= :n", "--expression-attribute-values", '{":n":{"N":"20"}}', check=False)
    assert failed.returncode == 254
    assert "An error occurred (ConditionalCheckFailedException) when calling the UpdateItem operation" in failed.stderr


def test_cli_queries_with_a_filter(cli, shop):
    found = cli("query", "--table-name", shop, "--index-name", "by-kind", "--key-condition-expression", "kind = :k AND price > :low",
                "--filter-expression", "id <> :not AND NOT contains(id, :part)", "--expression-attribute-values",
                '{":k":{"S":"pen"},":low":{"N":"2"},":not":{"S":"i06"},":part":{"S":"08"}}', "--no-scan-index-forward")
    assert ids(found) == ["i10", "i04"]
    assert (found["Count"], found["ScannedCount"]) == (2, 4)
    count = cli("query", "--table-name", shop, "--index-name", "by-kind", "--select", "COUNT", "--page-size", "2",
                "--key-condition-expression", "kind = :k", "--expression-attribute-values", '{":k":{"S":"book"}}')
    assert count["Count"] == 6 and "Items" not in count


def test_cli_scans_by_itself_and_by_hand(cli, shop):
    assert len(cli("scan", "--table-name", shop, "--page-size", "5")["Items"]) == 12
    first = cli("scan", "--table-name", shop, "--max-items", "5", "--page-size", "5", "--projection-expression", "id")
    assert len(first["Items"]) == 5
    rest = cli("scan", "--table-name", shop, "--starting-token", first["NextToken"], "--projection-expression", "id")
    assert sorted(ids(first) + ids(rest)) == [f"i{number:02d}" for number in range(12)]
    text = cli("scan", "--table-name", shop, "--filter-expression", "price >= :p", "--expression-attribute-values", '{":p":{"N":"10"}}',
               "--query", "sort_by(Items, &id.S)[].id.S")
    assert text == ["i10", "i11"]


def test_cli_batches_and_deletes(cli, shop):
    cli("batch-write-item", "--request-items", json.dumps({shop: [
        dict(PutRequest=dict(Item=dict(id=dict(S="batch"), kind=dict(S="bag"), price=dict(N="1")))),
        dict(DeleteRequest=dict(Key=dict(id=dict(S="no"))))]}))
    got = cli("batch-get-item", "--request-items", json.dumps({shop: dict(
        Keys=[dict(id=dict(S="batch"))], ProjectionExpression="#k", ExpressionAttributeNames={"#k": "kind"})}))
    assert got["Responses"][shop] == [dict(kind=dict(S="bag"))]
    gone = cli("delete-item", "--table-name", shop, "--key", '{"id":{"S":"batch"}}', "--condition-expression", "kind IN (:a, :b)",
               "--expression-attribute-values", '{":a":{"S":"bag"},":b":{"S":"box"}}', "--return-values", "ALL_OLD")
    assert gone["Attributes"]["price"] == dict(N="1")


def test_cli_changes_the_table(cli, shop):
    created = dict(IndexName="by-stock", Projection=dict(ProjectionType="KEYS_ONLY"), KeySchema=[
        dict(AttributeName="kind", KeyType="HASH"), dict(AttributeName="stock", KeyType="RANGE")])
    cli("update-table", "--table-name", shop, "--attribute-definitions", "AttributeName=stock,AttributeType=N",
        "AttributeName=kind,AttributeType=S", "--global-secondary-index-updates", json.dumps([dict(Create=created)]))
    for _ in range(600):
        indexes = cli("describe-table", "--table-name", shop, "--query", "Table.GlobalSecondaryIndexes")
        if all(index["IndexStatus"] == "ACTIVE" for index in indexes):
            break
    found = cli("query", "--table-name", shop, "--index-name", "by-stock", "--key-condition-expression", "kind = :k AND stock < :s",
                "--expression-attribute-values", '{":k":{"S":"book"},":s":{"N":"5"}}')
    assert ids(found) == ["i01"]
    cli("update-time-to-live", "--table-name", shop, "--time-to-live-specification", "Enabled=true,AttributeName=expires")
    assert cli("describe-time-to-live", "--table-name", shop)["TimeToLiveDescription"] == dict(
        TimeToLiveStatus="ENABLED", AttributeName="expires")
    arn = cli("describe-table", "--table-name", shop, "--query", "Table.TableArn")
    cli("tag-resource", "--resource-arn", arn, "--tags", "Key=team,Value=books")
    assert cli("list-tags-of-resource", "--resource-arn", arn)["Tags"] == [dict(Key="team", Value="books")]
