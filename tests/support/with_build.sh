# For programs that need a build and a Python with Dask, such as tests/bench/run. Sets `python`; exports DASKD_BUILD_DIR.
# Builds preset release where there is none. DASKD_BUILD_DIR names another build, PYTHON another interpreter.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

build=${DASKD_BUILD_DIR:-$root/build/release}
if [[ ! -x $build/bin/daskd || ! -x $build/bin/daskctl ]]; then
    if [[ -n ${DASKD_BUILD_DIR:-} ]]; then
        echo "no bin/daskd and bin/daskctl in DASKD_BUILD_DIR=$build" >&2
        exit 1
    fi
    (cd "$root" && cmake --preset release -DDASKD_TESTS=OFF >&2 && cmake --build --preset release >&2)
fi

# daskd's own search: the first Python that has distributed.
find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python"} \
        ${CONDA_PREFIX:+"$CONDA_PREFIX/bin/python"} python3 python /usr/bin/python3; do
        if "$candidate" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("distributed"))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "no Python here has distributed; install it, or name an interpreter in PYTHON" >&2
    return 1
}
python=$(find_python)
export DASKD_BUILD_DIR=$build PYTHONDONTWRITEBYTECODE=1
