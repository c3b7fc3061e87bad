// electrodb: two entities in one table with two global indexes, as its documentation builds them. Exit code 0 when all holds.
import assert from "node:assert/strict";

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity, Service } from "electrodb";

import { settings, singleTable } from "./client_settings.mjs";

const base = new DynamoDBClient(settings);
const table = "Electro";
await base.send(new CreateTableCommand(singleTable(table, { gsi1: ["gsi1pk", "gsi1sk"], gsi2: ["gsi2pk", "gsi2sk"] })));
const client = DynamoDBDocumentClient.from(base);

const employee = new Entity({
  model: { entity: "employee", version: "1", service: "company" },
  attributes: {
    id: { type: "string", required: true },
    team: { type: "string", required: true },
    office: { type: "string", required: true },
    name: { type: "string", required: true },
    salary: { type: "number", default: 0 },
    tags: { type: "set", items: "string" },
    notes: { type: "list", items: { type: "map", properties: { by: { type: "string" }, text: { type: "string" } } } },
    address: { type: "map", properties: { city: { type: "string" }, street: { type: "string" } } },
    status: { type: ["active", "away"], default: "active" },
    version: { type: "number", default: 1 },
  },
  indexes: {
    byId: { pk: { field: "pk", composite: ["id"] }, sk: { field: "sk", composite: [] } },
    byTeam: {
      index: "gsi1", collection: "assignments",
      pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["name", "id"] } },
    byOffice: { index: "gsi2", pk: { field: "gsi2pk", composite: ["office"] }, sk: { field: "gsi2sk", composite: ["team", "salary"] } },
  },
}, { client, table });

const task = new Entity({
  model: { entity: "task", version: "1", service: "company" },
  attributes: {
    id: { type: "string", required: true },
    team: { type: "string", required: true },
    title: { type: "string", required: true },
    points: { type: "number" },
  },
  indexes: {
    byId: { pk: { field: "pk", composite: ["id"] }, sk: { field: "sk", composite: [] } },
    byTeam: {
      index: "gsi1", collection: "assignments",
      pk: { field: "gsi1pk", composite: ["team"] }, sk: { field: "gsi1sk", composite: ["title"] } },
  },
}, { client, table });
const company = new Service({ employee, task });

const person = (number, more = {}) => ({
  id: `e${number}`, team: number % 2 ? "blue" : "red", office: "berlin", name: `name${String(number).padStart(2, "0")}`,
  salary: number * 100, ...more });

async function creates() {
  const { data } = await employee.create(person(1, {
    tags: ["a", "b"], notes: [{ by: "x", text: "hello" }], address: { city: "Berlin", street: "One" } })).go();
  assert.equal(data.status, "active");
  await assert.rejects(employee.create(person(1)).go(), /conditional request failed/i);
  const found = await employee.get({ id: "e1" }).go({ consistent: true });
  assert.deepEqual(found.data, { ...data, tags: ["a", "b"] });
  assert.equal((await employee.get({ id: "none" }).go()).data, null);
  await assert.rejects(employee.patch({ id: "none" }).set({ status: "away" }).go(), /conditional request failed/i);
}

async function updates() {
  const patched = await employee.patch({ id: "e1" })
    .set({ salary: 500, team: "blue", office: "berlin", status: "away" })  // keys of both indexes are made anew
    .add({ version: 1 }).append({ notes: [{ by: "y", text: "again" }] }).delete({ tags: ["a"] })
    .where(({ version }, { eq }) => eq(version, 1)).go({ response: "all_new" });
  assert.equal(patched.data.version, 2);
  assert.deepEqual(patched.data.tags, ["b"]);
  assert.deepEqual(patched.data.notes, [{ by: "x", text: "hello" }, { by: "y", text: "again" }]);
  await assert.rejects(employee.patch({ id: "e1" }).add({ version: 1 }).where(({ version }, { eq }) => eq(version, 1)).go(),
    /conditional request failed/i);
  const { data } = await employee.update({ id: "e1" }).add({ tags: ["c"] }).subtract({ version: 1 })
    .data(({ address, notes }, { set, remove }) => { set(address.city, "Bonn"); remove(notes[0]); }).go({ response: "all_new" });
  assert.deepEqual(data.address, { city: "Bonn", street: "One" });
  assert.deepEqual(data.notes, [{ by: "y", text: "again" }]);
  assert.deepEqual(data.tags, ["b", "c"]);
  assert.equal(data.version, 1);
  const without = await employee.update({ id: "e1" }).remove(["notes"]).go({ response: "updated_old" });
  assert.deepEqual(without.data.notes, [{ by: "y", text: "again" }]);
  const upserted = await employee.upsert(person(2)).go({ response: "all_new" });
  assert.equal(upserted.data.salary, 200);
}

async function queries() {
  const { unprocessed } = await employee.put(Array.from({ length: 40 }, (_, i) => person(i + 10))).go();
  assert.deepEqual(unprocessed, []);
  const red = await employee.query.byTeam({ team: "red" }).begins({ name: "name1" }).go();
  assert.deepEqual(red.data.map((one) => one.id), ["e10", "e12", "e14", "e16", "e18"]);
  const filtered = await employee.query.byTeam({ team: "blue" })
    .where(({ salary }, { between, lt }) => `${between(salary, 1100, 1500)} OR ${lt(salary, 600)}`)
    .go({ attributes: ["id", "salary"], pages: "all" });
  assert.deepEqual(filtered.data, [
    { id: "e1", salary: 500 }, { id: "e11", salary: 1100 }, { id: "e13", salary: 1300 }, { id: "e15", salary: 1500 }]);
  const downwards = await employee.query.byOffice({ office: "berlin", team: "red" }).go({ order: "desc", limit: 3 });
  assert.equal(downwards.data.length, 3);

  const seen = [];
  let cursor = null, pages = 0;
  do {
    const page = await employee.query.byTeam({ team: "red" }).go({ cursor, limit: 6 });
    seen.push(...page.data.map((one) => one.id));
    ({ cursor } = page);
    ++pages;
  } while (cursor !== null);
  assert.equal(new Set(seen).size, 21);
  assert.equal(seen.length, 21);
  assert.ok(pages >= 4);
  const got = await employee.get([{ id: "e10" }, { id: "e11" }, { id: "none" }]).go();
  assert.deepEqual(got.data.map((one) => one.id).sort(), ["e10", "e11"]);
  const scanned = await employee.scan.where(({ salary }, { gte }) => gte(salary, 4800)).go({ pages: "all" });
  assert.deepEqual(scanned.data.map((one) => one.id).sort(), ["e48", "e49"]);
}

async function collections() {
  await task.put([1, 2, 3].map((number) => ({ id: `t${number}`, team: "blue", title: `title${number}`, points: number }))).go();
  const { data } = await company.collections.assignments({ team: "blue" }).go({ pages: "all" });
  assert.deepEqual(data.task.map((one) => one.title), ["title1", "title2", "title3"]);
  assert.equal(data.employee.length, 21);
  await assert.rejects(task.delete({ id: "t1" }).where(({ points }, { gt }) => gt(points, 1)).go(), /conditional request failed/i);
  const removed = await task.remove({ id: "t1" }).go({ response: "all_old" });
  assert.equal(removed.data.title, "title1");
  assert.equal((await company.collections.assignments({ team: "blue" }).go()).data.task.length, 2);
}

await creates();
await updates();
await queries();
await collections();
console.log(`electrodb on Node ${process.version}: ok`);
