.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONPATH := $(CURDIR)

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup:  ## make .venv with the pinned requirements
	@sh scripts/setup.sh requirements.txt

demo: setup  ## start everything on a sample of 6,904 profiles and print the page's address
	@$(PY) scripts/demo.py

dev:  ## set up, then serve the page with reloading, on the Redis at REDIS_URL
	@sh scripts/setup.sh requirements.txt requirements-dev.txt
	@$(PY) -m flask --app webapp.wsgi run --port 8000 --debug

test:  ## set up what the tests need, and run them
	@sh scripts/setup.sh requirements-dev.txt
	@sh scripts/setup-browser.sh
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint:  ## ruff, mypy --strict, and the arrows between the rooms
	@sh scripts/setup.sh requirements-dev.txt
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench:  ## measure redis_local against its peers (installs them)
	@sh scripts/setup.sh requirements-bench.txt
	@$(PY) -m bench.redis_local $(ARGS)

reference:  ## write docs/reference from the code
	@sh scripts/setup.sh requirements.txt
	@$(PY) scripts/reference.py

screenshots:  ## take pictures of every page and state, from the index at REDIS_URL
	@sh scripts/setup.sh requirements-dev.txt
	@sh scripts/setup-browser.sh
	@$(PY) scripts/screenshots.py

.PHONY: help setup demo dev test lint bench reference screenshots
