# Every verb of the project. `make` alone lists them.
PYTHON ?= python3
PORT ?= 8000
# `make run JITSI=simulated`: recorders, bridges and the rest of Jitsi are stand-ins (docs/operations/simulated.md).
JITSI ?=
export PORT JITSI
# Where Python may not keep what it compiled, each of our processes compiles two thousand modules anew: 8 s instead
# of 2. Kept in var/, beside the other caches, it litters nothing.
export PYTHONDONTWRITEBYTECODE =
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/var/cache/bytecode
# So does Node what it compiled, with which each test in a browser begins.
export NODE_COMPILE_CACHE ?= $(CURDIR)/var/cache/node

BOOTSTRAP = $(PYTHON) scripts/bootstrap.py
VENV = .venv/bin
# A Node from the wheel, if bootstrap had to fetch one, lies in the venv.
NPM = PATH="$(CURDIR)/$(VENV):$$PATH" npm --prefix frontend

.DEFAULT_GOAL := help
.PHONY: help run test infra terraform-roots check tour messages settings authorisation assets lock clean stack bench-start bench-pages bench-sign-in bench-board bench-board-browser bench-presence bench-attendance bench-quiz bench-breakouts translations sweeps test-all bench-reconnect bench-recording bench-hls simulate-capacity

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the classroom with its demo school (PORT=8000, JITSI=simulated)
	@$(BOOTSTRAP)
	@$(VENV)/python manage.py demo

# Four workers on two processors, each with its kind of tests: tests/lanes.py.
test: ## run the tests, the browser and fault tests too
	@$(BOOTSTRAP) --dev --browser --prosody
	$(PYTEST) --kinds=light,heavy,media -m "not deep" $(LANES)

# Each cell of the tables of which `make test` tries a covering sample, more examples, longer faults: tests/tiers.py.
# After them, what nothing may delay: recorders that are lost, measured to the second.
sweeps: ## try what `make test` only samples
	@$(BOOTSTRAP) --dev --browser --prosody
	DARASA_THOROUGH=1 $(PYTEST) --kinds=light,heavy,media -m "sweep or deep" $(LANES)
	$(PYTEST) --kinds=alone

test-all: test sweeps ## both

PYTEST = $(VENV)/python -m pytest
LANES = --numprocesses=4 --dist=loadfile --no-loadscope-reorder

check: ## lint, format, types, import arrows, migrations and messages in step, front end
	@$(BOOTSTRAP) --dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy .
	$(VENV)/lint-imports
	$(VENV)/python manage.py messages --check
	$(VENV)/python manage.py settings --check
	$(VENV)/python manage.py authorisation --check
	$(VENV)/python -m pytest -q tests/architecture
	$(NPM) run check

tour: ## walk through the product with a browser and take the screenshots
	@$(BOOTSTRAP) --dev --browser
	$(VENV)/python -m scripts.tour

messages: ## write the front end's message types from the Python ones
	@$(BOOTSTRAP)
	$(VENV)/python manage.py messages

settings: ## write .env.example and docs/settings.md from config/env.py
	@$(BOOTSTRAP)
	$(VENV)/python manage.py settings > .env.example
	$(VENV)/python manage.py settings --markdown > docs/settings.md

authorisation: ## write docs/authorisation.md from the table and its doors
	@$(BOOTSTRAP)
	$(VENV)/python manage.py authorisation > docs/authorisation.md

assets: ## build the front end anew
	@$(BOOTSTRAP) --assets

translations: ## collect sentences into locale/
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.extract_messages

lock: ## write both requirements files from pyproject.toml
	@$(BOOTSTRAP) --dev
	$(VENV)/uv pip compile pyproject.toml $(LOCK_OPTIONS) --output-file requirements.txt
	$(VENV)/uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) --output-file requirements-dev.txt

LOCK_OPTIONS = --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

infra: ## try terraform/: read, scanned, validated, tested, and a whole cell applied to a stand-in
	@$(BOOTSTRAP) --dev
	@$(VENV)/python -m scripts.infra

terraform-roots: ## write terraform/live/ from terraform/zones.json
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.terraform_roots

bench-start: ## measure the first and the second start of a fresh clone
	@$(PYTHON) -m scripts.cold_start

bench-pages: ## measure the pages of a school with 5,000 lessons and 2,000 people
	@$(BOOTSTRAP) --dev
	@$(VENV)/python -m scripts.bench_pages

bench-quiz: ## a class of 300 answers a quiz within three seconds
	@$(BOOTSTRAP) --dev
	@$(VENV)/python -m scripts.bench_quiz

bench-breakouts: ## 200 people into 50 breakout rooms within three seconds
	@$(BOOTSTRAP) --dev
	@$(VENV)/python -m scripts.bench_breakouts

bench-reconnect: ## a web process is killed before 1,000 sockets: all back, nothing lost
	@$(BOOTSTRAP) --dev
	@$(VENV)/python -m scripts.bench_reconnect

bench-hls: ## how old the picture is that a viewer of a live stream sees, and what happens when the way in breaks
	@$(BOOTSTRAP) --dev --browser
	@$(VENV)/python -m scripts.bench_hls

bench-board-browser: ## measure a page with 10,000 strokes in a browser that is four times slower
	@$(BOOTSTRAP) --dev --browser
	@$(VENV)/python -m scripts.bench_board_browser
bench-sign-in: ## 300 people sign in within a minute while one account is attacked
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.bench_sign_in

bench-board: ## measure the board beside a bare loop, textbook Channels and two Yjs servers (QUICK=1)
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.bench_board $(if $(QUICK),--quick)
bench-recording: ## a lesson becomes a video: beside ffmpeg alone, while it goes on, what it weighs, and its stream (MINUTES=2: short)
	@$(BOOTSTRAP) --dev --browser
	@$(VENV)/python -m scripts.bench_recording $(if $(MINUTES),--minutes $(MINUTES))
bench-presence: ## how right the register is when all of Jitsi's events come, and when none do
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.bench_presence

bench-attendance: ## a term of registers, a page of 200 students, and how much a heatmap sends
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.bench_attendance

simulate-capacity: ## school days with fixed seeds: recorders by the timetable beside reactive policies
	@$(BOOTSTRAP)
	@$(VENV)/python -m scripts.simulate_capacity

stack: ## start everything by Docker Compose, Jitsi too (SAY='--domain school.example …' the first time)
	jitsi_config/up $(SAY)

clean: ## delete all that was made here, the demo's data too
	rm -rf .venv var frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
