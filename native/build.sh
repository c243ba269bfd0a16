#!/bin/sh
# Builds the native libraries for the Java build: CMake, a C++ compiler, and what JavaCPP wrote.
#
#   sh native/build.sh --natives=auto|required|off --build=DIR --glue=DIR --java-home=DIR --install=DIR
#
# The libraries go to DIR/<platform>, where JavaCPP looks for them. Without a compiler or CMake, auto says
# so in one line and succeeds, required fails.
set -eu

sources=$(cd "$(dirname "$0")" && pwd)
natives=auto build= glue= java_home= install=

for argument in "$@"; do
  value=${argument#*=}
  case $argument in
    --natives=*) natives=$value ;;
    --build=*) build=$value ;;
    --glue=*) glue=$value ;;
    --java-home=*) java_home=$value ;;
    --install=*) install=$value ;;
    *) echo "build.sh: unknown argument: $argument" >&2; exit 2 ;;
  esac
done

# without PROBLEM REMEDY
without() {
  rm -rf "$install/$platform"
  if [ "$natives" = required ]; then
    echo "refrain: $1, but -Drefrain.natives=required asks for the native cpu engine. $2" >&2
    exit 1
  fi
  echo "refrain: $1: building without the native cpu engine; the reference engine does the work. $2"
  exit 0
}

case $(uname -m) in
  x86_64 | amd64) platform=linux-x86_64 ;;
  aarch64 | arm64) platform=linux-arm64 ;;
  *) platform=linux-$(uname -m) ;;
esac

case $natives in
  auto | required) ;;
  off)
    rm -rf "$install/$platform"
    echo "refrain: natives are off: building without the native cpu engine; the reference engine does the work."
    exit 0 ;;
  *) echo "build.sh: -Drefrain.natives=$natives: expected auto, required or off" >&2; exit 2 ;;
esac

[ "$(uname -s)" = Linux ] ||
  without "the native engine is built on Linux only, this is $(uname -s)" ""
compiler=
for candidate in ${CXX:-c++ g++ clang++}; do
  if command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; break; fi
done
if [ -z "$compiler" ] || ! command -v cmake >/dev/null 2>&1; then
  without "no C++ compiler or CMake found" "Install g++ and cmake to have it."
fi
command -v make >/dev/null 2>&1 || command -v ninja >/dev/null 2>&1 ||
  without "CMake has neither make nor ninja to build with" "Install make to have it."
cmake_version=$(cmake --version | sed -n 's/^cmake version //p')
case $cmake_version in
  [0-2].* | 3.[0-9].* | 3.1[0-7].*)
    without "CMake 3.18 or newer is needed, this is $cmake_version" "Install a newer one to have it." ;;
esac
generator=
if ! command -v make >/dev/null 2>&1; then generator=-GNinja; fi

log=$build/build.log
mkdir -p "$build"
if ! {
  cmake $generator -S "$sources" -B "$build" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release \
    -DREFRAIN_TESTS=OFF -DREFRAIN_GLUE="$glue" -DREFRAIN_JAVA_HOME="$java_home" &&
    cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN)" &&
    cmake --install "$build" --strip --prefix "$build/stripped"
} >"$log" 2>&1; then
  cat "$log" >&2
  echo "refrain: the native build failed: the compiler's words are above, and in $log" >&2
  exit 1
fi
grep 'warning:' "$log" >&2 || true

# An unchanged library keeps its date, so that nothing that holds it is built again.
mkdir -p "$install/$platform"
for library in "$build"/stripped/*.so; do
  installed=$install/$platform/${library##*/}
  cmp -s "$library" "$installed" || cp "$library" "$installed"
done
