// Runs CUDA kernels on the CPU, to check them where there is no GPU. Each thread of a block is a
// fiber; one operating system thread runs all of them, one launch at a time in the whole process,
// so a run is reproducible. What it checks:
//
//  - barriers and warp operations: threads that wait for one another for ever end the launch with
//    cudaErrorLaunchFailure and a line on stderr;
//  - bounds: a write just before or behind an allocation ends the launch with
//    cudaErrorIllegalAddress. In a build with AddressSanitizer every access outside of an
//    allocation ends the program; dynamic shared memory is watched alike;
//  - races: with a seed, threads and blocks run in an order that changes from barrier to barrier,
//    so that a missing barrier changes the result. In a build with ThreadSanitizer the threads of a
//    block are threads that only barriers order: a race between them is reported where it happens;
//  - launch limits: grid and block sizes, shared memory, cooperative launches that do not fit.
//
// New device memory and dynamic shared memory hold NaN. The device's compute capability is 9.0, or
// what the environment variable REFRAIN_EMULATOR_CAPABILITY says, e.g. 75;
// REFRAIN_EMULATOR_COMPILED says the same of what the kernels were compiled for. The device has 8
// multiprocessors, or what REFRAIN_EMULATOR_MULTIPROCESSORS says. With
// REFRAIN_EMULATOR_COOPERATIVE=0 it has no cooperative launches; a cluster has at most 8 blocks, or
// what REFRAIN_EMULATOR_CLUSTER says, e.g. 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#define REFRAIN_EMULATOR_API __attribute__((visibility("default")))

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x_size = 1, unsigned y_size = 1, unsigned z_size = 1)
      : x(x_size), y(y_size), z(z_size) {}
};

namespace refrain::emulator {

struct Event;
struct Stream;
struct Graph;

enum class Launch { kOrdinary, kCooperative };

// 0 runs threads in the order of their numbers. Also read from the environment:
// REFRAIN_EMULATOR_SEED.
void set_seed(uint32_t seed);
// After a launch that failed on purpose: the device works again.
void forget_failure();
// Faults on purpose. The next calls of the function of CUDA's that is so named, e.g. "cudaFree", fail with
// this error (a cudaError_t) and do nothing else; a launch is named "cudaLaunchKernel". The next launch
// that runs ends with this error, which stays. Whether work that goes wrong is told only by the calls that
// wait for it, as a device does.
void refuse_next(const char* function, int error, int times = 1);
// The next call of the function so named calls `visitor` first, on its thread: for tests of what other threads
// may do meanwhile.
void visit_next(const char* function, std::function<void()> visitor);
void break_next_launch(int error);
void tell_failures_late(bool late);

// For libraries that stand in for NVIDIA's in tests, and are linked to this one: runs host work in
// the order of a stream, or appends it to the capture that is open there; whether all of these
// bytes are device memory; whether the stream is under capture. And what cudaDeviceSynchronize() does: false
// where it has broken a capture.
REFRAIN_EMULATOR_API void enqueue(Stream* stream, std::function<void()> work);
REFRAIN_EMULATOR_API bool is_device_memory(const void* memory, size_t size_bytes);
REFRAIN_EMULATOR_API bool is_capturing(const Stream* stream);
REFRAIN_EMULATOR_API bool wait_for_device();

// Sees each launch before it runs; where it says false its threads do not run. For programs that
// look at the launches of shapes too large for the emulator.
using LaunchObserver =
    std::function<bool(const void* function, dim3 grid, dim3 block, size_t shared_bytes)>;
REFRAIN_EMULATOR_API void observe_launches(LaunchObserver observer);

// What a running kernel asks.
uint3 thread_index();
uint3 block_index();
dim3 block_size();
dim3 grid_size();
unsigned lane();
float* dynamic_shared();

// Barriers of the block, of the grid in a cooperative launch, and of the cluster.
void wait_for_block();
void wait_for_grid();
void wait_for_cluster();
// The blocks of this cluster, this block's number among them, and where `address`, which lies in
// this block's dynamic shared memory, lies in another one's. To ask for that before the blocks have
// met, or not to meet again before one ends, fails the launch: on a device that memory may not be
// there yet, or no more.
unsigned cluster_size();
unsigned cluster_rank();
void* shared_of_peer(void* address, unsigned rank);

// For threads that wait in memory, as the blocks of a cooperative launch may do for some of the
// others: arrive() adds one to the counter, and what happened before it happens before what follows
// a wait_for_count() that it lets through. Waiting for what nobody will do ends the launch.
void arrive(unsigned* counter);
void wait_for_count(const unsigned* counter, unsigned count);
// Waits for all lanes of the mask; then exchanged(l) is the value that lane l came with.
void exchange(unsigned mask, uint64_t value);
uint64_t exchanged(unsigned source_lane);
// The same with up to kMostExchangedBytes, which exchanged_bytes(l) shows until the lane's next
// exchange; those of the lanes of a warp lie one behind the other.
constexpr size_t kMostExchangedBytes = 32;
void exchange_bytes(unsigned mask, const void* bytes, size_t count);
const void* exchanged_bytes(unsigned source_lane);

}  // namespace refrain::emulator
