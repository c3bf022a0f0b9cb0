# Everything below runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo run test test-compiled browser-matrix soak fuzz bench lint format protos protos-check lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: $(INSTALLED) ## Create the virtual environment and install everything into it

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cors-authz needs Python 3.11 or later; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: install ## Run Envoy, the sidecar, a small API and two pages to try it from
	$(BIN)/python -m deploy.demo

run: install ## Serve CONFIG (default: the demo's policies) on 127.0.0.1:9191
	$(BIN)/cors-authz serve --config $(or $(CONFIG),deploy/demo/policies)

test: install tools ## Run the tests, or TESTS of them
	$(BIN)/python -m pytest $(TESTS)

# Far from the sources, which would hide what is compiled, or be hidden by it for ever.
COMPILED := $(CURDIR)/.tools/compiled
TESTS_COMPILED ?= tests/compiled tests/authz tests/fuzz tests/observability tests/policy \
  tests/server/test_reload.py tests/transport

test-compiled: install ## Compile the request path as the image does, and run its tests on that
	rm -rf $(COMPILED)
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m hatchling build -t wheel -d $(COMPILED)/dist
	$(BIN)/python -m zipfile -e $(COMPILED)/dist/*.whl $(COMPILED)
	cp -r pyproject.toml docs tests $(COMPILED)
	cd $(COMPILED) && REQUIRE_COMPILED=1 PYTHONPATH=$(COMPILED) \
	  $(abspath $(BIN))/python -m pytest $(TESTS_COMPILED)

browser-matrix: install ## Run the tests in the browser and write what it did to docs/
	WRITE_BROWSER_MATRIX=1 $(BIN)/python -m pytest tests/browser

soak: install ## Run the tests that take minutes: reloads, kills and restarts under load
	$(BIN)/python -m pytest -m soak

FUZZ ?= tests/fuzz tests/policy tests/transport/test_header_decoder.py \
  tests/transport/test_http2_against_h2.py tests/transport/test_http2_fuzz.py

fuzz: install ## Try hostile input and the decision's properties on many random examples
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest --timeout=0 $(FUZZ)

bench: install ## Measure speed and memory beside servers that do nothing; BENCH selects parts
	$(BIN)/python -m tests.bench $(BENCH)

lint: install protos-check ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install ## Format the code and apply what lint can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

GENERATE = $(BIN)/python -m grpc_tools.protoc --proto_path=protos --python_out=$(1) --pyi_out=$(1) protos/ext_authz.proto

protos: install ## Generate the protobuf code from protos/
	$(call GENERATE,cors_authz/_generated)

protos-check: install ## Fail where the generated code is not what protos/ gives
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && $(call GENERATE,$$fresh) \
	  && for f in ext_authz_pb2.py ext_authz_pb2.pyi; do \
	       cmp "$$fresh/$$f" cors_authz/_generated/$$f \
	         || { echo "cors_authz/_generated/$$f is not current; run 'make protos'" >&2; exit 1; }; \
	     done

.PHONY: tools gateway-tools
tools: ## Install Helm, Kustomize and the schemas that the tests of deploy/ need (with Go)
	@deploy/tools.sh test

gateway-tools: tools ## Install what turns objects of Istio and Envoy Gateway into Envoy configuration
	@deploy/tools.sh gateways

COMPILE = $(BIN)/uv pip compile --universal --quiet --no-annotate --no-header --upgrade

# Also of what compiles the wheel.
BUILD_REQUIRES = import tomllib; from hatchling.build import get_requires_for_build_wheel as more; \
  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], *more(), sep="\n")

lock: install ## Resolve the newest versions that pyproject.toml admits, for development and the image
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	$(COMPILE) --all-extras --custom-compile-command 'make lock' -o constraints.txt pyproject.toml
	$(COMPILE) --generate-hashes -c constraints.txt -o deploy/docker/requirements.lock pyproject.toml
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -c '$(BUILD_REQUIRES)' \
	  | $(COMPILE) --generate-hashes -c constraints.txt -o deploy/docker/build.lock -

clean: ## Remove the virtual environment, the tools and all caches
	rm -rf $(VENV) .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis
