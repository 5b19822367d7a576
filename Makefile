# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PY := .venv/bin/python
# kafka, rabbitmq, activemq or nats
BROKER := kafka

.PHONY: help demo run test test-more check bench setup lock clean

help:
	@echo "make demo    a real broker, a small shop with loops in it, and the window"
	@echo "             (BROKER=kafka, rabbitmq, activemq or nats)"
	@echo "make run     the window"
	@echo "make test    all checks and tests"
	@echo "make test-more  slow proofs on Kafka Connect, MirrorMaker, Kafka Streams and FastStream"
	@echo "make check   formatting, lint, types and import rules alone"
	@echo "make bench   speed, measured on this machine"

setup:
	@./setup.sh

demo: setup
	@$(PY) -m gui demo --broker $(BROKER)

run: setup
	@$(PY) -m gui

check: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

# Most of the time is spent waiting for brokers, so two files at a time take about half of it.
test: check
	$(PY) -m pytest -q -n 2 --no-loadscope-reorder

test-more: setup
	$(PY) -m pytest -q tests/more

bench: setup
	$(PY) -m tests.bench

lock: setup
	$(PY) -m pip install -q uv
	$(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra test --quiet pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build dist
