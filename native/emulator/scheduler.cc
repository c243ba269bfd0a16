#include "emulator/scheduler.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "emulator/fiber.h"

namespace refrain::emulator {
namespace {

constexpr unsigned kWarp = 32;

enum class Waiting : uint8_t { kNothing, kWarp, kBlock, kPeers, kCount, kEnded };

struct Block;

struct Exchanged {
  alignas(8) unsigned char bytes[kMostExchangedBytes];
};

struct Thread {
  Fiber fiber;
  Block* block = nullptr;
  uint3 index = {};
  unsigned number = 0;  // within the block
  Waiting waiting = Waiting::kNothing;
  unsigned mask = 0;       // of the warp operation that it waits for
  // What it came with, and where others may read that once all have come.
  alignas(8) unsigned char brought[kMostExchangedBytes] = {};
  Exchanged* exchanged = nullptr;
  const unsigned* counter = nullptr;  // that it waits for,
  unsigned count = 0;                 // to reach this
};

struct Block {
  uint3 index = {};
  std::vector<Thread*> threads;
  unsigned running = 0;
  std::unique_ptr<float[]> shared;
  std::unique_ptr<Exchanged[]> exchanged;  // of whole warps: lanes without a thread have zeros
  unsigned rank = 0;                      // among the blocks under way together
  const std::vector<Block*>* peers = nullptr;  // those
  uint64_t touched = 0;  // by a peer, after so many meetings of them and one; 0: never
};

// A small generator, for orders that need not be good but must be the same everywhere.
class Order {
 public:
  explicit Order(uint32_t seed) : state_(seed * 2654435761u + 1) {}

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) {
      state_ = state_ * 1664525u + 1013904223u;
      std::swap(items[i - 1], items[(state_ >> 8) % i]);
    }
  }

 private:
  uint32_t state_;
};

// Fibers are kept from launch to launch.
std::vector<std::unique_ptr<Thread>> pool;
Thread* current = nullptr;
dim3 sizes_of_grid;
dim3 sizes_of_block;
unsigned blocks_of_cluster = 1;
bool cooperative = false;
const std::function<void()>* body = nullptr;
uint64_t meetings = 0;        // of the blocks under way together
const char* fault = nullptr;  // theirs, which ends the launch
// ThreadSanitizer's names for the beginning and the end of a launch: two, for no thread's beginning
// follows another's end.
char beginning;
char end;

uint32_t chosen_seed = [] {
  const char* text = std::getenv("REFRAIN_EMULATOR_SEED");
  return text == nullptr ? 0u : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}();

void run_thread(void*) {
  acquire(&beginning);
  (*body)();
  release(&end);
  current->waiting = Waiting::kEnded;
  current->fiber.leave(true);
}

void wait(Waiting what) {
  // To the scheduler alone, should this thread never be resumed.
  release(&end);
  current->waiting = what;
  current->fiber.leave(false);
}

Thread* thread_of_pool(size_t i) {
  while (pool.size() <= i) pool.push_back(std::make_unique<Thread>());
  return pool[i].get();
}

uint3 position(unsigned number, const dim3& sizes) {
  return {number % sizes.x, number / sizes.x % sizes.y, number / (sizes.x * sizes.y)};
}

// Blocks that are under way together, and the turns of their threads.
class Wave {
 public:
  explicit Wave(Order& order) : order_(order) {}

  void add_block(unsigned number, size_t shared_bytes) {
    auto block = std::make_unique<Block>();
    const unsigned count = sizes_of_block.x * sizes_of_block.y * sizes_of_block.z;
    block->index = position(number, sizes_of_grid);
    block->running = count;
    const size_t floats = (shared_bytes + sizeof(float) - 1) / sizeof(float);
    block->shared.reset(new float[floats]);
    std::memset(block->shared.get(), 0xff, floats * sizeof(float));
    block->exchanged.reset(new Exchanged[(count + kWarp - 1) / kWarp * kWarp]());
    for (unsigned i = 0; i < count; ++i) {
      Thread* thread = thread_of_pool(threads_.size());
      thread->block = block.get();
      thread->number = i;
      thread->index = position(i, sizes_of_block);
      thread->waiting = Waiting::kNothing;
      thread->exchanged = &block->exchanged[i];
      thread->fiber.start(run_thread, nullptr);
      block->threads.push_back(thread);
      threads_.push_back(thread);
    }
    block->rank = static_cast<unsigned>(peers_.size());
    block->peers = &peers_;
    peers_.push_back(block.get());
    blocks_.push_back(std::move(block));
  }

  std::string run() {
    release(&beginning);
    meetings = 0;
    fault = nullptr;
    size_t ended = 0;
    while (ended < threads_.size() && fault == nullptr) {
      if (seed() != 0) order_.shuffle(threads_);
      bool moved = false;
      for (Thread* thread : threads_) {
        if (thread->waiting != Waiting::kNothing) continue;
        moved = true;
        current = thread;
        thread->fiber.resume();
        if (thread->waiting == Waiting::kEnded) {
          ++ended;
          if (--thread->block->running == 0) check_end(*thread->block);
        }
      }
      for (const auto& block : blocks_) {
        moved |= pass_warps(*block);
        moved |= pass_barrier(block->threads, block->running, Waiting::kBlock);
      }
      if (pass_barrier(threads_, threads_.size() - ended, Waiting::kPeers)) {
        ++meetings;
        moved = true;
      }
      moved |= pass_counters();
      if (!moved && ended < threads_.size()) break;
    }
    acquire(&end);
    if (fault != nullptr) return fault;
    return ended < threads_.size() ? describe_standstill() : "";
  }

 private:
  // Its shared memory is gone with a block, whatever order the threads of others have here.
  static void check_end(const Block& block) {
    if (block.touched != meetings + 1) return;
    fault = "a block ended after another one had asked for its shared memory, and did not meet it "
            "in between";
  }

  static bool pass_barrier(const std::vector<Thread*>& threads, size_t running, Waiting barrier) {
    if (running == 0) return false;
    size_t arrived = 0;
    for (const Thread* thread : threads) arrived += thread->waiting == barrier;
    if (arrived < running) return false;
    for (Thread* thread : threads) {
      if (thread->waiting == barrier) thread->waiting = Waiting::kNothing;
    }
    return true;
  }

  bool pass_counters() {
    bool moved = false;
    for (Thread* thread : threads_) {
      if (thread->waiting != Waiting::kCount) continue;
      const unsigned now = __atomic_load_n(thread->counter, __ATOMIC_RELAXED);
      // Counters begin again where their bits end.
      if (static_cast<int>(now - thread->count) < 0) continue;
      thread->waiting = Waiting::kNothing;
      moved = true;
    }
    return moved;
  }

  // Lets each set of lanes go on whose members have all come with the same mask.
  static bool pass_warps(Block& block) {
    bool moved = false;
    for (size_t first = 0; first < block.threads.size(); first += kWarp) {
      const size_t lanes = std::min<size_t>(kWarp, block.threads.size() - first);
      Thread** warp = &block.threads[first];
      for (size_t lane = 0; lane < lanes; ++lane) {
        if (warp[lane]->waiting != Waiting::kWarp) continue;
        const unsigned mask = warp[lane]->mask;
        // A lane outside of its own mask waits for ever, which ends the launch.
        if (!(mask >> lane & 1)) continue;
        if (!all_came(warp, lanes, mask)) continue;
        for (size_t other = 0; other < lanes; ++other) {
          if (!(mask >> other & 1)) continue;
          std::memcpy(warp[other]->exchanged->bytes, warp[other]->brought, kMostExchangedBytes);
          warp[other]->waiting = Waiting::kNothing;
        }
        moved = true;
      }
    }
    return moved;
  }

  static bool all_came(Thread* const* warp, size_t lanes, unsigned mask) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      if (!(mask >> lane & 1)) continue;
      if (warp[lane]->waiting != Waiting::kWarp || warp[lane]->mask != mask) return false;
    }
    return true;
  }

  std::string describe_standstill() const {
    size_t at[5] = {};
    for (const Thread* thread : threads_) {
      if (thread->waiting != Waiting::kEnded) ++at[static_cast<int>(thread->waiting)];
    }
    return "its threads wait for one another for ever: " + std::to_string(at[2]) +
           " at a block's barrier, " + std::to_string(at[1]) + " in a warp operation, " +
           std::to_string(at[3]) + " at a barrier of several blocks, " + std::to_string(at[4]) +
           " for a counter";
  }

  Order& order_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Block*> peers_;
  std::vector<Thread*> threads_;
};

}  // namespace

uint32_t seed() { return chosen_seed; }
void set_seed(uint32_t seed) { chosen_seed = seed; }

uint3 thread_index() { return current->index; }
uint3 block_index() { return current->block->index; }
dim3 block_size() { return sizes_of_block; }
dim3 grid_size() { return sizes_of_grid; }
unsigned lane() { return current->number % kWarp; }
float* dynamic_shared() { return current->block->shared.get(); }

void wait_for_block() {
  Block* block = current->block;
  release(block);
  wait(Waiting::kBlock);
  acquire(block);
}

void wait_for_cluster() {
  void* const peers = const_cast<void*>(static_cast<const void*>(current->block->peers));
  release(peers);
  wait(Waiting::kPeers);
  acquire(peers);
}

void wait_for_grid() {
  // Blocks that are not on the device together would wait for ever.
  static const unsigned never = 0;
  if (!cooperative) wait_for_count(&never, 1);
  wait_for_cluster();
}

unsigned cluster_size() { return blocks_of_cluster; }
unsigned cluster_rank() { return current->block->rank; }

void* shared_of_peer(void* address, unsigned rank) {
  Block& peer = *current->block->peers->at(rank);
  if (&peer != current->block) {
    if (meetings == 0) {
      fault = "a block asked for the shared memory of another one that may not have begun: they "
              "had not met";
    }
    if (peer.running == 0) fault = "a block asked for the shared memory of one that has ended";
    peer.touched = meetings + 1;
  }
  const ptrdiff_t offset =
      static_cast<char*>(address) - reinterpret_cast<char*>(current->block->shared.get());
  return reinterpret_cast<char*>(peer.shared.get()) + offset;
}

void arrive(unsigned* counter) {
  release(counter);
  __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void wait_for_count(const unsigned* counter, unsigned count) {
  current->counter = counter;
  current->count = count;
  wait(Waiting::kCount);
  acquire(const_cast<unsigned*>(counter));
}

void exchange_bytes(unsigned mask, const void* bytes, size_t count) {
  Thread* warp = current->block->threads[current->number / kWarp * kWarp];
  current->mask = mask;
  std::memcpy(current->brought, bytes, std::min(count, kMostExchangedBytes));
  release(&warp->mask);
  wait(Waiting::kWarp);
  acquire(&warp->mask);
}

const void* exchanged_bytes(unsigned source_lane) {
  const unsigned number = current->number / kWarp * kWarp + source_lane % kWarp;
  return current->block->exchanged[number].bytes;
}

void exchange(unsigned mask, uint64_t value) { exchange_bytes(mask, &value, sizeof value); }

uint64_t exchanged(unsigned source_lane) {
  uint64_t value;
  std::memcpy(&value, exchanged_bytes(source_lane), sizeof value);
  return value;
}

std::string run_grid(dim3 grid, dim3 block, size_t shared_bytes, Launch kind,
                     unsigned cluster_blocks, const std::function<void()>& thread_body) {
  sizes_of_grid = grid;
  sizes_of_block = block;
  blocks_of_cluster = cluster_blocks;
  cooperative = kind == Launch::kCooperative;
  body = &thread_body;
  Order order(seed());
  const unsigned count = grid.x * grid.y * grid.z;
  // Blocks of one wave are under way together: those of a cluster have consecutive numbers.
  const unsigned together = cooperative ? count : cluster_blocks;
  std::vector<unsigned> waves(count / together);
  for (size_t i = 0; i < waves.size(); ++i) waves[i] = static_cast<unsigned>(i);
  if (seed() != 0) order.shuffle(waves);
  std::string problem;
  for (size_t i = 0; i < waves.size() && problem.empty(); ++i) {
    Wave wave(order);
    for (unsigned j = 0; j < together; ++j) wave.add_block(waves[i] * together + j, shared_bytes);
    problem = wave.run();
  }
  current = nullptr;
  return problem;
}

}  // namespace refrain::emulator
