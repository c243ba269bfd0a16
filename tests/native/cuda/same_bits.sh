#!/bin/sh
# Runs the parity test with each variant, with threads in order and in two shuffled orders. Within a
# variant the results' bits, which the last line tells, must always be the same: another order of threads
# shows races. Variants may add in different orders, and have bits of their own.
#
#   same_bits.sh PARITY_TEST LIBRARY BACKEND VARIANT...
#
# REFRAIN_SEEDS names other orders than "0 1 2"; 0 is in order.
set -eu
test=$1 library=$2 backend=$3
shift 3
for variant in "$@"; do
  first=
  for seed in ${REFRAIN_SEEDS:-0 1 2}; do
    status=0
    output=$(REFRAIN_EMULATOR_SEED=$seed "$test" "$library" "$backend" "$variant") || status=$?
    if [ $status -ne 0 ]; then
      echo "$output"
      echo "$variant with seed $seed: exit status $status"
      exit $status
    fi
    bits=$(echo "$output" | tail -n 1)
    [ -n "$first" ] || echo "$output" | grep compared || true
    echo "$variant, seed $seed: $bits"
    [ -n "$first" ] || first=$bits
    [ "$bits" = "$first" ] || { echo "these are other bits"; exit 1; }
  done
done
