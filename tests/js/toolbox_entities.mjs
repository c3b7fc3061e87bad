// dynamodb-toolbox: a table with an index, two entities, its extended updates and table queries. Exit code 0 when all holds.
import assert from "node:assert/strict";

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  $add, $append, $delete, $get, $prepend, $remove, $subtract, $sum, BatchGetCommand, BatchGetRequest, BatchPutRequest, BatchWriteCommand,
  DeleteItemCommand, Entity, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand, Table, UpdateAttributesCommand, UpdateItemCommand,
  executeBatchGet, executeBatchWrite, item, list, map, number, prefix, set, string,
} from "dynamodb-toolbox";

import { settings, singleTable } from "./client_settings.mjs";

const base = new DynamoDBClient(settings);
await base.send(new CreateTableCommand(singleTable("Toolbox", { gsi1: ["gsi1pk", "gsi1sk"] })));
const table = new Table({
  name: "Toolbox", documentClient: DynamoDBDocumentClient.from(base),
  partitionKey: { name: "pk", type: "string" }, sortKey: { name: "sk", type: "string" },
  indexes: {
    gsi1: { type: "global", partitionKey: { name: "gsi1pk", type: "string" }, sortKey: { name: "gsi1sk", type: "string" } } },
});

const Pokemon = new Entity({
  name: "POKEMON", table,
  schema: item({
    trainer: string().key().savedAs("pk").transform(prefix("TRAINER")),
    id: string().key().savedAs("sk").transform(prefix("POKEMON")),
    name: string(),
    level: number().default(1),
    types: set(string()).optional(),
    moves: list(string()).optional(),
    stats: map({ hp: number(), attack: number().optional() }).optional(),
    nickname: string().optional(),
    kind: string().savedAs("gsi1pk"),
    rank: string().savedAs("gsi1sk"),
  }),
});
const Trainer = new Entity({
  name: "TRAINER", table,
  schema: item({
    trainer: string().key().savedAs("pk").transform(prefix("TRAINER")),
    self: string().key().const("self").default("self").savedAs("sk"),
    badges: number().default(0),
  }),
});

const key = { trainer: "ash", id: "1" };
const refused = (call) => assert.rejects(call, { name: "ConditionalCheckFailedException" });

async function creates() {
  const pokemon = {
    ...key, name: "pikachu", types: new Set(["electric"]), moves: ["spark"], stats: { hp: 30 }, kind: "electric", rank: "005" };
  const isNew = { attr: "id", exists: false };
  await Pokemon.build(PutItemCommand).item(pokemon).options({ condition: isNew }).send();
  await refused(Pokemon.build(PutItemCommand).item(pokemon).options({ condition: isNew }).send());
  const { Item } = await Pokemon.build(GetItemCommand).key(key).options({ consistent: true }).send();
  assert.equal(Item.level, 1);
  assert.deepEqual(Item.types, new Set(["electric"]));
  assert.ok(Item.created);
  const part = await Pokemon.build(GetItemCommand).key(key).options({ attributes: ["name", "stats.hp"] }).send();
  assert.deepEqual(part.Item, { name: "pikachu", stats: { hp: 30 } });
}

async function updates() {
  const { Attributes } = await Pokemon.build(UpdateItemCommand).item({
    ...key, level: $add(4), types: $add(new Set(["cute", "small"])), moves: $append(["thunder"]), stats: { attack: 55 }, nickname: "pika",
  }).options({ condition: { and: [{ attr: "level", lt: 99 }, { attr: "stats.hp", between: [1, 50] }] }, returnValues: "ALL_NEW" }).send();
  assert.equal(Attributes.level, 5);
  assert.deepEqual(Attributes.moves, ["spark", "thunder"]);
  assert.deepEqual(Attributes.stats, { hp: 30, attack: 55 });
  const again = await Pokemon.build(UpdateItemCommand).item({
    ...key, level: $subtract($get("level"), 2), types: $delete(new Set(["cute"])), moves: $prepend(["tackle"]), nickname: $remove(),
    stats: { hp: $sum($get("stats.hp"), 12), attack: $get("level", 7) },
  }).options({ returnValues: "ALL_NEW" }).send();
  assert.equal(again.Attributes.level, 3);
  assert.deepEqual(again.Attributes.types, new Set(["electric", "small"]));
  assert.deepEqual(again.Attributes.moves, ["tackle", "spark", "thunder"]);
  assert.deepEqual(again.Attributes.stats, { hp: 42, attack: 5 });
  assert.ok(!("nickname" in again.Attributes));
  const elements = await Pokemon.build(UpdateItemCommand).item({ ...key, moves: { 0: $remove(), 1: "shock" } })
    .options({ returnValues: "ALL_NEW" }).send();
  assert.deepEqual(elements.Attributes.moves, ["shock", "thunder"]);
  const replaced = await Pokemon.build(UpdateAttributesCommand).item({ ...key, stats: { hp: 1 } })
    .options({ returnValues: "UPDATED_NEW" }).send();
  assert.deepEqual(replaced.Attributes.stats, { hp: 1 });
  await refused(Pokemon.build(UpdateItemCommand).item({ ...key, level: $add(1) })
    .options({ condition: { not: { attr: "name", beginsWith: "pik" } } }).send());
}

async function queries() {
  const many = Array.from({ length: 30 }, (_, i) => ({
    trainer: "misty", id: String(i + 10), name: `fish${i}`, level: i, kind: "water", rank: String(i).padStart(3, "0") }));
  for (const first of [0, 20]) {
    await executeBatchWrite(table.build(BatchWriteCommand).requests(
      ...many.slice(first, first + 20).map((one) => Pokemon.build(BatchPutRequest).item(one))));
  }
  await Trainer.build(PutItemCommand).item({ trainer: "misty", badges: 2 }).send();
  const range = await table.build(QueryCommand).query({ partition: "TRAINER#misty", range: { gte: "POKEMON#30" } })
    .entities(Pokemon).send();
  assert.deepEqual(range.Items.map((one) => one.name), Array.from({ length: 10 }, (_, i) => `fish${i + 20}`));
  const both = await table.build(QueryCommand).query({ partition: "TRAINER#misty" }).entities(Pokemon, Trainer)
    .options({ maxPages: Infinity }).send();
  assert.equal(both.Items.length, 31);
  assert.equal(both.Items.find((one) => one.self === "self").badges, 2);
  const indexed = await table.build(QueryCommand).query({ index: "gsi1", partition: "water", range: { between: ["010", "019"] } })
    .entities(Pokemon).options({
      reverse: true, attributes: ["id", "level"],
      filters: { POKEMON: { or: [{ attr: "level", gte: 18 }, { attr: "name", in: ["fish11", "fish12"] }] } } }).send();
  assert.deepEqual(indexed.Items.map((one) => one.level), [19, 18, 12, 11]);

  const seen = [];
  let exclusiveStartKey, pages = 0;
  do {
    const page = await table.build(QueryCommand).query({ index: "gsi1", partition: "water" }).entities(Pokemon)
      .options({ limit: 7, exclusiveStartKey }).send();
    seen.push(...(page.Items ?? []).map((one) => one.level));
    exclusiveStartKey = page.LastEvaluatedKey;
    ++pages;
  } while (exclusiveStartKey);
  assert.deepEqual(seen, Array.from({ length: 30 }, (_, i) => i));
  assert.equal(pages, 5);

  const { Responses } = await executeBatchGet(table.build(BatchGetCommand).requests(
    ...["10", "none"].map((id) => Pokemon.build(BatchGetRequest).key({ trainer: "misty", id }))));
  assert.deepEqual(Responses[0].map((one) => one?.name), ["fish0", undefined]);
  const scanned = await table.build(ScanCommand).entities(Pokemon).options({
    maxPages: Infinity, limit: 10, filters: { POKEMON: { attr: "kind", eq: "electric" } } }).send();
  assert.deepEqual(scanned.Items.map((one) => one.name), ["pikachu"]);
}

async function deletes() {
  await refused(Pokemon.build(DeleteItemCommand).key(key).options({ condition: { attr: "types", contains: "fire" } }).send());
  const { Attributes } = await Pokemon.build(DeleteItemCommand).key(key).options({
    condition: { attr: "types", contains: "electric" }, returnValues: "ALL_OLD" }).send();
  assert.equal(Attributes.name, "pikachu");
  assert.equal((await Pokemon.build(GetItemCommand).key(key).send()).Item, undefined);
}

await creates();
await updates();
await queries();
await deletes();
console.log(`dynamodb-toolbox on Node ${process.version}: ok`);
