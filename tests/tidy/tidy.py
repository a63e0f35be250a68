#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
"""Checks the house rules that a compiler does not check.

    tests/tidy/tidy.py             every check that needs only the sources (about two seconds)
    tests/tidy/tidy.py layers ...  the named checks
    tests/tidy/tidy.py --list      what there is

Each check is also a test of its own in ctest (tidy.<check>). A finding is one line,
"file:line: what is wrong"; the exit code is 1 if there is any. Exceptions stand in ALLOWED, each
with its reason.
"""

import argparse
import concurrent.futures
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import sources
from sources import ROOT, Source

# (check, file, text that the finding contains): reason. An entry that matches nothing is itself
# a finding, so that this list only shrinks.
ALLOWED = {
    ("headers", "include/wdk/poppack.h", "pack"): "it ends what another header began",
    ("host_seam", "src/net/epoll_socket.cpp", "SYS_recvfrom"): "sanitizers know recv() and would "
    "think that the bytes it drops were stored at null",
    ("host_seam", "src/net/epoll_stream.cpp", "SYS_sendto"): "libc's send() is a cancellation "
    "point, which costs four atomic operations a call",
    ("host_seam", "src/net/epoll_stream.cpp", "SYS_recvfrom"): "libc's recv() is a cancellation "
    "point, which costs four atomic operations a call",
    ("host_seam", "src/loader/image.cpp", "mprotect("): "the loader seals the text of an unloaded "
    "driver; those pages belong to the file it mapped, not to the host",
    ("host_seam", "src/net/epoll_socket.cpp", "SYS_connect"): "ThreadSanitizer takes the library's "
    "connect() for the creation of the descriptor; here it ends a connection that others use",
}

CHECKS = {}


def check(function):
    """Registers a check. It yields findings (file, line, message)."""
    CHECKS[function.__name__] = function
    return function


# ---- text ------------------------------------------------------------------------------------


@check
def banner(_):
    """Every source begins with the licence and the copyright line."""
    for source in sources.all_sources():
        head = "\n".join(source.lines[:4])
        for wanted in (
            "SPDX-License-Identifier: MIT",
            "Copyright (c) 2026 The OpenWSK authors",
        ):
            if wanted not in head:
                yield source, 1, f'the first lines lack "{wanted}"'


@check
def width(_):
    """No line is wider than 100 columns (include/wdk is laid out like the WDK)."""
    for source in sources.all_sources():
        for number, line in enumerate(source.lines, 1):
            directive = source.within("tests/ddi") and re.match(r"// (?:output|run):", line)
            if len(line) > 100 and not source.within("include/wdk") and not directive:
                yield source, number, f"{len(line)} columns wide; the limit is 100"
            if line != line.rstrip():
                yield source, number, "trailing blanks"
            if "\t" in line and source.path.name not in ("Makefile",):
                yield source, number, "a tab"


@check
def file_size(_):
    """No file of ours is longer than 800 lines (include/wdk is laid out like the WDK)."""
    for source in sources.code():
        if not source.within("include/wdk") and len(source.lines) > 800:
            yield source, 1, f"{len(source.lines)} lines; the limit is 800"


@check
def function_size(_):
    """No function in src or tool is longer than 70 lines."""
    for source in sources.code("src", "tool", "include/openwsk"):
        for function in source.functions():
            if function.length > 70:
                message = f"{function.name} has {function.length} lines; the limit is 70"
                yield source, function.line, message


@check
def pragma_once(_):
    """Every header says #pragma once; headers that are meant to repeat say so."""
    for source in sources.code("src", "tool", "tests", "examples", "include"):
        if source.path.suffix in (".h", ".hpp"):
            if "#pragma once" not in source.lines and "repeatable header" not in source.text:
                yield source, 1, 'neither #pragma once nor the words "repeatable header"'


@check
def words(_):
    """No unfinished business and nothing that only its author's machine has."""
    banned = {
        r"\bFIXME\b": "fix it, or write a TODO with a type",
        r"\bTODO\b(?!\((?:soon|someday|perf|port|test)\):)": "write TODO(soon|someday|perf|port|"
        "test): text",
        r"(?i)\bfor now\b": "decide, or write a TODO with a type",
        r"\bXXX\b": "fix it, or write a TODO with a type",
        r"\bHACK\b": "say why it is needed",
        r"(?i)\bplaceholder\b": "nothing pretends",
        r"(?i)\bdummy\b": "nothing pretends",
        r"(?<![\w.])/(?:work|home|root|Users)/": "a path of one machine",
    }
    for source in sources.all_text():
        if source.name == "tests/tidy/tidy.py":
            continue
        for number, line in enumerate(source.lines, 1):
            for pattern, advice in banned.items():
                found = re.search(pattern, line)
                if found:
                    yield source, number, f'"{found.group()}": {advice}'


@check
def links(_):
    """Relative links in Markdown lead to a file or folder."""
    for source in sources.all_text():
        if source.path.suffix != ".md":
            continue
        for number, line in enumerate(source.lines, 1):
            for target in re.findall(r"\]\(([^)#\s]+)", line):
                if not re.match(r"[a-z]+:", target):
                    if not (source.path.parent / target).exists():
                        yield source, number, f"no such file: {target}"


@check
def rule_docs(_):
    """Every rule of the verifier has a section in docs/verifier.md, and nothing else has one."""
    table = Source(ROOT / "src/verify/rules.hpp")
    page = Source(ROOT / "docs/verifier.md")
    if not table.path.exists():
        return
    rules = set(re.findall(r'X\(\w+, "([a-z0-9-]+)"', table.text))
    sections = re.findall(r"^### (.*)$", page.text, re.M) if page.path.exists() else []
    for name in sorted(rules - set(sections)):
        yield table, 0, f"rule {name} has no section in docs/verifier.md"
    for name in sections:
        if name not in rules:
            yield page, 0, f"{name} is no rule"


# ---- structure -------------------------------------------------------------------------------


def layer_ranks():
    """src folder -> height, from the list in src/README.md."""
    text = (ROOT / "src/README.md").read_text()
    listed = re.search(r"```layers\n(.*?)```", text, re.S).group(1)
    ranks = {}
    for rank, line in enumerate(listed.strip().splitlines()):
        for folder in line.split():
            ranks[folder] = rank
    return ranks


@check
def layers(_):
    """A folder of src includes only itself and folders below it, and only wdk/abi of the WDK."""
    ranks = layer_ranks()
    for source in sources.code("src"):
        parts = source.relative.parts
        folder = parts[1]
        if len(parts) < 3 or folder not in ranks:
            yield source, 1, "not in a folder that src/README.md lists"
            continue
        for number, quoted, name in source.includes():
            head = name.split("/")[0]
            if head == "wdk" or (ROOT / "include/wdk" / name).exists() and quoted:
                if not name.startswith("wdk/abi/"):
                    yield source, number, f"{name}: src includes wdk/abi only"
            elif head == "openwsk":
                if ranks[folder] < ranks["loader"]:
                    yield source, number, f"{name}: the public API is above {folder}"
            elif head in ranks and "/" in name:
                if ranks[head] > ranks[folder]:
                    yield source, number, f"{name}: {head} is above {folder}"
                if not (ROOT / "src" / name).exists():
                    yield source, number, f"{name}: no such file"
            elif quoted:
                yield source, number, f'{name}: write "folder/file.hpp"'


@check
def tool_layers(_):
    """The tool, examples and driver tests see public headers only, never src."""
    ranks = layer_ranks()
    for source in sources.code("tool", "examples", "tests/ddi"):
        for number, _quoted, name in source.includes():
            if "/" in name and name.split("/")[0] in ranks and (ROOT / "src" / name).exists():
                yield source, number, f"{name} is internal to src"


@check
def test_names(_):
    """tests/unit/<folder>_<unit>_test.cpp names a folder of src."""
    ranks = layer_ranks()
    for source in sources.code("tests/unit"):
        if source.path.suffix == ".cpp":
            name = source.path.name
            if not name.endswith("_test.cpp") or name.split("_")[0] not in ranks:
                yield source, 1, "name it <folder of src>_<unit>_test.cpp"


@check
def host_seam(_):
    """Time, threads, randomness, pages and signals come from src/host only."""
    patterns = {
        r"\bstd::(?:thread|jthread|mutex|recursive_mutex|shared_mutex|condition_variable"
        r"|lock_guard|unique_lock|scoped_lock|this_thread|call_once|counting_semaphore|latch"
        r"|barrier|random_device|mt19937|async|chrono)\b": "use host",
        r"\bpthread_\w+": "use host",
        r"\b(?:clock_gettime|gettimeofday|nanosleep|clock_nanosleep|usleep|sched_yield)\s*\(": "use"
        " host",
        r"(?<![\w.>:])(?:::|std::)(?:sleep|random|time)\s*\(|\bs?rand\s*\(|\bsleep\(\d": "use"
        " host",
        r"\b(?:mmap|mprotect|munmap|sigaction|signal|sigaltstack|getrandom)\s*\(": "use host",
        r"\bSYS_\w+": "use host",
    }
    includes = r"<(?:thread|mutex|condition_variable|chrono|random|semaphore|pthread\.h|signal\.h)>"
    for source in sources.code("src"):
        if source.within("src/host"):
            continue
        for number, line in enumerate(source.code_lines(), 1):
            for pattern, advice in patterns.items():
                found = re.search(pattern, line)
                if found and not source.declares_method(line, found):
                    yield source, number, f"{found.group().strip()}: {advice}"
        for number, line in enumerate(source.lines, 1):
            found = re.match(r"\s*#\s*include\s*" + includes, line)
            if found:
                yield source, number, f"{line.strip()}: use host"


# ---- NT names --------------------------------------------------------------------------------


def nt_names():
    """Names of the functions that include/wdk declares with OPENWSK_API: name -> source, line."""
    names = {}
    for source in sources.code("include/wdk"):
        text = source.blanked
        for match in re.finditer(r"^\s*OPENWSK_API\b[^;{}#]*?\b(\w+)\s*\(", text, re.M):
            if not match.group(1).startswith("openwsk_"):
                line = text.count("\n", 0, match.start()) + 1
                names.setdefault(match.group(1), (source, line))
    return names


@check
def nt_functions(_):
    """NT names are defined in src/ddi only and called nowhere in src."""
    names = nt_names()
    if not names:
        return
    call = re.compile(r"(?<![\w.>:\"])(?:::)?\b(%s)\s*\(" % "|".join(sorted(names)))
    for source in sources.code("src"):
        defined = {}
        if source.within("src/ddi"):
            for function in source.functions():
                defined[function.name] = function
        for number, line in enumerate(source.code_lines(), 1):
            if line.lstrip().startswith("#"):
                continue
            for match in call.finditer(line):
                name = match.group(1)
                if not source.within("src/ddi"):
                    yield source, number, f"{name} is an NT name: call the C++ inside instead"
                elif name not in defined or not (
                    defined[name].line <= number <= defined[name].opening_line
                ):
                    yield source, number, f"{name} is called inside src/ddi: call the C++ inside"


def exported_names(options):
    """What the built library exports: names of functions and objects."""
    if not options.library:
        raise SystemExit("tidy: this check needs --library libopenwsk.so")
    output = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", options.library],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({line.split()[0].split("@")[0] for line in output.splitlines()})


NOT_SOURCES_ONLY = {"exports", "declarations", "export_tests", "export_docs", "headers", "format"}


@check
def exports(options):
    """The library exports what include/ declares, and nothing else."""
    declared = set(nt_names())
    for source in sources.code("include"):
        declared.update(re.findall(r"\b\w+\b", source.blanked))
    for name in exported_names(options):
        if name not in declared:
            yield Source.outside(options.library), 0, f"exports {name}, not declared in include/"


@check
def declarations(options):
    """Every function that include/ declares as the library's is exported: what there is not is not
    declared either."""
    exported = set(exported_names(options))
    declaration = re.compile(r"\bOPENWSK_API\b([^;{}]*?)\b(\w+)\s*\(", re.S)
    for source in sources.code("include"):
        for match in declaration.finditer(source.blanked):
            name = match.group(2)
            if name not in exported and not name.startswith("__"):
                line = source.blanked.count("\n", 0, match.start(2)) + 1
                yield source, line, f"declares {name}, which the library does not export"


@check
def export_tests(options):
    """Every exported NT name is used by a test."""
    text = "".join(source.text for source in sources.code("tests"))
    used = set(re.findall(r"\w+", text))
    exported = set(exported_names(options)) & set(nt_names())
    for name in sorted(exported - used):
        yield Source.outside(options.library), 0, f"exports {name}, which no test uses"


@check
def export_docs(options):
    """Every exported NT name has a row in docs/ddi; every row's function is exported."""
    rows = {}
    for path in sorted((ROOT / "docs/ddi").glob("*.md")):
        source = Source(path)
        for number, line in enumerate(source.lines, 1):
            first = re.match(r"\|([^|]*)\|", line)
            for name in re.findall(r"`(\w+)`", first.group(1)) if first else ():
                rows[name] = (source, number)
    declared = set(nt_names())
    exported = set(exported_names(options)) & declared
    for name in sorted(exported - set(rows)):
        yield Source.outside(options.library), 0, f"exports {name}, no row in docs/ddi"
    for name, (source, number) in sorted(rows.items()):
        if name in declared and name not in exported:
            yield source, number, f"{name} has a row but is not exported"


# ---- headers and format ----------------------------------------------------------------------


@functools.cache
def libstdcxx(compiler):
    """-isystem flags for the folders of libstdc++, as cmake/driver_flags.txt defines them."""
    program = {"gcc": "g++", "clang": "clang++"}[compiler]
    command = [program, "-E", "-v", "-x", "c++", os.devnull]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    listing = listing.split("search starts here:")[-1].split("End of search list")[0]
    folders = [line.strip() for line in listing.splitlines() if "/c++/" in line]
    return [f"-isystem{folder}" for folder in folders if not folder.endswith("/backward")]


def driver_flags(compiler, language):
    """The flags of cmake/driver_flags.txt for one compiler and language."""
    path = ROOT / "cmake/driver_flags.txt"
    sections = {"common": [], compiler: [], language: []}
    section = None
    for line in path.read_text().splitlines() if path.exists() else ():
        line = line.strip()
        if line.startswith("["):
            section = sections.get(line.strip("[]"))
        elif line == "@LIBSTDCXX@" and section is not None:
            section += libstdcxx(compiler)
        elif line and not line.startswith("#") and section is not None:
            section.append(line.replace("@INCLUDE@", str(ROOT / "include")))
    return sections["common"] + sections[compiler] + sections[language]


def header_compilations():
    """(source, what, command) for each header and each way it must compile alone."""
    compilers = [("gcc", "gcc", "g++"), ("clang", "clang", "clang++")]
    compilers = [entry for entry in compilers if shutil.which(entry[1])]
    for source in sources.code("include"):
        if source.path.suffix != ".h":
            continue
        for family, c, cxx in compilers:
            for language, program, standard in (("c", c, "gnu11"), ("cxx", cxx, "gnu++17")):
                strict = ["-Wall", "-Wextra", "-Werror", f"-std={standard}"]
                as_driver = driver_flags(family, language)
                include = f"-I{ROOT / 'include'}"
                if source.within("include/wdk"):
                    command = [program, *strict, *as_driver]
                else:
                    command = [program, *strict, "-pedantic", include]
                yield source, f"{program} as {standard}", language, command
                if source.within("include/wdk/abi") and language == "cxx":
                    command = [program, *strict, "-std=gnu++20", include]
                    yield source, f"{program} as gnu++20 in the library", language, command
    for source in sources.code("src"):
        own = source.path.with_suffix(".cpp")
        if source.path.suffix == ".hpp" and not own.exists() and compilers:
            flags = ["-std=gnu++20", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror"]
            flags += [f"-I{ROOT / 'src'}", f"-I{ROOT / 'include'}", "-DFMT_HEADER_ONLY"]
            program = compilers[0][2]
            yield source, f"{program} as gnu++20", "cxx", [program, *flags]


def compile_header(job):
    source, what, language, command = job
    suffix = ".c" if language == "c" else ".cpp"
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as unit:
        unit.write(f'#include "{source.path}"\n')
        unit.flush()
        done = subprocess.run(
            [*command, "-fsyntax-only", unit.name], capture_output=True, text=True, check=False
        )
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return source, 1, f"does not compile alone with {what}: {(errors or ['?'])[0]}"


@check
def headers(_):
    """Public headers compile alone, as C11 and C++17, with both compilers; ours as C++20."""
    jobs = list(header_compilations())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from filter(None, pool.map(compile_header, jobs))


@check
def format(_):  # pylint: disable=redefined-builtin
    """clang-format would change nothing."""
    files = [str(s.path) for s in sources.code() if not s.within("include/wdk")]
    if not files or not shutil.which("clang-format"):
        return
    done = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", "-ferror-limit=1", *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: error:", done.stderr, re.M):
        yield Source(pathlib.Path(path)), int(line), "run `make format`"


# ---- running ---------------------------------------------------------------------------------


def run(name, options):
    """Runs one check, prints what it finds, and returns how much that is."""
    found = 0
    unused = {key for key in ALLOWED if key[0] == name and (ROOT / key[1]).exists()}
    for source, line, message in CHECKS[name](options):
        key = next((k for k in ALLOWED if k[:2] == (name, source.name) and k[2] in message), None)
        if key:
            unused.discard(key)
            continue
        found += 1
        print(f"{source.name}:{line}: {message} [{name}]")
    for _, path, text in sorted(unused):
        found += 1
        print(f'{path}:0: the exception for "{text}" is no longer needed [{name}]')
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checks", nargs="*", metavar="check")
    parser.add_argument("--library", help="libopenwsk.so, for the checks of its exports")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, function in CHECKS.items():
            print(f"{name:16} {function.__doc__.splitlines()[0]}")
        return 0
    names = options.checks or [name for name in CHECKS if name not in NOT_SOURCES_ONLY]
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"no such check: {' '.join(unknown)}")
    return 1 if sum(run(name, options) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
