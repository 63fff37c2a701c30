#!/bin/sh
# Compiles for `cargo xtask fuzz` (RUSTC_WRAPPER): only our own crates count their edges and assert in between. A fuzzer
# learns nothing from the arithmetic of a curve, and it takes most of the time.
compiler=$1
shift
case $CARGO_MANIFEST_DIR in "$(dirname "$(dirname "$0")")"/*) exec "$compiler" "$@" ;; esac
for argument; do
    shift
    case $argument in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage-* | -Cdebug-assertions) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec "$compiler" "$@"
