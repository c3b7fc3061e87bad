// SPDX-License-Identifier: Apache-2.0
// Records uploads of the AWS SDK for JavaScript v3 as they go over the wire. See README.md.
// The SDK is that of tests/js (npm ci there first).
//   node capture.mjs
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { Readable } from "node:stream";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { S3Client, PutObjectCommand, UploadPartCommand } = require("@aws-sdk/client-s3");

const accessKeyId = "AKIDEXAMPLE";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const lines = [];
for (let i = 0; lines.join("").length < 9_000; ++i) lines.push(`{"Item":{"pk":{"N":"${i}"}}}\n`);
const object = Buffer.from(lines.join(""));

function pieces() {
  const parts = [];
  for (let at = 0; at < object.length; at += 4_000) parts.push(object.subarray(at, at + 4_000));
  return Readable.from(parts, { objectMode: false });
}

async function record(name, command) {
  const received = [];
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      received.push(bytes);
      const all = Buffer.concat(received);
      const head = all.indexOf("\r\n\r\n");
      if (all.indexOf("Expect: 100-continue") > 0 && all.length === head + 4) {
        socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      }
      const isEnd = head > 0 && all.length > head + 4 && all.subarray(-7).equals(Buffer.from("\r\n0\r\n\r\n"));
      if (isEnd) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"x\"\r\nConnection: close\r\n\r\n");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(command);
  } catch (error) {
    console.error(`${name}: ${error.message}`); // the answer has no checksum; the request is there
  }
  server.close();
  mkdirSync(name, { recursive: true });
  const text = Buffer.concat(received).toString("latin1"); // every byte one character
  const request = Buffer.from(text.replace(/os\/linux#[^ ]+/, "os/linux"), "latin1"); // not signed
  const body = request.subarray(request.indexOf("\r\n\r\n") + 4);
  writeFileSync(`${name}/request.bin`, request);
  writeFileSync(`${name}/body.bin`, withoutTransferCoding(body));
  writeFileSync(`${name}/context.json`, JSON.stringify({
    secret: secretAccessKey,
    region: "us-east-1",
    object_bytes: object.length,
    object_sha256: createHash("sha256").update(object).digest("hex"),
  }, null, 1) + "\n");
}

// HTTP's own chunked transfer coding taken off.
function withoutTransferCoding(body) {
  const parts = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = parseInt(body.subarray(at, end).toString(), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

const target = { Bucket: "bucket", Key: "AWSDynamoDB/data/x.json", ContentLength: object.length };
await record("javascript-put-default", new PutObjectCommand({ ...target, Body: pieces() }));
for (const algorithm of ["CRC64NVME", "CRC32C", "SHA256"]) {
  await record(`javascript-put-${algorithm.toLowerCase()}`,
               new PutObjectCommand({ ...target, Body: pieces(), ChecksumAlgorithm: algorithm }));
}
await record("javascript-upload-part-crc64nvme",
             new UploadPartCommand({ ...target, Body: pieces(), ChecksumAlgorithm: "CRC64NVME", PartNumber: 1, UploadId: "u" }));
