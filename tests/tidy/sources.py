# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
"""The files of the repository as tidy.py sees them: lines, includes and functions."""

import functools
import os
import pathlib
import re
import subprocess

# The tree to look at; tidy_test.py points it at trees of its own.
ROOT = pathlib.Path(os.environ.get("TIDY_ROOT") or pathlib.Path(__file__).parents[2]).resolve()
CODE = (".cpp", ".hpp", ".c", ".h")
SCRIPTS = (".py", ".sh", ".cmake")
TEXT = (".md", ".txt", ".json", ".tsv", ".map", ".yml")
KEYWORDS = {"if", "for", "while", "switch", "catch", "do", "else", "return", "sizeof", "alignof"}


class Function:
    """A function definition: where its signature starts, its body opens, and its length."""

    def __init__(self, name, line, opening_line, last_line):
        self.name = name
        self.line = line
        self.opening_line = opening_line
        self.last_line = last_line
        self.length = last_line - line + 1


class Source:
    """One file."""

    def __init__(self, path):
        self.path = path if path.is_absolute() else ROOT / path
        self.relative = self.path.relative_to(ROOT)
        self.name = str(self.relative)

    @staticmethod
    def outside(path):
        """Stands for a file that is not a source, such as a library, in findings."""
        source = Source.__new__(Source)
        source.path = pathlib.Path(path)
        source.name = source.path.name
        return source

    @functools.cached_property
    def text(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def blanked(self):
        """The text with comments, strings and characters blanked; offsets are kept."""
        pattern = (
            r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
            r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"
        )
        return re.sub(
            pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), self.text, flags=re.S
        )

    def code_lines(self):
        return self.blanked.splitlines()

    def within(self, folder):
        return self.name.startswith(folder + "/")

    def includes(self):
        """(line number, written with quotes, name) of each #include."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                yield number, match.group(1) == '"', match.group(2)

    @staticmethod
    def declares_method(line, found):
        """Is this a member or namespace-level function of ours that has the name of a libc one?"""
        before = line[: found.start()].rstrip()
        return bool(re.search(r"[\w>&*]$", before)) and not re.search(
            r"\b(?:return|else|co_await|case)$", before
        )

    def functions(self):
        """Function definitions at file, namespace or class level."""
        text = re.sub(
            r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
            lambda m: re.sub(r"[^\n]", " ", m.group()),
            self.blanked,
            flags=re.M,
        )
        result = []
        stack = []  # (is a scope that can hold functions, function being measured)
        start = 0  # where the current declaration starts
        parentheses = 0
        for match in re.finditer(r"[{}();]", text):
            character = match.group()
            if character in "()":
                parentheses += 1 if character == "(" else -1
            elif parentheses > 0:
                # Braces inside parentheses belong to an initialiser or a lambda argument.
                continue
            elif character == "{":
                head = text[start : match.start()]
                in_scope = all(scope for scope, _ in stack)
                name = function_name(head) if in_scope else None
                is_scope = in_scope and name is None and is_scope_head(head)
                line = text.count("\n", 0, start + len(head) - len(head.lstrip())) + 1
                opening = text.count("\n", 0, match.start()) + 1
                stack.append((is_scope, (name, line, opening) if name else None))
                start = match.end()
            elif character == "}":
                if stack:
                    _, function = stack.pop()
                    if function:
                        last = text.count("\n", 0, match.start()) + 1
                        result.append(Function(*function, last))
                start = match.end()
            else:
                start = match.end()
        return result


def is_scope_head(head):
    return bool(re.search(r"\b(?:namespace|class|struct|union|extern)\b", head)) or not head.strip()


def function_name(head):
    """The name of the function whose definition begins with head, or None."""
    head = re.sub(r"\b(?:public|private|protected)\s*:", " ", head)
    head = re.sub(r"^(?:\s*template\s*<[^{};]*?>\s*(?=\w))", " ", head)
    match = re.search(r"(~?\w+|operator\s*\S+?)\s*\(", head)
    while match and (
        match.group(1) in ("__attribute__", "alignas", "decltype", "noexcept", "requires")
        or match.group(1).startswith("OPENWSK_")
    ):
        match = re.compile(r"(~?\w+|operator\s*\S+?)\s*\(").search(head, match.end())
    if not match or match.group(1) in KEYWORDS or "=" in head[: match.start()]:
        return None
    if re.match(r"\s*(?:namespace|enum)\b", head):
        return None
    return match.group(1)


@functools.cache
def tracked():
    """All files of the repository, including new ones that git does not ignore."""
    try:
        output = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        names = [name for name in output.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [name for name in folders if name not in ("build", ".git", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, name), ROOT) for name in files]
    paths = [ROOT / name for name in sorted(set(names))]
    return [Source(path) for path in paths if path.is_file()]


@functools.cache
def code(*folders):
    """C and C++ files, optionally only those in the given folders."""
    return [
        source
        for source in tracked()
        if source.path.suffix in CODE
        and (not folders or any(source.within(folder) for folder in folders))
    ]


def is_script(source):
    return source.path.suffix == "" and source.text.startswith("#!")


@functools.cache
def all_sources():
    """Everything that is code: C and C++, scripts, CMake files and the Makefile."""
    return [
        source
        for source in tracked()
        if source.path.suffix in CODE + SCRIPTS
        or source.path.name in ("CMakeLists.txt", "Makefile")
        or is_script(source)
    ]


@functools.cache
def all_text():
    """All sources and documents."""
    return [
        source
        for source in tracked()
        if source in all_sources() or source.path.suffix in TEXT
    ]
