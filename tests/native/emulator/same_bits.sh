#!/bin/sh
# Runs the parity test with threads in order and in two shuffled orders; the results' bits, which its last
# line tells, must be the same.
#
#   same_bits.sh PARITY_TEST LIBRARY BACKEND VARIANT
set -eu
first=
for seed in 0 1 2; do
  output=$(REFRAIN_EMULATOR_SEED=$seed "$@") || { echo "$output"; echo "failed with seed $seed"; exit 1; }
  bits=$(echo "$output" | tail -n 1)
  echo "seed $seed: $bits"
  [ -n "$first" ] || first=$bits
  [ "$bits" = "$first" ] || { echo "another order of threads gave other bits: a race"; exit 1; }
done
