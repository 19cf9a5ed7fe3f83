# make run    serve the embedded default at http://127.0.0.1:8000   (ARGS="--port 9000" for more)
# make test   install what the tests need, real servers included, and run them   (ARGS="-k cli")
# make chaos  break stores, workers, disk and power under load, for half an hour   (ARGS="--records 9000")
# make screenshots  write what every state of the pages looks like into screenshots/
# make album  send a hundred photos through the page on a slow line   (ARGS="--photos 10")
# make slowline  measure how soon the page is there on a slow 3G line   (ARGS="--times 9")
# make fuzz   try a million inputs and requests that nobody thought of   (ARGS="--inputs 50000")
# make flood  measure memory and waiting while crowds send, for some minutes
# make bench  measure it beside its peers, for an hour or two       (ARGS="peers --only raw")
# make bench-quick   the same for two minutes, one size of picture
# make bench-export  export a hundred thousand pictures, beside rclone   (ARGS="--records 10000")
# make bench-desk   measure how soon the desk is seen with ten thousand records
# make lint   ruff, mypy, and whether the installed packages fit each other
# make docs   write .env.example, app.json, docs/reference.md and docs/metrics.md anew, from the code
# make site   make a site of the documents in docs/, strictly, in site/
# make illustrations   draw its pictures anew, from the pages as they are
# make pins   write requirements.txt anew, from pyproject.toml

NEWEST := python3 python3.14 python3.13 python3.12 python3.11 python
FITS := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(NEWEST); do $$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS :=

.PHONY: run test chaos fuzz flood screenshots album slowline bench bench-quick \
  bench-export bench-desk lint docs site illustrations pins nginx redis chromium systemd
.DELETE_ON_ERROR:

run: .venv/run.stamp
	@$(BIN)/librarian serve $(ARGS)

test: .venv/test.stamp nginx redis chromium systemd npm/node_modules/test.stamp
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

chaos: .venv/test.stamp nginx
	$(BIN)/python -m tests.chaos $(ARGS)

album: .venv/test.stamp nginx chromium
	$(BIN)/python -m tests.e2e.album $(ARGS)

slowline: .venv/test.stamp nginx chromium
	$(BIN)/python -m tests.e2e.slowline $(ARGS)

screenshots: .venv/test.stamp chromium
	$(BIN)/python -m tests.e2e.screenshots

# atheris comes ready made for Linux and needs clang elsewhere, so that only this asks for it.
fuzz: .venv/test.stamp
	$(BIN)/pip install --quiet --editable '.[fuzz]'
	LIBRARIAN_TEST_EXAMPLES=200 $(BIN)/python -m pytest -n 2 tests/web/test_conformance.py
	$(BIN)/python -m tests.fuzz $(ARGS)

flood: .venv/test.stamp nginx
	LONG=1 $(BIN)/python -m pytest -n 0 -s tests/e2e/test_memory.py tests/e2e/test_flood.py

bench: .venv/test.stamp bench/.ours/run.stamp bench/.venv/peers.stamp \
  bench/peers/tus/node_modules/.stamp nginx
	$(BIN)/python -m bench $(ARGS)

bench-quick: override ARGS += --quick
bench-quick: bench

bench-export: .venv/test.stamp
	$(BIN)/python -m bench.export $(ARGS)

bench-desk: .venv/test.stamp chromium
	$(BIN)/python -m tests.e2e.firstview

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pip check

docs: .venv/run.stamp
	$(BIN)/python -m librarian.catalog
	$(BIN)/python -m librarian.setup

site: .venv/test.stamp
	$(BIN)/sphinx-build --fail-on-warning --fresh-env --quiet docs site

illustrations: .venv/test.stamp chromium
	$(BIN)/python -m tests.e2e.illustrations

pins: .venv/run.stamp
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-header --annotation-style=line \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --output-file=requirements.txt pyproject.toml

.venv/python.stamp:
	@test -n "$(PYTHON)" || { echo "DataLibrarian needs Python 3.11 or newer; none was found." \
	  "Install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c '$(FITS)' || { echo "$(PYTHON) is older than Python 3.11."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: .venv/python.stamp pyproject.toml requirements.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp pyproject.toml
	$(BIN)/pip install --quiet --no-compile --editable '.[test]'
	@touch $@

# Measured is what an operator installs, without what the tests add to it.
bench/.ours/run.stamp: .venv/python.stamp pyproject.toml requirements.txt
	$(PYTHON) -m venv bench/.ours
	bench/.ours/bin/pip install --quiet --require-hashes -r requirements.txt
	bench/.ours/bin/pip install --quiet --no-deps --editable .
	@touch $@

# The peers have an environment of their own; tus is left out where there is no npm.
bench/.venv/peers.stamp: .venv/python.stamp bench/peers/requirements.txt
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/pip install --quiet -r bench/peers/requirements.txt
	@touch $@

bench/peers/tus/node_modules/.stamp: bench/peers/tus/package.json bench/peers/tus/package-lock.json
	@if command -v npm >/dev/null; \
	then cd bench/peers/tus && npm ci --silent --no-audit --no-fund && touch node_modules/.stamp; \
	else echo "npm is not installed, so tus is not measured"; fi

# nginx is no Python package: it comes from the system's.
nginx:
	@if command -v nginx >/dev/null || test -x /usr/sbin/nginx || test -x /usr/local/sbin/nginx; \
	then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends nginx; \
	else echo "nginx is not installed, so the tests that need it are skipped (and fail in CI):" \
	  "apt-get install nginx, or your system's equal"; test "$$CI" != true; fi

# Nor is the browser.
chromium:
	@if command -v chromium >/dev/null; \
	then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; \
	else echo "chromium is not installed, so the tests that need it are skipped (and fail in CI):" \
	  "apt-get install chromium, or your system's equal"; test "$$CI" != true; fi

# Uppy and FilePond, for the examples that show them; nothing of npm runs in the service.
npm/node_modules/test.stamp: npm/package.json npm/package-lock.json
	@if command -v npm >/dev/null; \
	then npm --prefix npm ci --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is not installed, so the tests that need it are skipped (and fail in CI):" \
	  "install Node.js"; test "$$CI" != true; fi

# Nor is Redis; a server of it is started by the tests that count in one.
redis:
	@if command -v redis-server >/dev/null; \
	then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server; \
	else echo "redis-server is not installed, so the tests that need it are skipped (and fail in" \
	  "CI): apt-get install redis-server, or your system's equal"; test "$$CI" != true; fi

# Nor is systemd; only what it looks after units with is wanted, and it runs in no container.
systemd:
	@if command -v systemd-analyze >/dev/null; \
	then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends systemd; \
	else echo "systemd-analyze is not installed, so the test that needs it is skipped (and fails in" \
	  "CI)"; test "$$CI" != true; fi
