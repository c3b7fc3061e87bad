"""Reads the Ion text of DynamoDB's exports into DynamoDB JSON, strictly: what an export may not hold is an error. Shares no code with
Dray: only the Python library. A reader for checks, not for speed."""

import re

KEYWORDS = {"null", "true", "false", "nan"}
BARE_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
WHOLE = re.compile(r"([1-9][0-9]*)\.(?![0-9d])")
NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d*))?(?:d(-?\d+))?")
BLOB = re.compile(r"\{\{([A-Za-z0-9+/]*={0,2})\}\}")
SET = re.compile(r"\$dynamodb_(SS|NS|BS)::")
ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "\\": "\\", '"': '"', "'": "'",
           "/": "/", "?": "?"}


class IonError(ValueError):
    pass


def number_text(sign, digits, exponent):
    """The text of digits * 10^exponent as an export has it, by ion-java's rules."""
    digits = digits.lstrip("0")
    if not digits:
        return "0."
    exponent += len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    first = exponent + len(digits) - 1
    if exponent == 0:
        text = digits + "."
    elif exponent > 0 or first < -6:
        text = f"{digits}d{exponent}"
    elif first >= 0:
        text = digits[:exponent] + "." + digits[exponent:]
    else:
        text = "0." + "0" * (-first - 1) + digits
    return sign + text


def plain_number(sign, digits, exponent):
    """The same in DynamoDB's notation."""
    digits = digits.lstrip("0")
    if not digits:
        return "0"
    if exponent >= 0:
        return sign + digits + "0" * exponent
    digits = digits.rjust(1 - exponent, "0")
    return f"{sign}{digits[:exponent]}.{digits[exponent:]}".rstrip("0").rstrip(".")


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def fail(self, what):
        raise IonError(f"{what} at character {self.at}: {self.text[self.at:self.at + 30]!r}")

    def take(self, literal):
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def expect(self, literal):
        if not self.take(literal):
            self.fail(f"no {literal}")

    def match(self, pattern):
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def quoted(self, quote):
        parts = []
        while True:
            if self.at >= len(self.text):
                self.fail("text without an end")
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return "".join(parts)
            if char == "\\":
                parts.append(self.escape())
            elif ord(char) < 0x20:
                self.fail("a raw control character")
            else:
                parts.append(char)

    def escape(self):
        char = self.text[self.at]
        self.at += 1
        if size := {"x": 2, "u": 4, "U": 8}.get(char):
            self.at += size
            return chr(int(self.text[self.at - size:self.at], 16))
        if char not in ESCAPES:
            self.fail("an unknown escape")
        return ESCAPES[char]

    def name(self):
        if self.take("'"):
            name = self.quoted("'")
            if BARE_NAME.fullmatch(name) and name not in KEYWORDS and not re.fullmatch(r"\$\d+", name):
                self.fail(f"quotes around {name}")
            return name
        found = self.match(BARE_NAME)
        if not found or found.group() in KEYWORDS or re.fullmatch(r"\$\d+", found.group()):
            self.fail("no name of a field")
        return found.group()

    def fields(self, value):
        """A struct's pairs, each value read by `value`."""
        self.expect("{")
        pairs = {}
        while not self.take("}"):
            if pairs:
                self.expect(",")
            name = self.name()
            if name in pairs:
                self.fail(f"{name} twice")
            self.expect(":")
            pairs[name] = value()
        return pairs

    def elements(self):
        self.expect("[")
        values = []
        while not self.take("]"):
            if values:
                self.expect(",")
            values.append(self.attribute())
        return values

    def decimal(self):
        found = self.match(NUMBER)
        if not found or found.group(3) is None and found.group(4) is None:
            self.fail("no decimal")
        sign, digits, exponent = found.group(1), found.group(2) + (found.group(3) or ""), int(found.group(4) or 0)
        exponent -= len(found.group(3) or "")
        if number_text(sign, digits, exponent) != found.group():
            self.fail(f"a decimal in another form than {number_text(sign, digits, exponent)}")
        return plain_number(sign, digits, exponent)

    def timestamp(self):
        """Microseconds, a whole decimal. How AWS writes one that ends in zeros is not known: both ways are taken."""
        if found := self.match(WHOLE):
            return found.group(1)
        return self.decimal()

    def attribute(self):
        if found := self.match(SET):
            type = found.group(1)
            members = self.elements()
            if any(list(member) != [type[0]] for member in members):
                self.fail(f"a member of {type} of another type")
            return {type: [member[type[0]] for member in members]}
        if found := self.match(BLOB):
            return {"B": found.group(1)}
        if self.take('"'):
            return {"S": self.quoted('"')}
        for word, value in (("true", {"BOOL": True}), ("false", {"BOOL": False}), ("null", {"NULL": True})):
            if self.take(word):
                return value
        if self.text.startswith("[", self.at):
            return {"L": self.elements()}
        if self.text.startswith("{", self.at):
            return {"M": self.item()}
        return {"N": self.decimal()}

    def item(self):
        return self.fields(self.attribute)


def read_line(line):
    """The record of one line of an export, as the same line of an export in DynamoDB JSON would be parsed."""
    reader = Reader(line)
    reader.expect("$ion_1_0 {")
    if reader.take("Item:"):
        record = {"Item": reader.item()}
    else:
        reader.expect("Record:")
        parts = {"Keys": reader.item, "OldImage": reader.item, "NewImage": reader.item,
                 "Metadata": lambda: {name: {"N": number} for name, number in reader.fields(reader.timestamp).items()}}
        record = {}
        reader.expect("{")
        while not reader.take("}"):
            if record:
                reader.expect(",")
            name = reader.name()
            if name not in parts or name in record:
                reader.fail(f"{name} in a record")
            reader.expect(":")
            record[name] = parts[name]()
    reader.expect("}")
    if reader.at != len(line):
        reader.fail("something behind the record")
    return record
