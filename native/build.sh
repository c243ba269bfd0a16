#!/bin/sh
# Builds one engine's native libraries for the Java build.
#
#   sh native/build.sh --engine=cpu|cuda|emulated --when=auto|required|off --build=DIR --install=DIR
#                      [--glue=DIR --java-home=DIR] [--architectures=LIST] [--strict=true]
#
#   cpu       librefrain.so, and libjnirefrain.so from what JavaCPP wrote (--glue): to DIR/<platform>,
#             where JavaCPP looks for them
#   cuda      librefrain_cuda.so, by nvcc, for these architectures: to DIR/<platform>
#   emulated  librefrain_emulated.so, the same sources for tests on the CPU: to DIR; --when may also
#             name one that is there already
#
# Where the tools are missing, auto says so in one line and succeeds, required fails. Where they are
# there, what they refuse to compile fails the build; but a failing nvcc costs auto the cuda engine alone.
# --strict makes every warning an error.
set -eu

sources=$(cd "$(dirname "$0")" && pwd)
engine='' when=auto build='' glue='' java_home='' install='' architectures='' strict=false

for argument in "$@"; do
  value=${argument#*=}
  case $argument in
    --engine=*) engine=$value ;;
    --when=*) when=$value ;;
    --build=*) build=$value ;;
    --glue=*) glue=$value ;;
    --java-home=*) java_home=$value ;;
    --install=*) install=$value ;;
    --architectures=*) architectures=$value ;;
    --strict=*) strict=$value ;;
    *) echo "build.sh: unknown argument: $argument" >&2; exit 2 ;;
  esac
done

case $(uname -m) in
  x86_64 | amd64) platform=linux-x86_64 ;;
  aarch64 | arm64) platform=linux-arm64 ;;
  *) platform=linux-$(uname -m) ;;
esac

# What each engine is called, the property that asks for it, and what a build without it loses.
case $engine in
  cpu)
    property=refrain.natives target=all name='native cpu engine'
    loss='; the reference engine does the work' ;;
  cuda) property=refrain.cuda target=refrain_cuda name='cuda engine' loss= ;;
  emulated)
    property=refrain.emulated target=refrain_emulated name='emulated engine'
    loss=': the tests run on the other engines' ;;
  *) echo "build.sh: --engine=$engine: expected cpu, cuda or emulated" >&2; exit 2 ;;
esac
folder=$install
[ "$engine" = emulated ] || folder=$install/$platform

remove_old() {
  rm -f "$folder"/*.so
}

# without PROBLEM REMEDY
without() {
  remove_old
  if [ "$when" = required ]; then
    echo "refrain: $1, but -D$property=required asks for the $name.${2:+ $2}" >&2
    exit 1
  fi
  echo "refrain: $1: building without the $name$loss.${2:+ $2}"
  exit 0
}

case $when in
  auto | required) ;;
  off) without "-D$property=off" "" ;;
  */*.so) # built already, say with a sanitizer
    [ "$engine" = emulated ] && [ -f "$when" ] ||
      { echo "build.sh: -D$property=$when: there is no such file" >&2; exit 2; }
    mkdir -p "$folder"
    cp "$when" "$folder/librefrain_emulated.so"
    exit 0 ;;
  *) echo "build.sh: -D$property=$when: expected auto, required or off" >&2; exit 2 ;;
esac

[ "$(uname -s)" = Linux ] ||
  without "it is built on Linux only, this is $(uname -s)" ""
# CXX may be a program whose path has spaces, or hold a launcher or options beside the compiler: CMake takes
# them apart itself; here the whole or the first word must be a program.
compiler=
if [ -n "${CXX:-}" ]; then
  command -v "$CXX" >/dev/null 2>&1 || command -v "${CXX%% *}" >/dev/null 2>&1 ||
    without "the compiler that CXX names, ${CXX%% *}, was not found" "Install it, or unset CXX."
else
  for candidate in c++ g++ clang++; do
    if command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; break; fi
  done
  [ -n "$compiler" ] || without "no C++ compiler found" "Install g++ and cmake to have it."
fi
command -v cmake >/dev/null 2>&1 || without "no CMake found" "Install g++ and cmake to have it."
command -v make >/dev/null 2>&1 || command -v ninja >/dev/null 2>&1 ||
  without "CMake has neither make nor ninja to build with" "Install make to have it."
cmake_version=$(cmake --version | sed -n 's/^cmake version //p')
case $cmake_version in
  [0-2].* | 3.[0-9].* | 3.1[0-7].*)
    without "CMake 3.18 or newer is needed, this is $cmake_version" "Install a newer one to have it." ;;
esac

set -- -S "$sources" -B "$build" -DCMAKE_BUILD_TYPE=Release -DREFRAIN_TESTS=OFF
if ! command -v make >/dev/null 2>&1; then set -- -GNinja "$@"; fi
if [ -n "$compiler" ]; then set -- "$@" "-DCMAKE_CXX_COMPILER=$compiler"; fi
if [ "$strict" = true ]; then set -- "$@" -DREFRAIN_STRICT=ON; else set -- "$@" -DREFRAIN_STRICT=OFF; fi
case $engine in
  cpu) set -- "$@" "-DREFRAIN_GLUE=$glue" "-DREFRAIN_JAVA_HOME=$java_home" ;;
  emulated) set -- "$@" -DREFRAIN_EMULATED=ON ;;
  cuda)
    nvcc=${CUDACXX:-nvcc}
    command -v "$nvcc" >/dev/null 2>&1 || nvcc=/usr/local/cuda/bin/nvcc
    command -v "$nvcc" >/dev/null 2>&1 ||
      without "no nvcc found" "Install the CUDA toolkit, 13 or newer, to have it."
    echo "refrain: building the cuda engine for $architectures with $(command -v "$nvcc")"
    set -- "$@" -DREFRAIN_CUDA=ON "-DCMAKE_CUDA_COMPILER=$(command -v "$nvcc")" \
      "-DCMAKE_CUDA_ARCHITECTURES=$architectures" ;;
esac

log=$build/build.log
mkdir -p "$build"
if ! {
  cmake "$@" &&
    cmake --build "$build" --target "$target" -j "$(getconf _NPROCESSORS_ONLN)" &&
    cmake --install "$build" --strip --component "$engine" --prefix "$build/stripped"
} >"$log" 2>&1; then
  cat "$log" >&2
  if [ "$engine" = cuda ] && [ "$when" = auto ]; then
    remove_old
    echo "refrain: WARNING: nvcc did not build the cuda engine: its words are above, and in $log." \
      "Building without it." >&2
    exit 0
  fi
  echo "refrain: the build of the $name failed: the compiler's words are above, and in $log" >&2
  exit 1
fi
grep -E 'warning(:| #)' "$log" >&2 || true

# An unchanged library keeps its date, so that nothing that holds it is built again.
mkdir -p "$folder"
for library in "$build"/stripped/*.so; do
  installed=$folder/${library##*/}
  cmp -s "$library" "$installed" || cp "$library" "$installed"
done
