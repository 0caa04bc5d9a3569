# The commands of the house. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run demo test check bench lock ready-to-run ready-to-test

PORT ?= 8000
BIN := .venv/bin
# Where .ci/setup puts starters for programs it had to unpack (Chromium, ffmpeg).
export PATH := $(abspath $(or $(TRACKER_VAR),var))/bin:$(PATH)
# Playwright brings a node of its own, which wants a library that a small Debian lacks; the node we build with will do.
export PLAYWRIGHT_NODEJS_PATH := $(shell command -v node)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ready-to-run ## install what is missing and start everything; PORT=8000, PHONE=1 for phones on the local network
	@exec $(BIN)/tracker run --port $(PORT) $(if $(PHONE),--phone)

demo: ready-to-run ## play a whole story over HTTP, without a browser, and check the books
	@exec $(BIN)/tracker demo

test: ready-to-test ## all checks and tests; T=path for one file or folder
ifdef T
	$(if $(filter mobile_web/%,$(T)),cd mobile_web && npx vitest run $(T:mobile_web/%=%),$(BIN)/pytest $(T))
else
	@$(MAKE) --no-print-directory check
	npm --prefix mobile_web test
	$(BIN)/pytest -n 2 --dist loadfile
endif

check: ready-to-test ## style, types and rooms, without running anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix mobile_web run check

bench: ready-to-test ## measure; B=name for one of sync, custody, trace, labels, phone, pictures ...
	@exec $(BIN)/python -m bench $(B)

UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --extra build --generate-hashes --no-emit-index-url --no-header \
	--universal --python-version 3.11 --quiet $(if $(UPGRADE),--upgrade)

lock: ready-to-test ## pin the dependencies anew after a change to pyproject.toml or package.json; UPGRADE=1 for the newest
	$(UV_COMPILE) -o requirements.txt
	$(UV_COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt
	cd mobile_web && npm $(if $(UPGRADE),update,install --package-lock-only)

ready-to-run:
	@.ci/setup run

ready-to-test:
	@.ci/setup test
