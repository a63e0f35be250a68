# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# The short way to everything. Each target first installs the Debian packages that are missing
# (packaging/debian-packages.txt). The builds themselves are CMake presets.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
CTEST = ctest --output-on-failure --no-tests=error -j $(JOBS) --timeout 120

.PHONY: build run test asan tsan mutations bench format clean install-packages
.DEFAULT_GOAL := build

install-packages:
	@packaging/install

# configure-<preset> creates build/<preset>; later runs cost nothing.
configure-%: install-packages
	@cmake --preset $* > /dev/null

build: configure-release
	cmake --build build/release -j $(JOBS)

# Only what the demo needs: the plain command and the client.
run: configure-release
	cmake --build build/release -j $(JOBS) --target openwsk_tool_plain echo_client
	examples/echo_server/demo.sh build/bin/openwsk

# test-<preset> builds what tests need and runs them.
test-%: configure-%
	cmake --build build/$* -j $(JOBS) --target openwsk_tests
	$(CTEST) --test-dir build/$*

test: test-release
asan: test-asan
tsan: test-tsan

# Breaks the registrar and WSK registration line by line; each time a named test must fail.
mutations: install-packages
	tests/mutations/run

bench: build
	bench/run build

format: install-packages
	git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' '*.hpp' | grep -v '^include/wdk/' | \
	    xargs -r clang-format -i

clean:
	rm -rf build
