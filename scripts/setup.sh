#!/bin/sh
# Makes the environment that the suite runs in, or leaves it alone when it is as the locks say.
#
#   sh scripts/setup.sh requirements.lock [requirements-dev.lock]
#
# VENV    where (default: .venv; relative to the project)
# PYTHON  the interpreter to use (default: the newest of 3.13, 3.12, 3.11 on PATH that runs)
# UV      uv, which is used where it is found; empty: pip
#
# VENV/.rollgate says what has been done: "created" (this script made the folder, so it may remove
# it) and one fingerprint for each installed lock: its digest, the interpreter, the folder.
set -euf

fail() { # found, needed, fix
    printf 'set-up: %s\n  found:  %s\n  needed: %s\n  fix:    %s\n' "cannot prepare $venv" "$1" "$2" "$3" >&2
    exit 1
}

root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"
venv=${VENV:-.venv}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
notes=$venv/.rollgate
aside=$venv.previous
[ "$#" -gt 0 ] || set -- requirements.lock

# --- what there is ---------------------------------------------------------------------------

# One line that changes whenever LOCK, the interpreter below PYTHON or the folder does.
fingerprint() { # python, lock
    "$1" -I -S -c '
import hashlib, os, sys
with open(sys.argv[1], "rb") as lock:
    digest = hashlib.sha256(lock.read()).hexdigest()
print(digest, *sys.version_info[:3], os.path.realpath(sys.base_prefix), sys.argv[2])' "$2" "$venv" 2>/dev/null </dev/null
}

# Is LOCK installed here, by this interpreter (or by PYTHON's, where that is given), in this folder?
installed() { # lock
    [ -f "$notes/$1" ] || return 1
    now=$(fingerprint "$venv/bin/python" "$1") || return 1
    [ "$now" = "$(cat "$notes/$1")" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$now" = "$(fingerprint "$PYTHON" "$1")" ]
}

all_installed() {
    for lock in "$@"; do installed "$lock" || return 1; done
}

! all_installed "$@" || exit 0

for lock in "$@"; do
    [ -r "$lock" ] || fail "no file $root/$lock" "the lock that names every package" "restore it from git, or run: make lock"
done

# --- which interpreter -----------------------------------------------------------------------

recent() { "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 </dev/null; }
can_make() { "$1" -I -c 'import ensurepip, venv' >/dev/null 2>&1 </dev/null; }
version_of() { "$1" --version 2>&1 </dev/null | head -n 1; }

uv=
if [ -n "${UV-uv}" ] && command -v "${UV-uv}" >/dev/null 2>&1 && "${UV-uv}" --version >/dev/null 2>&1; then
    uv=${UV-uv}
fi

# Sets `python` to the first one that serves. Every folder of PATH is asked, and every file is run:
# a version manager's shim is a file that exists and fails.
choose_python() {
    python="" seen="" without=""
    for name in python3.13 python3.12 python3.11 python3; do
        IFS=:
        for folder in $PATH; do
            unset IFS
            file=${folder:-.}/$name
            [ -x "$file" ] && [ ! -d "$file" ] || continue
            if ! recent "$file"; then
                seen="$seen${seen:+, }$(version_of "$file") ($file)"
            elif [ -z "$uv" ] && ! can_make "$file"; then
                without=${without:-$file}
            else
                python=$file
                return
            fi
        done
        unset IFS
    done
}

need_python="Python 3.11 or newer"
venv_fix="on Debian and Ubuntu: apt install python3-venv (with sudo); elsewhere: install uv, or name another Python with PYTHON="
if [ -n "${PYTHON:-}" ]; then
    python=$(command -v "$PYTHON") || fail "no program PYTHON=$PYTHON" "$need_python" "name one that exists, or leave PYTHON out"
    recent "$python" || fail "PYTHON=$PYTHON says: $(version_of "$python")" "$need_python" "name a newer one, or leave PYTHON out"
    [ -n "$uv" ] || can_make "$python" || fail "$(version_of "$python") ($python) without venv and ensurepip" "both" "$venv_fix"
else
    choose_python
    if [ -z "$python" ] && [ -n "$without" ]; then
        fail "$(version_of "$without") ($without) without venv and ensurepip" "both" "$venv_fix"
    elif [ -z "$python" ]; then
        fail "${seen:-no python3 on PATH}" "$need_python" \
            "on Debian 12, Ubuntu 24.04 and later: apt install python3 python3-venv; elsewhere: install a newer Python, then name it with PYTHON="
    fi
fi

# --- one at a time ---------------------------------------------------------------------------

above=$(dirname -- "$venv")
cannot_write() {
    fail "no right to write there, as user $(id -un 2>/dev/null || id -u)" "a folder for the environment" \
        "put it elsewhere: make VENV=/some/folder gates"
}
mkdir -p -- "$above" 2>/dev/null || cannot_write
[ -w "$above" ] || cannot_write
[ ! -e "$venv" ] || [ -w "$venv" ] || cannot_write

mine=
trap 'leave' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
leave() { # whatever happened: no half-made environment stays, and the one before it comes back
    [ -n "$mine" ] || return 0
    if [ -e "$notes/unfinished" ]; then rm -rf -- "$venv"; fi
    if [ ! -e "$venv" ] && [ -e "$aside" ]; then mv -- "$aside" "$venv"; fi
    rm -rf -- "$aside"
    rm -f -- "$venv.lock"
}

attempts=0
until ln -s "$$" "$venv.lock" 2>/dev/null; do # making a link is atomic everywhere
    if ! holder=$(readlink "$venv.lock"); then
        attempts=$((attempts + 1)) # it has just gone, or none can be made here
        [ "$attempts" -lt 20 ] || cannot_write
    elif kill -0 "$holder" 2>/dev/null; then
        sleep 0.2
    else
        rm -f -- "$venv.lock"
    fi
done
mine=yes
# Another run may have done the work meanwhile.
! all_installed "$@" || exit 0

# --- making it -------------------------------------------------------------------------------

# A home that is missing or not ours holds no cache; the installers would warn or fail.
if [ -z "${HOME:-}" ]; then
    HOME=$above
    export HOME PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
elif [ ! -w "$HOME" ]; then
    export PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_USER=0 PIP_NO_INPUT=1
unset PYTHONHOME PYTHONPATH

create() {
    mkdir -p -- "$notes"
    : >"$notes/created"
    : >"$notes/unfinished"
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --allow-existing --python "$python" -- "$venv" && return
        can_make "$python" || return 1
    fi
    "$python" -I -m venv -- "$venv"
}

install_lock() { # lock; wheels only: nothing is built, and no package's code runs
    if [ -n "$uv" ]; then
        "$uv" pip install --quiet --python "$venv/bin/python" --only-binary :all: --require-hashes -r "$1" && return
        echo "set-up: uv could not install $1; trying pip" >&2
    fi
    "$venv/bin/python" -I -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -I -m ensurepip >/dev/null 2>&1 || true
    "$venv/bin/python" -I -m pip install -qq --only-binary :all: --require-hashes -r "$1"
}

anew=
if [ -e "$notes/created" ]; then
    # Ours. Not as the lock says: an interrupted run, a new lock, another Python, a moved folder.
    if ! installed "$1"; then
        anew=yes
        rm -rf -- "$aside"
        # (A folder that cannot be moved, a mounted one, is emptied.)
        [ -e "$notes/unfinished" ] || mv -- "$venv" "$aside" 2>/dev/null || true
        rm -rf -- "$venv" 2>/dev/null || true
    fi
elif [ ! -e "$venv" ] || { [ -d "$venv" ] && [ -z "$(ls -A -- "$venv")" ]; }; then
    anew=yes
else
    # Somebody else's. One that works is used, not removed.
    recent "$venv/bin/python" || fail "something there that is not a working environment of $need_python" \
        "a folder of its own" "remove it, or: make VENV=/some/folder gates"
    [ -z "${PYTHON:-}" ] || [ "$(fingerprint "$venv/bin/python" "$1")" = "$(fingerprint "$python" "$1")" ] ||
        fail "an environment with another Python than PYTHON=$PYTHON, not made by this script" \
            "one with that Python" "remove it, or: make VENV=/some/folder PYTHON=$PYTHON gates"
    mkdir -p -- "$notes"
fi

if [ -n "$anew" ]; then
    echo "set-up: making $venv with $(version_of "$python") (a minute, once)" >&2
    create || fail "$(version_of "$python") ($python) could not make a virtual environment (its words are above)" \
        "venv with ensurepip" "$venv_fix"
fi

for lock in "$@"; do
    installed "$lock" && continue
    rm -f -- "$notes/$lock"
    install_lock "$lock" || fail "$lock could not be installed (the installer's words are above)" \
        "every package it names, at the digest it names" \
        "look at the network, or at the package index that pip is set to use; then run the same command again"
    fingerprint "$venv/bin/python" "$lock" >"$notes/$lock"
    rm -f -- "$notes/unfinished" # from here on a failure leaves something that works
done
