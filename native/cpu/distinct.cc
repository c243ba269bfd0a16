#include "cpu/operations.h"
#include "cpu/row_index.h"

namespace refrain::REFRAIN_TARGET {
namespace {

void find_distinct(const refrain_distinct_args& args, int64_t group, int32_t* memory) {
  const int64_t capacity = int64_t{args.first_count} + args.second_count;
  RowIndex index(memory, capacity);
  int32_t* rows = args.rows + group * capacity;
  int32_t* slots = args.slots + group * capacity;
  int32_t count = 0;
  const auto take = [&](const int32_t* ids, int64_t ids_count, int32_t* to) {
    for (int64_t i = 0; i < ids_count; ++i) {
      const int32_t id = ids[i];
      if (id < 0 || id >= args.table_rows) {
        to[i] = -1;
        continue;
      }
      to[i] = index.find_or_put(id, count);
      if (to[i] == count) rows[count++] = id;
    }
  };
  take(args.first + group * args.first_count, args.first_count, slots);
  if (args.second_count > 0) {
    take(args.second + group * args.second_count, args.second_count, slots + args.first_count);
  }
  args.count[group] = count;
  for (int64_t i = count; i < capacity; ++i) rows[i] = -1;
}

}  // namespace

int distinct(Engine& engine, const refrain_distinct_args& args) {
  const int64_t size = RowIndex::size(int64_t{args.first_count} + args.second_count);
  const int64_t copies = args.groups == 1 ? 1 : engine.threads().count();
  auto* memory = reinterpret_cast<int32_t*>(engine.scratch(copies * size));
  if (memory == nullptr) return REFRAIN_OUT_OF_MEMORY;
  engine.threads().parallel_for(args.groups, [&](int64_t group, int thread) {
    find_distinct(args, group, memory + thread * size);
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
