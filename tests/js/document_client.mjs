// lib-dynamodb: plain JavaScript values in and out, expressions of every kind, its paginators. Exit code 0 when all holds.
import assert from "node:assert/strict";

import { ConditionalCheckFailedException, CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, GetCommand, NumberValue, PutCommand, QueryCommand,
  ScanCommand, UpdateCommand, paginateQuery, paginateScan,
} from "@aws-sdk/lib-dynamodb";

import { settings, singleTable } from "./client_settings.mjs";

const client = new DynamoDBClient(settings);
const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true, convertEmptyValues: false } });
const exact = DynamoDBDocumentClient.from(new DynamoDBClient(settings), { unmarshallOptions: { wrapNumbers: true } });
const TableName = "Documents";
const Key = { pk: "user#1", sk: "profile" };
const send = (Command, input) => documents.send(new Command({ TableName, ...input }));
const current = async (key = Key) => (await send(GetCommand, { Key: key, ConsistentRead: true })).Item;

async function values() {
  const Item = {
    ...Key, name: "Ada", age: 36, ratio: -0.25, active: true, nothing: null, list: [1, "two", { three: 3 }], map: { deep: { er: [true] } },
    colours: new Set(["red", "green"]), primes: new Set([2, 3, 5]), bytes: new Uint8Array([0, 127, 255]), empty: "", left_out: undefined,
  };
  assert.equal((await send(PutCommand, { Item, ReturnValues: "ALL_OLD" })).Attributes, undefined);
  const { left_out: _, ...stored } = Item;
  assert.deepEqual(await current(), stored);
  const digits = "12345678901234567890123456789012345678";
  await exact.send(new PutCommand({ TableName, Item: { pk: "number", sk: "exact", n: NumberValue.from(digits) } }));
  const { Item: found } = await exact.send(new GetCommand({ TableName, Key: { pk: "number", sk: "exact" } }));
  assert.equal(found.n.toString(), digits);
}

async function conditions() {
  const refused = (call) => assert.rejects(call, (error) => error instanceof ConditionalCheckFailedException);
  await refused(send(PutCommand, { Item: { ...Key }, ConditionExpression: "attribute_not_exists(pk)" }));
  await refused(send(DeleteCommand, {
    Key, ConditionExpression: "age < :least OR NOT contains(colours, :c)", ExpressionAttributeValues: { ":least": 18, ":c": "red" } }));
  const told = await send(UpdateCommand, {
    Key, UpdateExpression: "SET age = :a", ConditionExpression: "#n = :n", ExpressionAttributeNames: { "#n": "name" },
    ExpressionAttributeValues: { ":a": 1, ":n": "Grace" }, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }).then(
    () => assert.fail("the condition does not hold"), (error) => error);
  assert.ok(told instanceof ConditionalCheckFailedException);
  assert.equal(told.Item.name.S, "Ada");
  await send(PutCommand, {
    Item: { pk: "user#2", sk: "profile", name: "Grace" }, ConditionExpression: "attribute_not_exists(pk)" });
  const gone = await send(DeleteCommand, {
    Key: { pk: "user#2", sk: "profile" }, ReturnValues: "ALL_OLD", ConditionExpression: "begins_with(#n, :g)",
    ExpressionAttributeNames: { "#n": "name" }, ExpressionAttributeValues: { ":g": "Gr" } });
  assert.equal(gone.Attributes.name, "Grace");
}

async function updates() {
  const update = (UpdateExpression, ExpressionAttributeValues, more = {}) => send(UpdateCommand, {
    Key, UpdateExpression, ExpressionAttributeValues, ReturnValues: "UPDATED_NEW", ...more }).then((done) => done.Attributes);
  assert.deepEqual(await update("SET age = age + :one, visits = if_not_exists(visits, :zero) + :one", { ":one": 1, ":zero": 0 }),
    { age: 37, visits: 1 });
  assert.deepEqual(await update("SET #l = list_append(#l, :more)", { ":more": ["four"] }, { ExpressionAttributeNames: { "#l": "list" } }),
    { list: [1, "two", { three: 3 }, "four"] });
  const of_sets = { ":two": 2, ":c": new Set(["blue"]), ":p": new Set([2, 5]) };
  assert.deepEqual(await update("ADD visits :two, colours :c DELETE primes :p", of_sets),
    { visits: 3, colours: new Set(["blue", "green", "red"]), primes: new Set([3]) });
  await update("SET #m.deep.#er[1] = :v, #l[2].three = :t REMOVE #l[0], nothing", { ":v": "added", ":t": 33 }, {
    ExpressionAttributeNames: { "#m": "map", "#er": "er", "#l": "list" } });
  const after = await current();
  assert.deepEqual(after.map, { deep: { er: [true, "added"] } });
  assert.deepEqual(after.list, ["two", { three: 33 }, "four"]);
  assert.ok(!("nothing" in after));
  const old = await send(UpdateCommand, {
    Key, UpdateExpression: "SET age = :a", ExpressionAttributeValues: { ":a": 40 }, ReturnValues: "ALL_OLD" });
  assert.deepEqual(old.Attributes, after);
  const made = await send(UpdateCommand, {
    Key: { pk: "counter", sk: "1" }, UpdateExpression: "ADD hits :one", ExpressionAttributeValues: { ":one": 1 },
    ReturnValues: "ALL_NEW" });
  assert.deepEqual(made.Attributes, { pk: "counter", sk: "1", hits: 1 });
}

async function pages() {
  const three = (number) => String(number).padStart(3, "0");
  const puts = Array.from({ length: 60 }, (_, i) => ({ PutRequest: { Item: {
    pk: "list", sk: three(i), i, kind: i % 3 === 0 ? "fizz" : "plain", gsi1pk: `kind#${i % 3}`, gsi1sk: three(60 - i),
    text: "x".repeat(200) } } }));
  for (let first = 0; first < puts.length; first += 25) {
    const RequestItems = { [TableName]: puts.slice(first, first + 25) };
    const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems }));
    assert.deepEqual(UnprocessedItems ?? {}, {});
  }
  const collect = async (paginator) => {
    const found = [];
    let count = 0;
    for await (const page of paginator) { found.push(...page.Items); ++count; }
    return [found, count];
  };
  const config = { client: documents, pageSize: 7 };
  const [all, queried] = await collect(paginateQuery(config, {
    TableName, KeyConditionExpression: "pk = :p AND sk >= :s", ExpressionAttributeValues: { ":p": "list", ":s": "010" } }));
  assert.deepEqual(all.map((item) => item.i), Array.from({ length: 50 }, (_, i) => i + 10));
  assert.ok(queried >= 8);
  const [fizz] = await collect(paginateQuery(config, {
    TableName, KeyConditionExpression: "pk = :p", FilterExpression: "kind = :k AND (i BETWEEN :a AND :b OR i IN (:c, :d))",
    ProjectionExpression: "i", ScanIndexForward: false,
    ExpressionAttributeValues: { ":p": "list", ":k": "fizz", ":a": 30, ":b": 40, ":c": 3, ":d": 4 } }));
  assert.deepEqual(fizz, [39, 36, 33, 30, 3].map((i) => ({ i })));
  const [indexed] = await collect(paginateQuery(config, {
    TableName, IndexName: "gsi1", KeyConditionExpression: "gsi1pk = :p AND begins_with(gsi1sk, :s)",
    ExpressionAttributeValues: { ":p": "kind#1", ":s": "05" } }));
  assert.deepEqual(indexed.map((item) => item.i), [10, 7, 4, 1]);
  const [scanned] = await collect(paginateScan(config, {
    TableName, FilterExpression: "attribute_exists(gsi1pk) AND size(#t) = :n", ExpressionAttributeNames: { "#t": "text" },
    ExpressionAttributeValues: { ":n": 200 } }));
  assert.equal(scanned.length, 60);
  const segments = await Promise.all([0, 1, 2].map((Segment) => collect(paginateScan(config, { TableName, Segment, TotalSegments: 3 }))));
  const whole = await send(ScanCommand, { Select: "COUNT" });
  assert.equal(segments.reduce((sum, [items]) => sum + items.length, 0), whole.Count);
  const counted = await send(QueryCommand, {
    KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "list" }, Select: "COUNT", ReturnConsumedCapacity: "TOTAL" });
  assert.equal(counted.Count, 60);
  assert.ok(counted.ConsumedCapacity.CapacityUnits > 0);

  const batch = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: {
    Keys: [{ pk: "list", sk: "000" }, { pk: "list", sk: "059" }, { pk: "no", sk: "no" }], ProjectionExpression: "i, #k",
    ExpressionAttributeNames: { "#k": "kind" } } } }));
  assert.deepEqual(batch.Responses[TableName].sort((a, b) => a.i - b.i), [{ i: 0, kind: "fizz" }, { i: 59, kind: "plain" }]);
}

await client.send(new CreateTableCommand(singleTable(TableName, { gsi1: ["gsi1pk", "gsi1sk"] })));
await values();
await conditions();
await updates();
await pages();
console.log(`lib-dynamodb on Node ${process.version}: ok`);
