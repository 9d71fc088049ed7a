# Two commands matter: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DEMO ?= 1
PEOPLE ?= 300

.PHONY: help run test check lint bench screenshots setup setup-dev lock messages clean

help: ## Say what each command does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed. Name it: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.installed ## Make .venv with what the product needs

setup-dev: $(VENV)/.installed-dev ## ... and with what its tests need

run: setup ## Run the product (PORT=8000 DEMO=1 PEOPLE=300); DEMO=0 starts empty
	@$(BIN)/python manage.py quickstart --port $(PORT) --people $(PEOPLE) $(if $(filter 0,$(DEMO)),--empty)

test: setup-dev ## Run the tests; what needs PostgreSQL, Redis or Chromium runs when found
	$(BIN)/python -m pytest -n auto
	.ci/with-postgresql $(BIN)/python -m pytest -n auto -m postgresql

lint: setup-dev ## Everything of `make check` but the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --check --quiet templates
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy
	$(BIN)/lint-imports
	LMS_DATA_DIR=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

check: lint ## Exactly what CI runs: linters, deployment check, tests on SQLite and PostgreSQL
	.ci/deploy-check $(BIN)/python
	$(BIN)/python -m pytest -n auto
	.ci/with-postgresql $(BIN)/python -m pytest -n auto -m "not browser"

bench: setup-dev ## What the pages of every day cost, on SQLite and PostgreSQL, beside a bare Wagtail page
	$(BIN)/python -m tests.bench

screenshots: setup-dev ## Take the README's pictures from the running product (needs Chromium)
	$(BIN)/python docs/take_screenshots.py

lock: setup-dev ## Renew the lock files from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

messages: setup-dev ## Collect the texts to translate (needs gettext) and compile the catalogues
	$(BIN)/python manage.py makemessages -l ja --no-obsolete --ignore=.venv --ignore=var --ignore=tests
	$(BIN)/python manage.py compilemessages --ignore=.venv

clean: ## Remove what the commands above made, and all data of this checkout
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache
