# `make help` lists the targets. Everything they need is installed by themselves.
# Variables: PYTHON, PORT, SIMULATOR_PORT, DATABASE_URL (see README.md); ORDERS, KILLS, SEED (docs/reliability.md).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo test check bench bench-pages soak screenshots messages lock

IS_NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
ifndef PYTHON
PYTHON := $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python $(IS_NEW_ENOUGH) >/dev/null 2>&1 && echo $$python && break; done)
endif
RUN := .venv/bin/python

# For Django's own look at a production-like set-up; the secrets guard nothing.
PRODUCTION_LIKE = env DEBUG=false SERVED_OVER_HTTPS=true ALLOWED_HOSTS=orders.example AMAZON_SP_API_URL= AMAZON_LWA_URL= \
	EMAIL_URL=smtp://localhost \
	SECRET_KEY="$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(50))')" DATABASE_URL=sqlite:///:memory:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Make .venv with every pinned package, and .env with random keys
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and none was found; install one, or set PYTHON to it." >&2; exit 1; \
	elif ! "$(PYTHON)" $(IS_NEW_ENOUGH) 2>/dev/null; then \
		echo "Python 3.11 or newer is needed; $(PYTHON) is older, missing or does not run. Set PYTHON to a newer one." >&2; exit 1; \
	fi
	@"$(PYTHON)" -m project.installation

demo: install ## Run everything with a simulated Amazon until Ctrl-C
	@$(RUN) manage.py demo $(ARGS)

test: install ## Run every test, on SQLite or on DATABASE_URL
	@$(RUN) -m pytest -n 2 $(ARGS)

check: install ## Style, types, layers, migrations, translations, deployment, REST description
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy amazon_channel commerce_orders customers project manage.py
	.venv/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py translations --check
	$(PRODUCTION_LIKE) $(RUN) manage.py check --deploy --fail-level WARNING
	$(RUN) manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(RUN) -m tests.house.requirements

bench: install ## Measure, print a table and write benchmarks.json
	@$(RUN) -m tests.bench $(ARGS)

bench-pages: install ## Measure every page at a million orders, which are made once and kept
	@$(RUN) -m tests.bench.pages $(ARGS)

soak: install ## Import and ship ORDERS orders under faults and KILLS kills, then count (SEED repeats one)
	@$(RUN) -m tests.soak $(ARGS)

screenshots: install ## Make the pictures of docs/images
	@$(RUN) -m tests.browser.screenshots $(ARGS)

messages: install ## Bring the translation catalogues up to date
	@$(RUN) manage.py translations

lock: install ## Pin requirements*.in anew
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements.txt requirements.in
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements-dev.txt requirements-dev.in
