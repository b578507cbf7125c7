# The one way in. Each target's work is a script in tests/tools/, which installs what it needs first and says what it does.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo build pack docs test test-vscode lint bench size soak ready clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing: Rust's wasm target, wasm-bindgen, npm packages, browsers and their drivers
	@tests/tools/setup.sh

demo: ## Build everything, start the development cloud with the dashboard, print the address to open
	@tests/tools/demo.sh

build: ## Build pkg/, the npm package, so that a browser imports it as it lies
	@tests/tools/build.sh

pack: ## Build dist/roo-cloud-web-VERSION.tgz, the tarball that npm installs
	@tests/tools/pack.sh

docs: ## Build the API's site with its guides and error pages, check that all is told of, and serve it
	@tests/tools/docs.sh

test: ## Run every test: native, in Chromium, Firefox and WebKit, the development cloud, the types, the dashboard
	@tests/tools/test.sh

test-vscode: ## Run the sample extension in a real VS Code (code-server, 800 MB, installed on first use)
	@tests/tools/test-vscode.sh

lint: ## Check formatting, clippy, licences, Biome, types, shell scripts and the walls between the crate's modules
	@tests/tools/lint.sh

bench: ## Measure start-up and refresh in Chromium, against the figures this project promises
	@tests/tools/bench.sh

size: ## Weigh the module and its glue against tests/size-budget.json, and tell what the bytes are spent on
	@tests/tools/size.sh

soak: ## Run what takes longer than make test: many more simulated seeds, fuzzing, changed code that a test must notice, many tabs in real browsers
	@tests/tools/soak.sh

ready: lint size test ## Run all that CI runs
	@tests/tools/test-vscode.sh --if-possible

clean: ## Delete what was built here, and keep the tools and npm packages that setup installed
	@tests/tools/clean.sh
