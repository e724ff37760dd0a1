# From a clean clone: `make demo` shows the main job, `make test` runs the tests.
# Needs Python 3.11 or newer and pip; everything else goes into .venv.

PYTHON ?= python3
JOBS ?= 2
FUZZ_SECONDS ?= 60

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

# What a shell has set for other projects must not reach this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.PHONY: help demo test fuzz check format docs picture reference new-analysis clean

help:
	@echo "make demo     segment the sample shop; writes ./demo"
	@echo "make test     run every test"
	@echo "make fuzz     damage exports at random for a minute (FUZZ_SECONDS=60)"
	@echo "make check    lint, format, types, import rules"
	@echo "make format   put the code into its form"
	@echo "make docs     build the documentation as a site in build/site, offline"
	@echo "make picture  draw the README's pictures of a report (needs Chromium)"
	@echo "make reference  write docs/reference and the types of the Python functions"
	@echo "make new-analysis NAME=basket  lay out a new analysis"
	@echo "make clean    remove what make made"

# Stamps: made again when pyproject.toml changes.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" \
		|| { echo "userops needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "installing into $(VENV)"
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 \
		|| $(PYTHON) -m venv --clear $(VENV) 2>/dev/null \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) \
			&& $(PYTHON) -m pip --quiet --python $(BIN)/python install pip; }
	@$(PIP) install "pip>=25.1"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/tools: $(VENV)/installed
	@$(PIP) install --group test --group check
	@touch $@

# Spark needs Java; without it, its tests are skipped and say so.
$(VENV)/spark: $(VENV)/installed
	@if command -v java >/dev/null; then \
		$(PIP) install --editable ".[spark]" \
			|| echo "PySpark can't be installed: its tests are skipped" >&2; \
	fi
	@touch $@

demo: $(VENV)/installed
	@mkdir -p demo
	@$(BIN)/userops segment sample_data/shop/orders.csv --show summary --format table
	@$(BIN)/userops segment sample_data/shop/orders.csv --quiet --output demo/tiers.xlsx
	@$(BIN)/userops segment sample_data/shop/orders.csv --quiet --output demo/tiers.csv
	@$(BIN)/userops segment sample_data/shop/orders_zh.csv --quiet --lang zh --output demo/tiers_zh.xlsx
	@echo
	@echo "wrote:"
	@echo "  demo/tiers.xlsx     every table, a sheet each"
	@echo "  demo/tiers.csv      every user's scores, segment and tier"
	@echo "  demo/tiers_zh.xlsx  the same shop from its Chinese export, in Chinese"

# A file's tests run in one process: what they share is made once, and Spark starts once.
test: $(VENV)/tools $(VENV)/spark
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

fuzz: $(VENV)/tools
	@cd tests && PYTHONPATH=. ../$(BIN)/python -m fuzz $(FUZZ_SECONDS)

check: $(VENV)/tools
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/tools
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

$(VENV)/docs: $(VENV)/installed
	@$(PIP) install --group docs
	@touch $@

docs: $(VENV)/docs
	@$(BIN)/python scripts/build_docs.py

picture: $(VENV)/installed
	@$(BIN)/python scripts/picture.py

reference: $(VENV)/installed
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/stubs.py

new-analysis: $(VENV)/installed
	@test -n "$(NAME)" || { echo "make new-analysis NAME=basket" >&2; exit 2; }
	@$(BIN)/python scripts/new_analysis.py $(NAME)
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/stubs.py

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
