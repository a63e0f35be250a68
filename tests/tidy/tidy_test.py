#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
"""Each check of tidy.py finds what it is there to find, and leaves the rest alone.

Method: a small tree that is clean; for each case one file is added or changed, and exactly one
check must report exactly that file.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).with_name("tidy.py")
BANNER = "// SPDX-License-Identifier: MIT\n// Copyright (c) 2026 The OpenWSK authors\n\n"

CLEAN = {
    "src/README.md": "```layers\nbase\nhost\nke mm\nddi\n```\n",
    "include/wdk/abi/ke.h": BANNER
    + "#pragma once\nOPENWSK_API void NTAPI KeFoo(int a);\n"
    + "OPENWSK_API int KeBar(\n    int a);\n",
    "src/base/list.hpp": BANNER + "#pragma once\n\nnamespace base {\nint f();\n}\n",
    "src/base/list.cpp": BANNER
    + '#include "base/list.hpp"\n\nnamespace base {\n\nint f() {\n    return 1;\n}\n\n}\n',
    "src/ke/foo.hpp": BANNER + '#pragma once\n\n#include "base/list.hpp"\n#include "mm/pool.hpp"\n',
    "src/mm/pool.hpp": BANNER + "#pragma once\n",
    "src/ddi/ke.cpp": BANNER
    + '#include "ke/foo.hpp"\n#include "wdk/abi/ke.h"\n\n'
    + 'extern "C" {\n\nvoid KeFoo(int a) {\n    ke::foo("KeBar(", a);\n}\n\n'
    + "int KeBar(\n    int a) {\n    return a;  // As KeFoo(a) does.\n}\n\n}\n",
    "tests/unit/ke_foo_test.cpp": BANNER + "TEST(ke_foo, adds) {\n    EXPECT_EQ(1, 1);\n}\n",
}

LONG = "int g() {\n" + "    f();\n" * 69 + "}\n"

# (check, file, its content): the check must report the file.
FINDINGS = [
    ("banner", "src/base/x.cpp", "int x;\n"),
    ("width", "src/base/x.cpp", BANNER + "//" + "x" * 100 + "\n"),
    ("width", "src/base/x.cpp", BANNER + "int x; \n"),
    ("width", "src/base/x.cpp", BANNER + "\tint x;\n"),
    ("file_size", "src/base/x.cpp", BANNER + "int x;\n" * 800),
    ("function_size", "src/base/x.cpp", BANNER + "namespace base {\n" + LONG + "}\n"),
    ("function_size", "src/base/x.cpp", BANNER + "class c {\npublic:\n" + LONG + "};\n"),
    ("pragma_once", "src/base/x.hpp", BANNER + "int x;\n"),
    ("words", "src/base/x.cpp", BANNER + "// TO" + "DO: more.\n"),
    ("words", "src/base/x.cpp", BANNER + "// Good enough for" + " now.\n"),
    ("words", "src/base/x.cpp", BANNER + '"/ho' + 'me/me"\n'),
    ("links", "docs/a.md", "See [b](b.md).\n"),
    ("rule_docs", "src/verify/rules.hpp", BANNER + '#pragma once\n    X(a_b, "a-b", stop,\n'),
    ("layers", "src/base/x.cpp", BANNER + '#include "ke/foo.hpp"\n'),
    ("layers", "src/base/x.cpp", BANNER + '#include "list.hpp"\n'),
    ("layers", "src/base/x.cpp", BANNER + "#include <wdk/ntddk.h>\n"),
    ("layers", "src/base/x.cpp", BANNER + '#include "base/absent.hpp"\n'),
    ("layers", "src/new/x.cpp", BANNER),
    ("tool_layers", "tool/main.cpp", BANNER + '#include "base/list.hpp"\n'),
    ("test_names", "tests/unit/foo_test.cpp", BANNER),
    ("host_seam", "src/ke/x.cpp", BANNER + "std::mutex m;\n"),
    ("host_seam", "src/ke/x.cpp", BANNER + "#include <thread>\n"),
    ("host_seam", "src/ke/x.cpp", BANNER + "int f() {\n    return rand();\n}\n"),
    ("nt_functions", "src/ke/x.cpp", BANNER + "void f() {\n    KeFoo(1);\n}\n"),
    ("nt_functions", "src/ke/x.cpp", BANNER + "void KeFoo(int a) {\n}\n"),
    ("nt_functions", "src/ddi/x.cpp", BANNER + "void f() {\n    ::KeFoo(1);\n}\n"),
    ("pragma_once", "include/wdk/x.h", BANNER),
    ("headers", "src/base/x.hpp", BANNER + "#pragma once\nunknown x;\n"),
    ("format", "src/base/x.cpp", BANNER + "int  x;\n"),
]

# (check, file, its content): the check must be silent.
SILENT = [
    ("words", "src/base/x.cpp", BANNER + "// TO" + "DO(perf): batch.\n"),
    ("host_seam", "src/host/x.cpp", BANNER + "#include <thread>\nstd::mutex m;\n"),
    ("host_seam", "src/ke/x.cpp", BANNER + "// Unlike std::mutex.\nint y = c.time();\n"),
    ("host_seam", "src/ke/x.cpp", BANNER + "uint64_t time() const;\n"),
    ("function_size", "src/base/x.cpp", BANNER + LONG.replace("    f();\n", "", 1)),
    ("pragma_once", "include/wdk/x.h", BANNER + "// A repeatable header.\n"),
    ("layers", "src/ke/x.cpp", BANNER + '#include "wdk/abi/ke.h"\n#include <stdint.h>\n'),
]


def tidy(root, check):
    done = subprocess.run(
        [sys.executable, "-B", str(TIDY), check],
        env={**os.environ, "TIDY_ROOT": str(root), "GIT_CEILING_DIRECTORIES": str(root.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout, done.returncode


class Tidy(unittest.TestCase):
    def tree(self, extra):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        style = TIDY.parents[2] / ".clang-format"
        for name, text in {**CLEAN, **extra, ".clang-format": style.read_text()}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def test_the_clean_tree_is_clean(self):
        root = self.tree({})
        for check in ("layers", "nt_functions", "host_seam", "function_size", "words", "banner"):
            self.assertEqual(tidy(root, check), ("", 0))

    def test_each_check_reports_the_file_that_breaks_it(self):
        for check, name, text in FINDINGS:
            with self.subTest(check=check, text=text[len(BANNER) :][:40]):
                output, code = tidy(self.tree({name: text}), check)
                self.assertIn(f"{name}:", output)
                self.assertEqual(code, 1)

    def test_no_check_reports_what_is_right(self):
        for check, name, text in SILENT:
            with self.subTest(check=check, text=text[len(BANNER) :][:40]):
                self.assertEqual(tidy(self.tree({name: text}), check), ("", 0))


class Clauses(unittest.TestCase):
    def clauses(self, test, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            tests = pathlib.Path(folder) / "tests"
            shutil.copytree(TIDY.parent, tests / "tidy")
            shutil.copy(TIDY.parents[1] / "clauses", tests)
            (tests / "clauses.tsv").write_text("NMR-001\tOne.\nNMR-002\tTwo.\nNMR-003\tThree.\n")
            (tests / "unit").mkdir()
            (tests / "unit/ke_x_test.cpp").write_text(test)
            done = subprocess.run(
                [sys.executable, "-B", str(tests / "clauses"), *arguments],
                env={**os.environ, "TIDY_ROOT": folder},
                capture_output=True,
                text=True,
                check=False,
            )
            assert not done.stderr, done.stderr
            return done.stdout, done.returncode

    def test_names_and_ranges_count(self):
        output, code = self.clauses("// NMR-001..002\n", "--missing", "NMR")
        self.assertEqual((output, code), ("NMR-003  Three.\n", 0))

    def test_a_clause_that_does_not_exist_is_found(self):
        output, code = self.clauses("// NMR-002, NMR-004\n", "--unknown")
        self.assertIn("ke_x_test.cpp:1: NMR-004", output)
        self.assertEqual(code, 1)

    def test_a_test_that_cannot_fail_is_found(self):
        helpers = "void good() {\n    EXPECT_TRUE(f());\n}\n\nvoid better() {\n    good();\n}\n"
        tests = "TEST(a, can) {\n    better();\n}\nTEST(a, cannot) {\n    f();\n}\n"
        output, code = self.clauses(helpers + tests, "--assertions")
        self.assertIn("a.cannot contains nothing that can fail", output)
        self.assertEqual((output.count("\n"), code), (1, 1))


if __name__ == "__main__":
    unittest.main()
