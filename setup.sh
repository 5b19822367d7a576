#!/bin/sh
# Makes .venv with everything that the program and its tests need. A second call downloads nothing.
set -eu
cd "$(dirname "$0")"

QT_LIBRARIES="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1 libwayland-client0 libwayland-cursor0"

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_install() {
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >/dev/null
}

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }

find_python() {
    for name in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.14 python3.11 python; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if usable "$path"; then echo "$path"; return 0; fi
    done
    return 1
}

make_environment() {
    if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then return; fi
    rm -rf .venv
    if ! python=$(find_python); then
        if command -v uv >/dev/null 2>&1 && uv venv -q --seed --python '>=3.11,<3.15' .venv; then return; fi
        if is_root && command -v apt-get >/dev/null 2>&1; then
            say "Installing Python"
            apt_install "python3 python3-venv"
        fi
        python=$(find_python) || stop "Python 3.11 to 3.14 with its venv module is needed. Install it (Debian: apt-get install python3 python3-venv), then run this again."
    fi
    "$python" -m venv .venv
}

missing_libraries() {
    command -v ldd >/dev/null 2>&1 || return 0
    qt=$(.venv/bin/python -c 'import importlib.util, pathlib; print(pathlib.Path(importlib.util.find_spec("PySide6").origin).parent / "Qt")')
    for part in "$qt"/lib/libQt6Gui.so.6 "$qt"/lib/libQt6Widgets.so.6 "$qt"/plugins/platforms/libqoffscreen.so \
                "$qt"/plugins/platforms/libqxcb.so; do
        [ ! -e "$part" ] || ldd "$part" 2>/dev/null | awk '/not found/ && !/libQt6/ {print $1}'
    done | sort -u
}

install_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=$(missing_libraries | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    names=$(echo $QT_LIBRARIES)
    if is_root && command -v apt-get >/dev/null 2>&1; then
        say "Installing the system libraries that Qt needs"
        apt_install "$names"
    else
        stop "Qt needs system libraries that are not here ($missing). On Debian or Ubuntu run: sudo apt-get install $names"
    fi
}

stamp=.venv/.installed
wanted=$(cat setup.sh pyproject.toml requirements.lock | cksum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi
make_environment
say "Installing Python packages into .venv"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
install_libraries
echo "$wanted" > "$stamp"
