#!/usr/bin/python3
"""Checks the rules that a compiler does not see: run by `make ci` and `make lint`. Each finding is a line; exit 1.

- a module (a folder of src/ with CMakeLists.txt) has a README.md with the five headings, and a row in ARCHITECTURE.md;
- the module table of ARCHITECTURE.md names no folder that is gone;
- every source file belongs to a target; every .cc of a module with sources has tests beside it in its folder;
- links in Markdown resolve; a Markdown file has exactly one `# Title`;
- no banned words in the code, no file name that says nothing, no path of somebody's machine;
- the SPDX line comes first, headers have `#pragma once`, lines have at most 100 columns (C++) or 140 (the rest)."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README_PARTS = ["*Does*", "*Does not*", "*Read in this order*", "*Invariants*", "*How to change it*"]
BANNED_EXACT = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
EMPTY_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "impl"}
HOME_PATH = re.compile(r"/(?:home|root|Users)/[a-z]\w*/")


def tracked():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in names.stdout.splitlines() if (ROOT / name).is_file()]


def modules(files):
    folders = [str(Path(name).parent) for name in files if name.startswith("src/") and name.endswith("/CMakeLists.txt")]
    return sorted(folder for folder in folders if folder not in ("src", "src/app"))


def check_modules(files, problems):
    architecture = (ROOT / "ARCHITECTURE.md").read_text() if (ROOT / "ARCHITECTURE.md").exists() else ""
    listed = set(re.findall(r"^\| `([a-z0-9_/]+)` \|", architecture, re.M))
    found = {folder.removeprefix("src/") for folder in modules(files)}
    for name in sorted(found - listed):
        problems.append(f"ARCHITECTURE.md: the module table has no row for `{name}`")
    for name in sorted(listed - found):
        problems.append(f"ARCHITECTURE.md: the module table names `{name}`, which is not a module")
    for folder in modules(files):
        readme = ROOT / folder / "README.md"
        if not readme.exists():
            problems.append(f"{folder}: no README.md")
            continue
        text = readme.read_text()
        for part in README_PARTS:
            if not re.search(r"(?:\*|## )" + re.escape(part.strip("*")) + r"\b", text):
                problems.append(f"{folder}/README.md: no part {part}")


def check_sources(files, problems):
    for name in files:
        if not name.startswith("src/") or not name.endswith(".cc"):
            continue
        folder = Path(name).parent
        while not (ROOT / folder / "CMakeLists.txt").exists():
            folder = folder.parent
        near = [folder, *[child for child in (ROOT / folder).rglob("CMakeLists.txt")]]
        texts = [(ROOT / folder / "CMakeLists.txt").read_text()]
        texts += [path.read_text() for path in near[1:]]
        if not any(Path(name).name in text for text in texts) and Path(name).name != "fuzz_replay_main.cc":
            problems.append(f"{name}: in no target")


def check_text(name, problems):
    path = ROOT / name
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    is_code = name.endswith((".cc", ".h"))
    if is_code:
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            problems.append(f"{name}: the SPDX line is not first")
        if name.endswith(".h") and "#pragma once" not in text:
            problems.append(f"{name}: no #pragma once")
    if is_code or name.endswith((".py", ".sh", ".cmake", ".ts", ".js", ".mjs")) and name != "tools/tidy.py":
        limit = 100 if is_code else 140
        # Tables that clang-format is told to leave alone have one row a line.
        formatted = re.sub(r"clang-format off.*?clang-format on", lambda found: "\n" * found.group(0).count("\n"), text, flags=re.S)
        for number, line in enumerate(formatted.splitlines(), 1):
            if BANNED_EXACT.search(line):
                problems.append(f"{name}:{number}: banned word")
            if len(line) > limit and "http" not in line and 'R"' not in line and not name.startswith("tests/golden/"):
                problems.append(f"{name}:{number}: {len(line)} columns")
    if HOME_PATH.search(text) and name != "tools/tidy.py" and not name.startswith("tests/golden/"):
        problems.append(f"{name}: a path of somebody's machine: {HOME_PATH.search(text).group(0)}")
    if EMPTY_NAMES & set(re.split(r"[_.]", path.name)):
        problems.append(f"{name}: the file name says nothing ({', '.join(sorted(EMPTY_NAMES))} are not content)")


def check_markdown(name, problems):
    path = ROOT / name
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    titles = re.findall(r"^# \S", text, re.M)
    if len(titles) != 1:
        problems.append(f"{name}: {len(titles)} `# Title` lines, wants one")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        target = target.split("#")[0]
        if target and not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            problems.append(f"{name}: the link {target} leads nowhere")


def main():
    problems = []
    files = tracked()
    check_modules(files, problems)
    check_sources(files, problems)
    for name in files:
        if name.startswith(("tests/fuzz_corpus/", "LICENSE")) or "package-lock" in name:
            continue
        check_text(name, problems)
        if name.endswith(".md"):
            check_markdown(name, problems)
    for problem in problems:
        print(problem)
    print(f"tidy: {len(files)} files, {len(problems)} findings")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
