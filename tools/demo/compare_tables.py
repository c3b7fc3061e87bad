#!/usr/bin/python3
"""Compares two tables item by item, by boto3 alone: each is scanned whole, each item is digested in a canonical form
(numbers by value, sets without order), and the digests are compared by key."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Context, Decimal

EXACT = Context(prec=200)


def canonical(value):
    (kind, content), = value.items()
    if kind == "N":
        return ["N", str(EXACT.create_decimal(content).normalize(EXACT))]
    if kind == "B":
        return ["B", content.hex()]
    if kind == "L":
        return ["L", [canonical(element) for element in content]]
    if kind == "M":
        return ["M", {name: canonical(element) for name, element in content.items()}]
    if kind in ("SS", "NS", "BS"):
        return [kind, sorted(json.dumps(canonical({kind[0]: member})) for member in content)]
    return [kind, content]


def digest_table(client, table):
    keys = [element["AttributeName"] for element in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    digests, size = {}, 0
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            key = json.dumps([canonical(item[name]) for name in keys])
            text = json.dumps(canonical({"M": item}), sort_keys=True).encode()
            size += len(text)
            if key in digests:
                raise ValueError(f"{table}: the key {key} was returned twice")
            digests[key] = hashlib.sha256(text).digest()
    return digests, size


def compare(first, second):
    """Each: (boto3 client, table name). Returns (differences, bytes compared)."""
    with ThreadPoolExecutor(2) as pool:
        (ours, size), (theirs, _) = pool.map(lambda side: digest_table(*side), (first, second))
    differences = [f"only in {first[1]}: {key}" for key in ours.keys() - theirs.keys()]
    differences += [f"only in {second[1]}: {key}" for key in theirs.keys() - ours.keys()]
    differences += [f"differs: {key}" for key, digest in ours.items() if theirs.get(key, digest) != digest]
    return sorted(differences), size
