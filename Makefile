# Two commands on a machine with Python 3.11+, git and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Compiled modules are kept, also where the machine says otherwise: each of our processes starts twice as fast.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check fix lock clean

demo: .venv/ready
	$(BIN)/cleanclaim demo --claims 60

test: .venv/ready check
	$(BIN)/pytest -n 3 --dist loadgroup  # three on two cores: the servers and browsers that tests wait for leave room

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Everything comes from the lock, by hash, uv included: pip installs uv, uv installs the rest in seconds.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cleanclaim needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	awk '/^uv==/ {on=1} /^[a-z]/ && !/^uv==/ {on=0} on' requirements.lock > .venv/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

lock:
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --extra dev --extra build pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build *.egg-info .ruff_cache .mypy_cache .import_linter_cache
