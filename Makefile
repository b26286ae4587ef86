# Every target sets itself up: scripts/setup.sh makes the environment, once.

# The environment's folder; may be outside of a source tree that cannot be written.
VENV = .venv
# The Python to make it with; empty: the newest of 3.13, 3.12, 3.11 that runs.
PYTHON =
# More words for pytest: make gates ARGS='-k rollback -x'
ARGS =
# Where `make dist` leaves what it makes.
DIST = dist
# Processes that `make test` spreads over (auto: one a core; 0: none).
JOBS = auto
UV = uv

# Recipes read these as shell variables, so that no character in them can break the quoting.
export VENV PYTHON UV JOBS DIST
# Images of containers set this; each run would then compile all that it imports, which takes a second.
unexport PYTHONDONTWRITEBYTECODE
RUN = "$$VENV/bin/python" -m
# `make ENV=staging` only: the environment's own ENV is the shell's start-up file.
TARGET = $(if $(filter command,$(firstword $(origin ENV))),--env="$$TARGET_ENV")
COMPILE = "$$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(ARGS)

LOCKS = requirements.lock requirements-test.lock requirements-dev.lock requirements-release.lock

.DEFAULT_GOAL := help
.PHONY: help gates test release-log verify docs bench lint format types dist audit lock setup setup-test setup-dev setup-release clean
unexport ENV
export TARGET_ENV = $(ENV)

help:
	@echo 'make gates    rehearse the release and judge it: GO, NO-GO or HOLD, with the report in reports/'
	@echo '              ENV=staging|prod|single-db judges that database instead'
	@echo 'make test     the gates and the tests of the suite itself (on every core; JOBS=0: in one process)'
	@echo 'make release-log   write reports/release-log.md from the records of the runs'
	@echo 'make verify   check that the ledger and its records are as they were written'
	@echo 'make docs     write anew what is made of the code: docs/gates.md, docs/detection.md, the schemas'
	@echo 'make bench    measure: migration and rollback under load, server, runs, evals; ratios, not promises'
	@echo 'make lint     ruff;  make format mends what it can'
	@echo 'make types    mypy'
	@echo 'make dist     wheel, source archive and SBOM into dist/ (DIST=folder), checked'
	@echo 'make audit    ask for known vulnerabilities of all that the locks name (needs the network)'
	@echo 'make lock     write the locks anew (ARGS=--upgrade: newer versions)'
	@echo 'make clean    remove the environment and the caches; reports stay'
	@echo
	@echo 'ARGS="..."    more words for pytest      PYTHON=python3.12   the Python to set up with'
	@echo 'VENV=folder   the environment (.venv)    UV=                 set up with pip though uv is here'
	@echo
	@echo 'make exits with 0 for GO and with 2 for anything else; it prints the code of pytest'
	@echo 'itself ("Error 1" NO-GO, "Error 10" HOLD), which .venv/bin/python -m pytest exits with.'

gates: setup
	@$(RUN) pytest $(TARGET) $(ARGS)

test: setup-test
	@$(RUN) pytest -n "$$JOBS" tests $(ARGS)

release-log: setup
	@$(RUN) rollgate release-log $(ARGS)

verify: setup
	@$(RUN) rollgate verify $(ARGS)

docs: setup-test
	@$(RUN) tests.selfcheck.docs

bench: setup
	@$(RUN) bench.migration
	@$(RUN) bench.rollback
	@$(RUN) bench.rollback --disk
	@$(RUN) bench.server
	@$(RUN) bench.gates
	@$(RUN) bench.live
	@$(RUN) bench.rivals
	@$(RUN) bench.queries
	@$(RUN) bench.report
	@$(RUN) bench.evals
	@$(RUN) bench.evals_export
	@$(RUN) bench.soak

lint: setup-dev
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .

format: setup-dev
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

types: setup-dev
	@$(RUN) mypy $(ARGS)

dist: setup-release
	@rm -f -- "$$DIST"/rollgate-*
	@$(RUN) build --no-isolation --outdir "$$DIST" .
	@$(RUN) twine check --strict "$$DIST"/rollgate-*.whl "$$DIST"/rollgate-*.tar.gz
	@PYTHONWARNINGS=ignore::UserWarning $(RUN) cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible \
		--output-file "$$DIST/rollgate-sbom.cdx.json" requirements.lock

# Every package has to be asked about: one that isn't known there is no good news.
audit: setup-release
	@$(RUN) pip_audit --strict --progress-spinner off --disable-pip --require-hashes \
		$(LOCKS:%=--requirement %) $(ARGS)

setup:
	@sh scripts/setup.sh requirements.lock

setup-test:
	@sh scripts/setup.sh requirements.lock requirements-test.lock

setup-release:
	@sh scripts/setup.sh requirements.lock requirements-release.lock

setup-dev:
	@sh scripts/setup.sh requirements.lock requirements-test.lock requirements-dev.lock

lock:
	@command -v "$$UV" >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	@$(COMPILE) --output-file requirements.lock pyproject.toml
	@$(COMPILE) --output-file requirements-test.lock --constraints requirements.lock --all-extras --group test \
		pyproject.toml
	@$(COMPILE) --output-file requirements-dev.lock --constraints requirements.lock --group dev
	@$(COMPILE) --output-file requirements-release.lock --constraints requirements.lock \
		--constraints requirements-test.lock --group release

clean:
	@if [ -e "$$VENV/.rollgate/created" ]; then rm -rf -- "$$VENV"; fi
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
