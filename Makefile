# The front door; CMakePresets.json and tools/ behind it. `make help` prints the targets.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PRESET ?= release
# Prefer the machine's ccache, need none.
ifneq ($(shell command -v ccache),)
export CMAKE_CXX_COMPILER_LAUNCHER ?= ccache
endif

.PHONY: setup demo build test test-all lint format bench bench-peers fuzz ci dist clean help
.DEFAULT_GOAL := help

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup:  ## install what is missing (apt, npm); SETUP=0 skips it
	@tools/setup.sh base

build: setup  ## the binary: build/release/dray
	@tools/build.sh $(PRESET) dray $(JOBS)

demo: build  ## the main job, end to end, on the embedded engines (ARGS=--keep leaves the server up)
	@tools/demo.sh $(ARGS)

test: setup  ## release build, unit, golden and whole-system tests, ten kills, fuzz corpora
	@tools/test.sh

test-all: setup  ## test, plus sanitizers, clang-tidy, long fuzzing, a hundred kills, aarch64
	@tools/setup.sh extra
	@tools/test.sh all

lint:  ## clang-tidy and tools/tidy.py
	@tools/setup.sh extra
	@tools/lint.sh

format:  ## clang-format over src/
	@tools/setup.sh base
	@clang-format-16 -i $$(git ls-files 'src/*.cc' 'src/*.h')

bench: setup  ## speed of whole jobs beside the limit of the machine, same run
	@tools/bench.sh $(ARGS)

bench-peers:  ## speed beside DynamoDB Local and dynalite; writes docs/performance.md (15 minutes, an idle machine)
	@tools/setup.sh peers
	@tools/bench_peers.sh

fuzz:  ## every fuzz target for FUZZ_SECONDS (300) each
	@tools/setup.sh extra
	@tools/fuzz.sh

ci: setup  ## what .ci/run runs: format check, tidy, make test, sanitizers
	@tools/ci.sh

dist: build  ## dist/dray-VERSION-linux-ARCH.tar.gz
	@tools/dist.sh

clean:  ## remove build/ and dist/
	rm -rf build dist
