"""What the model test compares Dray with: items as plain dicts in wire form, decimal arithmetic, and expressions that are made
together with a function that says what they mean. Simple, slow and independent of the server's code."""

import copy
import decimal

EXACT = decimal.Context(prec=38)
WORDS = ["a", "b", "ab", "abc", "ba", "c"]


# ---- values


def canonical(value):
    """A hashable form of an attribute value in which equal values are equal."""
    (kind, content), = value.items()
    if kind == "N":
        return kind, decimal.Decimal(content).normalize() + 0
    if kind == "NS":
        return kind, frozenset(decimal.Decimal(number).normalize() + 0 for number in content)
    if kind in ("SS", "BS"):
        return kind, frozenset(content)
    if kind == "L":
        return kind, tuple(canonical(element) for element in content)
    if kind == "M":
        return kind, canonical_item(content)
    return kind, content


def canonical_item(item):
    return frozenset((name, canonical(value)) for name, value in item.items())


def number(value):
    return {"N": format(decimal.Decimal(value), "f")}


def random_number(random):
    return number(decimal.Decimal(random.choice([0, 1, 2, 3, -1, random.randrange(-10**9, 10**9), random.randrange(10**20)]))
                  .scaleb(random.choice([0, 0, 0, -2, -9]), EXACT))


def random_value(random, depth=0):
    kinds = ["S", "N", "B", "BOOL", "NULL", "SS", "NS"] + (["L", "M"] if depth < 2 else [])
    kind = random.choice(kinds)
    if kind == "S":
        return {"S": random.choice(WORDS + [""])}
    if kind == "N":
        return random_number(random)
    if kind == "B":
        return {"B": bytes(random.randrange(256) for _ in range(random.randrange(4)))}
    if kind == "BOOL":
        return {"BOOL": random.random() < 0.5}
    if kind == "NULL":
        return {"NULL": True}
    if kind == "SS":
        return {"SS": random.sample(WORDS, random.randrange(1, 4))}
    if kind == "NS":
        return {"NS": [str(n) for n in random.sample(range(6), random.randrange(1, 4))]}
    if kind == "L":
        return {"L": [random_value(random, depth + 1) for _ in range(random.randrange(3))]}
    return {"M": {name: random_value(random, depth + 1) for name in random.sample(["k", "j"], random.randrange(3))}}


# ---- expressions


class Placeholders:
    """The names and values of one request."""

    def __init__(self):
        self.names, self.values = {}, {}

    def name(self, name):
        self.names["#" + name] = name
        return "#" + name

    def value(self, value):
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def arguments(self):
        return {**(dict(ExpressionAttributeNames=self.names) if self.names else {}),
                **(dict(ExpressionAttributeValues=self.values) if self.values else {})}


def comparable(item, name, kind):
    """The attribute as something that can be ordered, when it has that type."""
    value = item.get(name, {})
    if kind not in value:
        return None
    return decimal.Decimal(value["N"]) if kind == "N" else value[kind].encode()


def random_condition(random, placeholders, attributes, depth=0):
    """(text, meaning): a condition over attributes and a function from an item to bool."""
    if depth < 2 and random.random() < 0.35:
        left, left_means = random_condition(random, placeholders, attributes, depth + 1)
        if random.random() < 0.3:
            # Parentheses around parentheses are refused.
            return f"NOT {left}" if left.startswith("(") else f"NOT ({left})", lambda item: not left_means(item)
        right, right_means = random_condition(random, placeholders, attributes, depth + 1)
        if random.random() < 0.5:
            return f"({left} AND {right})", lambda item: left_means(item) and right_means(item)
        return f"({left} OR {right})", lambda item: left_means(item) or right_means(item)
    name = random.choice(attributes)
    path = placeholders.name(name)
    form = random.randrange(9)
    if form == 0:
        return f"attribute_exists({path})", lambda item: name in item
    if form == 1:
        return f"attribute_not_exists({path})", lambda item: name not in item
    if form == 2:
        kind = random.choice(["S", "N", "SS", "M", "L"])
        return f"attribute_type({path}, {placeholders.value({'S': kind})})", lambda item: kind in item.get(name, {})
    if form == 3:
        value = random_value(random)
        return (f"{path} = {placeholders.value(value)}",
                lambda item: name in item and canonical(item[name]) == canonical(value))
    if form == 4:
        prefix = random.choice(WORDS)
        return (f"begins_with({path}, {placeholders.value({'S': prefix})})",
                lambda item: item.get(name, {}).get("S", "\0").startswith(prefix))
    if form == 5:
        word = random.choice(WORDS)

        def contains(item):
            value = item.get(name, {})
            return word in value.get("S", "\0") or word in value.get("SS", []) or {"S": word} in value.get("L", [])
        return f"contains({path}, {placeholders.value({'S': word})})", contains
    if form == 6:
        values = [random_value(random) for _ in range(3)]
        listed = ", ".join(placeholders.value(value) for value in values)
        return (f"{path} IN ({listed})",
                lambda item: name in item and canonical(item[name]) in [canonical(value) for value in values])
    kind = random.choice(["N", "S"])
    low, high = ({"N": str(random.randrange(-2, 4))} if kind == "N" else {"S": random.choice(WORDS)} for _ in range(2))
    low_value, high_value = comparable({"v": low}, "v", kind), comparable({"v": high}, "v", kind)
    if form == 7 and low_value <= high_value:
        text = f"{path} BETWEEN {placeholders.value(low)} AND {placeholders.value(high)}"
        return text, lambda item: (lambda v: v is not None and low_value <= v <= high_value)(comparable(item, name, kind))
    sign, order = random.choice([("<", lambda v: v < low_value), ("<=", lambda v: v <= low_value),
                                 (">", lambda v: v > low_value), (">=", lambda v: v >= low_value)])
    return (f"{path} {sign} {placeholders.value(low)}",
            lambda item: (lambda v: v is not None and order(v))(comparable(item, name, kind)))


class Refused(Exception):
    """The update is a ValidationException."""


def random_update(random, placeholders, attributes, index_values):
    """(text, meaning, creates): an update expression, a function from the old item to the new one, which may raise Refused, and
    whether it makes an item that was not there: REMOVE and DELETE alone do not.
    `index_values`: attributes of index keys, each with a function that makes a fitting value."""
    clauses, effects = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}, []

    def set_value(name, value):
        clauses["SET"].append(f"{placeholders.name(name)} = {placeholders.value(value)}")
        effects.append(lambda old, new: new.__setitem__(name, value))

    def remove(name):
        clauses["REMOVE"].append(placeholders.name(name))
        effects.append(lambda old, new: new.pop(name, None))

    def sum_up(name):
        amount, path = random_number(random), placeholders.name(name)
        sign = random.choice("+-")
        start = {"N": "0"}
        clauses["SET"].append(f"{path} = if_not_exists({path}, {placeholders.value(start)}) {sign} {placeholders.value(amount)}")

        def effect(old, new):
            value = old.get(name, start)
            if "N" not in value:
                raise Refused
            with decimal.localcontext(EXACT):
                left, right = decimal.Decimal(value["N"]), decimal.Decimal(amount["N"])
                new[name] = number(left + right if sign == "+" else left - right)
        effects.append(effect)

    def append(name):
        more, path = {"L": [random_value(random)]}, placeholders.name(name)
        clauses["SET"].append(f"{path} = list_append(if_not_exists({path}, {placeholders.value({'L': []})}), "
                              f"{placeholders.value(more)})")

        def effect(old, new):
            value = old.get(name, {"L": []})
            if "L" not in value:
                raise Refused
            new[name] = {"L": value["L"] + more["L"]}
        effects.append(effect)

    def add_number(name):
        amount = random_number(random)
        clauses["ADD"].append(f"{placeholders.name(name)} {placeholders.value(amount)}")

        def effect(old, new):
            value = old.get(name, {"N": "0"})
            if "N" not in value:
                raise Refused
            with decimal.localcontext(EXACT):
                new[name] = number(decimal.Decimal(value["N"]) + decimal.Decimal(amount["N"]))
        effects.append(effect)

    def change_set(name):
        words = set(random.sample(WORDS, random.randrange(1, 3)))
        clause = random.choice(["ADD", "DELETE"])
        clauses[clause].append(f"{placeholders.name(name)} {placeholders.value({'SS': sorted(words)})}")

        def effect(old, new):
            value = old.get(name)
            if value is None and clause == "DELETE":
                return
            if value is not None and "SS" not in value:
                raise Refused
            before = set(value["SS"]) if value else set()
            after = before | words if clause == "ADD" else before - words
            if after:
                new[name] = {"SS": sorted(after)}
            else:
                new.pop(name, None)
        effects.append(effect)

    def set_inside(name):
        value = random_value(random, 2)
        clauses["SET"].append(f"{placeholders.name(name)}.{placeholders.name('k')} = {placeholders.value(value)}")

        def effect(old, new):
            if "M" not in old.get(name, {}):
                raise Refused
            new[name]["M"]["k"] = value
        effects.append(effect)

    def remove_element(name):
        clauses["REMOVE"].append(f"{placeholders.name(name)}[0]")

        def effect(old, new):
            if name not in old:
                return
            if "L" not in old[name]:
                raise Refused
            new[name] = {"L": old[name]["L"][1:]}
        effects.append(effect)

    for name in random.sample(attributes, random.randrange(1, 4)):
        if name in index_values:
            if random.random() < 0.7:
                set_value(name, index_values[name](random))
            else:
                remove(name)
        else:
            random.choice([lambda n: set_value(n, random_value(random)), remove, sum_up, append, add_number, change_set,
                           set_inside])(name)

    def meaning(old):
        new = copy.deepcopy(old)
        for effect in effects:
            effect(old, new)
        return new
    text = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
    return text, meaning, bool(clauses["SET"] or clauses["ADD"])


# ---- tables


class Index:
    def __init__(self, name, hash_names, range_names, projection, included=(), is_local=False):
        self.name, self.hash, self.range, self.is_local = name, hash_names, range_names, is_local
        self.projection, self.included = projection, list(included)

    def definition(self):
        projection = dict(ProjectionType=self.projection)
        if self.projection == "INCLUDE":
            projection["NonKeyAttributes"] = self.included
        return dict(IndexName=self.name, Projection=projection,
                    KeySchema=[dict(AttributeName=name, KeyType=kind) for names, kind in ((self.hash, "HASH"),
                                                                                          (self.range, "RANGE")) for name in names])

    def entry(self, item, table_keys):
        """The item as the index has it, or None."""
        keys = self.hash + self.range
        if any(name not in item for name in keys):
            return None
        if self.projection == "ALL":
            return item
        wanted = set(keys) | set(table_keys) | set(self.included)
        return {name: value for name, value in item.items() if name in wanted}


class Table:
    def __init__(self, name, keys, indexes):
        self.name, self.keys = name, keys
        self.indexes = {index.name: index for index in indexes}
        self.items = {}
        self.expires = False

    def key_of(self, item):
        return tuple(canonical(item[name]) for name in self.keys)

    def key_map(self, item):
        return {name: item[name] for name in self.keys}

    def put(self, item):
        self.items[self.key_of(item)] = copy.deepcopy(item)

    def entries(self, index):
        found = (index.entry(item, self.keys) for item in self.items.values())
        return [entry for entry in found if entry is not None]
