# Every daily command. `make` alone prints them.
# Needs only make and Python 3.11+; the first `run` or `test` makes .venv and installs the locked libraries there.

PYTHON = $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 /usr/bin/python3 /usr/local/bin/python3; do \
	$$p -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)
VENV = .venv
PY = $(VENV)/bin/python
DEV = $(PY) -m butler.dev
FLASK = $(PY) -m flask --app wsgi
PIP = $(PY) -m pip install -q --disable-pip-version-check --no-input --require-hashes

PINNED = requirements.txt requirements-local.txt requirements-dev.txt

export PIP_ROOT_USER_ACTION = ignore

.PHONY: help setup run test lint style layers types fmt audit audit-beside lock bench search-quality proofs fuzz screenshots demo-drive sql shell migration openapi clean browser
.DEFAULT_GOAL = help

help: ## print this list · 列出命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## only install what `run` needs · 只安装，不启动

run: $(VENV)/.run ## start everything, Ctrl-C ends it (PORT=8000 HOST=127.0.0.1) · 启动
	@exec $(DEV) run --with-parent $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST))

test: ## check style, layers, types, then all tests; one part: T=cases · 检查并测试
	@$(MAKE) --no-print-directory -j5 $(if $(T),$(VENV)/.test,browser style layers types) $(AUDIT)
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(T),$(addprefix tests/,$(T)),-m 'not alone') $(ARGS)
	$(if $(T),,$(PY) -m pytest tests/proofs -m alone $(ARGS)) # they promise seconds: the machine is theirs alone

lint: style layers types ## ruff, import-linter, mypy · 只检查

style: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

layers: $(VENV)/.test
	$(VENV)/bin/lint-imports

types: $(VENV)/.test
	$(PY) -m mypy

fmt: $(VENV)/.test ## format the code and sort imports · 整理代码格式
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(VENV)/.test ## print speeds as ratios · 测速
	$(PY) -m bench $(ARGS)

search-quality: $(VENV)/.test ## how often the search finds the matter (ARGS=--missed) · 搜索质量
	@$(PY) -m services_catalog.quality $(ARGS)

proofs: $(VENV)/.test ## show each promise with its figure (RUNS=200: kills, else 20) · 逐条验证承诺
	BUTLER_PROOF_RUNS=$(or $(RUNS),20) $(PY) -m pytest tests/proofs -s $(ARGS)

fuzz: $(VENV)/.test ## bad input in large amounts (N=110000, SEED=5) · 大量坏输入
	BUTLER_FUZZ=$(or $(N),110000) BUTLER_FUZZ_SEED=$(or $(SEED),5) $(PY) -m pytest tests/fuzz -s $(ARGS)

screenshots: $(VENV)/.test browser ## take the pictures of the documents again · 重拍文档里的截图
	BUTLER_SCREENSHOTS=1 $(PY) -m pytest tests/browser/test_screenshots.py $(ARGS)

demo-drive: $(VENV)/.run ## play a busy day against the running demo · 演示一天的业务
	$(DEV) exec -- $(FLASK) butler demo drive $(ARGS)

sql: $(VENV)/.run ## psql on the development database · 打开数据库
	@$(DEV) sql -- $(ARGS)

shell: $(VENV)/.run ## Python with the application loaded · 打开 Python
	@$(DEV) exec -- $(FLASK) shell

migration: $(VENV)/.run ## draft a migration from the models: m="why" · 生成数据库迁移
	@test -n '$(m)' || { echo 'make migration m="…"' >&2; exit 1; }
	$(DEV) exec -- $(FLASK) db migrate -m '$(m)'

openapi: $(VENV)/.run ## write docs/openapi.json from the code · 生成接口说明
	@$(DEV) exec -- $(FLASK) openapi write docs/openapi.json

audit: | $(PY) ## known weaknesses of the libraries, and what is in us (build/sbom.json) · 检查依赖
	@$(PY) -m butler.dev.audit $(PINNED) # 0 none known, 1 some are, 3 the list could not be asked

audit-beside: | $(PY) # for .ci/run: a weakness fails, a list that is away is said at the end
	@$(PY) -m butler.dev.audit --later build/audit.txt $(PINNED)

lock: ## pin all requirements again (ARGS=--upgrade for newer ones) · 重新锁定依赖
	@command -v uv >/dev/null || { echo '需要 uv：https://docs.astral.sh/uv/' >&2; exit 1; }
	for one in requirements requirements-local requirements-dev; do \
		uv pip compile -q $$one.in -o $$one.txt --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate $(ARGS) || exit 1; \
	done

clean: ## remove .venv and all demonstration data · 删除环境和演示数据
	@if [ -e instance/running.json ]; then echo '管家通还在运行，请先结束它。' >&2; exit 1; fi
	@test ! -L instance/postgres || rm -rf "$$(readlink instance/postgres)"
	rm -rf $(VENV) instance build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.run: requirements-local.txt | $(PY)
	@echo '正在安装依赖（第一次约一分钟）……'
	@$(PIP) -r $<
	@touch $@

$(VENV)/.test: requirements-dev.txt requirements-local.txt | $(PY)
	@echo '正在安装测试用的依赖（第一次约一分钟）……'
	@$(PIP) --no-compile -r $< # a third of these modules is never imported
	@touch $(VENV)/.run $@

$(PY):
	@test -n '$(PYTHON)' || { echo '需要 Python 3.11 或更新的版本，这台机器上没有找到。装好后重试，或用 make PYTHON=/路径/python3 指定。' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq python3-venv; } || { echo '这个 Python 缺少 venv。Debian 或 Ubuntu 请先执行：sudo apt-get install python3-venv' >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)

# The browser tests drive the system's Chromium. Without it they are skipped, and we say so. After $(PY), which may need
# apt-get as well; beside everything else.
browser: | $(PY)
	@for b in chromium chromium-browser google-chrome; do command -v $$b >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo '正在安装 Chromium 和中文字体，供浏览器测试使用……'; \
		export DEBIAN_FRONTEND=noninteractive; \
		timeout 120 apt-get update -qq && \
			timeout 600 apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null && exit 0; \
	fi; \
	echo '没有 Chromium，浏览器测试会跳过。要运行它们，请执行：sudo apt-get install chromium fonts-noto-cjk' >&2
